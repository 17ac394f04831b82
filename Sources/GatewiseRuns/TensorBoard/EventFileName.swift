import Foundation

/// The names of event files, `events.out.tfevents.<seconds since 1970>.<host>`: TensorBoard reads those of a folder in
/// the order of their names, and never returns to an earlier one.
enum EventFileName {
  private static let prefix = "events.out.tfevents."

  /// Returns the path of a new file in a folder. Its name sorts after the existing ones, even if they were created in
  /// the same second, or the clock was set back.
  static func path(in folder: String, time: Double, host: String) -> String {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let last = names.compactMap(seconds).max() ?? 0
    // Ten digits, since names are compared by characters.
    let seconds = String(format: "%010ld", max(Int(time.rounded(.down)), last + 1))
    let name = prefix + seconds + "." + (host.isEmpty ? "localhost" : portable(host))
    return folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
  }

  /// Returns the time in a file's name; nil for other files. Times of eleven or more digits are ignored.
  private static func seconds(of name: String) -> Int? {
    guard name.hasPrefix(prefix) else { return nil }
    let digits = name.dropFirst(prefix.count).prefix { $0 != "." }
    return digits.count == 10 ? Int(digits) : nil
  }

  /// Returns a host's name without characters that are special in file names.
  private static func portable(_ host: String) -> String {
    String(host.prefix(100).map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == ".") ? $0 : "-" })
  }
}

import Foundation

/// The names of event files, `events.out.tfevents.<seconds since 1970>.<host>`: TensorBoard reads those of a folder in the
/// order of their names, and never goes back to an earlier one.
enum EventFileName {
  private static let prefix = "events.out.tfevents."

  /// The path of a new file in a folder. Its name comes behind those that are there, also where they were made in the
  /// same second, or a clock was put back meanwhile.
  static func path(in folder: String, time: Double, host: String) -> String {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let last = names.compactMap(seconds).max() ?? 0
    // Ten digits, as the order is that of characters.
    let seconds = String(format: "%010ld", max(Int(time.rounded(.down)), last + 1))
    let name = prefix + seconds + "." + (host.isEmpty ? "localhost" : portable(host))
    return folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
  }

  /// The time in a file's name; nil for other files. Eleven digits and more are no time that a next could follow.
  private static func seconds(of name: String) -> Int? {
    guard name.hasPrefix(prefix) else { return nil }
    let digits = name.dropFirst(prefix.count).prefix { $0 != "." }
    return digits.count == 10 ? Int(digits) : nil
  }

  /// A host's name without characters that file names or file systems take for something else.
  private static func portable(_ host: String) -> String {
    String(host.prefix(100).map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == ".") ? $0 : "-" })
  }
}

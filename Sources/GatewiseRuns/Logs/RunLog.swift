import Foundation
import Gatewise

/// The log of a run, `log.jsonl`: one JSON object per line, one line per update or validation.
///
/// Each line is written completely before the call returns, so that the log can be read at any moment and a run that is
/// killed loses none of it.
public final class RunLog {
  /// The path of the log.
  public var path: String { file.path }
  private let file: AppendFile

  /// Starts a log, or resumes one.
  ///
  /// - Parameters:
  ///   - path: The path of the log.
  ///   - step: The number of updates that a resumed run had made; lines of later steps are removed, and so is an
  ///     unfinished last line, which a killed run leaves. Nil empties the log.
  /// - Throws: `GatewiseError.file` if the log cannot be written, or a resumed log has a line that is not an entry; the
  ///   file is then unchanged.
  public init(path: String, resumingAfter step: Int? = nil) throws(GatewiseError) {
    var kept = 0
    if let step {
      for line in try Self.lines(at: path) {
        guard line.entry.step <= step else { break }
        kept = line.end
      }
    }
    file = try AppendFile(path: path, keeping: kept)
  }

  /// Appends a line.
  ///
  /// - Throws: `GatewiseError.file` if the file cannot be written.
  public func append(_ entry: RunLogEntry) throws(GatewiseError) { try file.append(Array((entry.line + "\n").utf8)) }

  /// Returns the entries of a log, in the order of its lines; none if there is no such file. An unfinished last line is
  /// ignored.
  ///
  /// - Throws: `GatewiseError.file` if the file cannot be read, or naming the line that is not an entry.
  public static func entries(at path: String) throws(GatewiseError) -> [RunLogEntry] {
    try lines(at: path).map(\.entry)
  }

  /// Returns the entries with the offsets at which their lines end.
  private static func lines(at path: String) throws(GatewiseError) -> [(entry: RunLogEntry, end: Int)] {
    // A run that is killed immediately leaves an empty log.
    if TextFile.isRegular(path), (try? FileManager.default.attributesOfItem(atPath: path)[.size]) as? Int == 0 {
      return []
    }
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    let bytes = try InputFile(path: path).readAll()
    var lines: [(entry: RunLogEntry, end: Int)] = []
    var start = 0
    while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
      guard let entry = RunLogEntry(line: bytes[start..<end]) else {
        throw .file(
          path: path, problem: "line \(lines.count + 1) is not an entry of a run's log; move the file away.")
      }
      start = end + 1
      lines.append((entry, start))
    }
    return lines
  }
}

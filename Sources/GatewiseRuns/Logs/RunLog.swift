import Foundation
import Gatewise

/// The log of a run, `log.jsonl`: one object of JSON a line, one line an update or a validation.
///
/// A line is there as a whole when the call returns, so that the log can be read at any moment and a run that is killed
/// loses none of it.
public final class RunLog {
  /// Where the log is.
  public var path: String { file.path }
  private let file: AppendFile

  /// Begins a log, or takes one up again.
  ///
  /// - Parameters:
  ///   - path: where the log is to be.
  ///   - step: the updates that a run had made where it is taken up again; lines of later steps are cut off, and so is
  ///     a last line without an end, which a run leaves that was killed. Nil empties the log.
  /// - Throws: `GatewiseError.file` where the log cannot be written, or one that is taken up again has a line that is
  ///   no entry; the file is then as it was.
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
  /// - Throws: `GatewiseError.file` where the file cannot be written.
  public func append(_ entry: RunLogEntry) throws(GatewiseError) { try file.append(Array((entry.line + "\n").utf8)) }

  /// The entries of a log, in the order of its lines; none where there is no such file. A last line without an end is
  /// passed over.
  ///
  /// - Throws: `GatewiseError.file` where the file cannot be read, naming the line that is no entry.
  public static func entries(at path: String) throws(GatewiseError) -> [RunLogEntry] {
    try lines(at: path).map(\.entry)
  }

  /// The entries with the places in the file at which their lines end.
  private static func lines(at path: String) throws(GatewiseError) -> [(entry: RunLogEntry, end: Int)] {
    // A run that was killed at once leaves an empty log.
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
          path: path, problem: "line \(lines.count + 1) is no entry of a run's log; move the file away and try again.")
      }
      start = end + 1
      lines.append((entry, start))
    }
    return lines
  }
}

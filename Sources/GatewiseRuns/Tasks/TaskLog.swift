import Gatewise
import GatewiseTasks

/// The tests of a task's run for `log.csv`: one row each, with the mean length of the training streams since the
/// previous row.
struct TaskLog {
  private var text = "stream,symbols,training length,test length\n"
  private var sum = 0
  private var count = 0

  /// Adds a training stream.
  mutating func add(length: Int) {
    sum += length
    count += 1
  }

  /// Adds a row for a test, or for streams without a test.
  mutating func endRow(stream: Int, symbols: Int, test: ErrorFreeLengths?) {
    guard count > 0 else { return }
    let training = Format.significant(Double(sum) / Double(count), digits: 6)
    (sum, count) = (0, 0)
    text += "\(stream),\(symbols),\(training),\(test.map { Format.significant($0.mean, digits: 6) } ?? "")\n"
  }

  /// Writes the file atomically.
  func write(to folder: OutputFolder) throws(GatewiseError) { try AtomicFile.write(text, to: folder.log) }
}

import Foundation
import Gatewise
import SwiftProtobuf

/// An event file that TensorBoard shows during the run: numbers, histograms and texts over the steps.
///
///     let events = try EventFile(folder: "runs/one")
///     try events.scalar("loss/training", 2.5, step: 1)
///     try events.flush()
///
/// The file only grows. Flushed events survive a killed program; TensorBoard ignores a truncated record. A resumed run
/// writes a new file into the same folder, which TensorBoard shows together with the existing ones.
public final class EventFile {
  /// The path of the file.
  public let path: String
  private let file: AppendFile
  private var waiting: [UInt8] = []

  /// The number of bytes that may be buffered before they are written automatically.
  private static let mostWaiting = 1 << 16

  /// Creates an event file: `events.out.tfevents.` with the time in seconds and the host's name.
  ///
  /// - Parameters:
  ///   - folder: A folder that exists. TensorBoard shows the event files of a folder as one run.
  ///   - purgeStep: The first step that a resumed run repeats: one more than the number of updates of its
  ///     checkpoint. Events of this and later steps in earlier files of the folder are no longer shown. Nil
  ///     for a new run.
  ///   - time: Seconds since 1970, not before those of the folder's other event files; nil is now.
  ///   - host: The name of this machine; nil asks the system.
  /// - Throws: `GatewiseError.file` if the file cannot be created or written.
  public init(
    folder: String, purgeStep: Int? = nil, time: Double? = nil, host: String? = nil
  ) throws(GatewiseError) {
    let time = time ?? Date().timeIntervalSince1970
    path = EventFileName.path(in: folder, time: time, host: host ?? ProcessInfo.processInfo.hostName)
    file = try AppendFile(path: path, keeping: nil)
    try add(step: 0, time: time) { $0.fileVersion = "brain.Event:2" }
    if let purgeStep {
      try add(step: purgeStep, time: time) { $0.sessionLog = .with { $0.status = .start } }
    }
    try flush()
  }

  deinit { try? flush() }

  /// Adds a number.
  ///
  /// - Parameters:
  ///   - tag: Its name; TensorBoard groups tags by the part before the first slash.
  ///   - value: The number; the file stores it in single precision.
  ///   - step: The number of updates made.
  ///   - wallTime: Seconds since 1970; nil is now.
  /// - Throws: `GatewiseError.file` if the file cannot be written.
  public func scalar(_ tag: String, _ value: Double, step: Int, wallTime: Double? = nil) throws(GatewiseError) {
    try add(
      .with {
        $0.tag = tag
        $0.simpleValue = Float(value)
      }, step: step, wallTime: wallTime)
  }

  /// Adds numbers with a common prefix of their tags: `gradient/layer0/forget`.
  ///
  /// - Parameters:
  ///   - prefix: The tag before the slash.
  ///   - figures: The numbers by the tag after the slash.
  ///   - step: The number of updates made.
  ///   - wallTime: Seconds since 1970; nil is now.
  /// - Throws: `GatewiseError.file` if the file cannot be written.
  public func scalars(
    _ prefix: String, _ figures: [LayerFigure], step: Int, wallTime: Double? = nil
  ) throws(GatewiseError) {
    for figure in figures { try scalar("\(prefix)/\(figure.name)", figure.value, step: step, wallTime: wallTime) }
  }

  /// Adds a histogram of numbers in 30 buckets of equal width from the smallest to the largest. Non-finite numbers are
  /// left out; if none remains, nothing is added.
  ///
  /// - Parameters:
  ///   - tag: Their name.
  ///   - values: The numbers, which are traversed three times.
  ///   - step: The number of updates made.
  ///   - wallTime: Seconds since 1970; nil is now.
  /// - Throws: `GatewiseError.file` if the file cannot be written.
  public func histogram<V: BinaryFloatingPoint>(
    _ tag: String, of values: some Collection<V>, step: Int, wallTime: Double? = nil
  ) throws(GatewiseError) {
    guard let histogram = TBHistogramProto(of: values) else { return }
    try add(
      .with {
        $0.tag = tag
        $0.histo = histogram
      }, step: step, wallTime: wallTime)
  }

  /// Adds a text, which TensorBoard shows as Markdown.
  ///
  /// - Parameters:
  ///   - tag: Its name.
  ///   - text: The text.
  ///   - step: The number of updates made.
  ///   - wallTime: Seconds since 1970; nil is now.
  /// - Throws: `GatewiseError.file` if the file cannot be written.
  public func text(_ tag: String, _ text: String, step: Int, wallTime: Double? = nil) throws(GatewiseError) {
    try add(
      .with {
        $0.tag = tag
        $0.tensor = .with {
          $0.dtype = .dtString
          $0.stringVal = [Data(text.utf8)]
        }
        $0.metadata.pluginData.pluginName = "text"
      }, step: step, wallTime: wallTime)
  }

  /// Writes the buffered events, so that they survive the end of this program.
  ///
  /// - Throws: `GatewiseError.file` if the file cannot be written; the events stay buffered.
  public func flush() throws(GatewiseError) {
    guard !waiting.isEmpty else { return }
    try file.append(waiting)
    waiting.removeAll(keepingCapacity: true)
  }

  private func add(_ value: TBSummary.Value, step: Int, wallTime: Double?) throws(GatewiseError) {
    try add(step: step, time: wallTime ?? Date().timeIntervalSince1970) { $0.summary.value = [value] }
  }

  private func add(step: Int, time: Double, _ fill: (inout TBEvent) -> Void) throws(GatewiseError) {
    var event = TBEvent()
    event.wallTime = time
    event.step = Int64(step)
    fill(&event)
    do {
      waiting += EventRecord.framed(try event.serializedBytes())
    } catch {
      throw .file(path: path, problem: "an event of step \(step) is longer than the format allows.")
    }
    if waiting.count >= Self.mostWaiting { try flush() }
  }
}

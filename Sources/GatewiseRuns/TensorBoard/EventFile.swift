import Foundation
import Gatewise
import SwiftProtobuf

/// A file of events that TensorBoard shows while the run still goes on: numbers, histograms and texts over the steps.
///
///     let events = try EventFile(folder: "runs/one")
///     try events.scalar("loss/training", 2.5, step: 1)
///     try events.flush()
///
/// The file only grows. What has been flushed outlives a program that is killed; a record that was cut in the middle is
/// passed over by TensorBoard. A run that is taken up again writes a file of its own into the same folder, which
/// TensorBoard shows as one with those that are there.
public final class EventFile {
  /// Where the file is.
  public let path: String
  private let file: AppendFile
  private var waiting: [UInt8] = []

  /// Bytes that may wait before they are written without being asked for.
  private static let mostWaiting = 1 << 16

  /// Makes a new event file: `events.out.tfevents.` with the time in seconds and the host's name.
  ///
  /// - Parameters:
  ///   - folder: a folder that exists. TensorBoard shows the event files of a folder as one run.
  ///   - purgeStep: the first step that is made anew where a run is taken up again: one more than the updates that its
  ///     checkpoint had made. What earlier files of the folder have of this step and later ones is shown no more. Nil
  ///     for a new run.
  ///   - time: seconds since 1970, which must not lie before those of the folder's other event files; nil is now.
  ///   - host: the name of this machine; nil asks the system.
  /// - Throws: `GatewiseError.file` where the file cannot be made or written.
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
  ///   - tag: its name, which TensorBoard groups by what stands before the first slash.
  ///   - value: the number; the file holds it in single precision.
  ///   - step: the updates made.
  ///   - wallTime: seconds since 1970; nil is now.
  /// - Throws: `GatewiseError.file` where the file cannot be written.
  public func scalar(_ tag: String, _ value: Double, step: Int, wallTime: Double? = nil) throws(GatewiseError) {
    try add(
      .with {
        $0.tag = tag
        $0.simpleValue = Float(value)
      }, step: step, wallTime: wallTime)
  }

  /// Adds numbers under a common beginning of their tags: `gradient/layer0/forget`.
  ///
  /// - Parameters:
  ///   - prefix: what stands before the slash.
  ///   - figures: the numbers by what stands behind it.
  ///   - step: the updates made.
  ///   - wallTime: seconds since 1970; nil is now.
  /// - Throws: `GatewiseError.file` where the file cannot be written.
  public func scalars(
    _ prefix: String, _ figures: [LayerFigure], step: Int, wallTime: Double? = nil
  ) throws(GatewiseError) {
    for figure in figures { try scalar("\(prefix)/\(figure.name)", figure.value, step: step, wallTime: wallTime) }
  }

  /// Adds how numbers are distributed: in 30 buckets of equal width from the least to the greatest. Numbers that are not
  /// finite are left out; where none is left, nothing is added.
  ///
  /// - Parameters:
  ///   - tag: their name.
  ///   - values: the numbers, which are gone through three times.
  ///   - step: the updates made.
  ///   - wallTime: seconds since 1970; nil is now.
  /// - Throws: `GatewiseError.file` where the file cannot be written.
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
  ///   - tag: its name.
  ///   - text: the text.
  ///   - step: the updates made.
  ///   - wallTime: seconds since 1970; nil is now.
  /// - Throws: `GatewiseError.file` where the file cannot be written.
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

  /// Writes what has been added, so that it is there whatever becomes of this program.
  ///
  /// - Throws: `GatewiseError.file` where the file cannot be written; what has been added waits on.
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
      throw .file(path: path, problem: "an event of step \(step) is longer than the format can hold.")
    }
    if waiting.count >= Self.mostWaiting { try flush() }
  }
}

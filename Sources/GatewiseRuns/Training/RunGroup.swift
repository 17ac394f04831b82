import Gatewise

/// Processes that make a training run together. All read the same data and the same folder; the first alone writes.
public protocol RunGroup: ProcessGroup {
  /// Gives every process the bytes of the first.
  ///
  /// - Throws: `ProcessGroupInterruption`, as all that waits for others.
  func broadcast(_ bytes: UnsafeMutableRawBufferPointer) throws
  /// Sends bytes to the first process.
  func send(_ bytes: UnsafeRawBufferPointer) throws
  /// Receives, in the first process, what another one sends.
  func receive(_ bytes: UnsafeMutableRawBufferPointer, from rank: Int) throws
  /// Forgets what was waited for in vain.
  func abandon()
  /// Who does not answer a call within a moment.
  func missing() -> [Int]

  /// Tells the others that all stop.
  func tellToStop()
  /// Whether another process has said so.
  var isToldToStop: Bool { get }
  /// Tells the others, from the first, that all is saved.
  func tellSaved()
  /// Waits for that.
  ///
  /// - Throws: `ProcessGroupInterruption.lost` where it does not come.
  func waitUntilSaved() throws
}

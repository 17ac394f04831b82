import Gatewise

/// Processes that train together. All read the same data and the same folder; only the first one writes.
public protocol RunGroup: ProcessGroup {
  /// Copies the bytes of the first process to every process.
  ///
  /// - Throws: `ProcessGroupInterruption`, like everything that waits for other processes.
  func broadcast(_ bytes: UnsafeMutableRawBufferPointer) throws
  /// Sends bytes to the first process.
  func send(_ bytes: UnsafeRawBufferPointer) throws
  /// Receives, in the first process, the bytes sent by another one.
  func receive(_ bytes: UnsafeMutableRawBufferPointer, from rank: Int) throws
  /// Abandons interrupted communication.
  func abandon()
  /// Returns the processes that do not answer a call within a moment.
  func missing() -> [Int]

  /// Tells the other processes to stop.
  func tellToStop()
  /// Whether another process has told this one to stop.
  var isToldToStop: Bool { get }
  /// Tells the other processes, from the first, that everything is saved.
  func tellSaved()
  /// Waits until the first process has saved everything.
  ///
  /// - Throws: `ProcessGroupInterruption.lost` if the message does not arrive.
  func waitUntilSaved() throws
}

/// What is known of the sequences of windows before there is memory for them.
struct WindowSequences: Sendable {
  /// Whether they may be of different lengths.
  let areUneven: Bool
  /// Whether their input may be dense.
  let isDense: Bool
  /// The rows of the fullest window; nil where it may be T·N.
  let rows: Int?

  /// Nothing is known.
  static let any = WindowSequences(areUneven: true, isDense: true, rows: nil)

  /// Whether dense input has to be copied: otherwise it is read where it lies.
  var packsInput: Bool { areUneven && isDense }

  /// Whether memory that was made for these does for others.
  func includes(_ others: WindowSequences) -> Bool {
    (areUneven || !others.areUneven) && (packsInput || !others.packsInput)
  }
}

extension WindowSequences {
  /// What is known where a batch runs in windows of `window` steps.
  ///
  /// - Parameter endsWithLongest: whether there is no step behind the end of the longest sequence.
  init<S: Scalar>(_ batch: SequenceBatch<S>, window: Int, endsWithLongest: Bool) {
    guard let lengths = batch.lengths else {
      self.init(areUneven: false, isDense: batch.tokens.isEmpty, rows: nil)
      return
    }
    let longest = endsWithLongest ? lengths.max() ?? 0 : batch.steps
    // None begins later than another, so that the first window has most rows.
    self.init(
      areUneven: lengths.contains { $0 != longest }, isDense: batch.tokens.isEmpty,
      rows: lengths.reduce(0) { $0 + min($1, window) })
  }
}

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

extension SequenceBatch {
  /// What is known where a batch runs in windows of `window` steps.
  ///
  /// - Parameter endsWithLongest: whether there is no step behind the end of the longest sequence.
  func sequences(window: Int, endsWithLongest: Bool) -> WindowSequences {
    guard let lengths else { return WindowSequences(areUneven: false, isDense: tokens.isEmpty, rows: nil) }
    let longest = endsWithLongest ? lengths.max() ?? 0 : steps
    // None begins later than another, so that the first window has most rows.
    return WindowSequences(
      areUneven: lengths.contains { $0 != longest }, isDense: tokens.isEmpty,
      rows: lengths.reduce(0) { $0 + min($1, window) })
  }
}

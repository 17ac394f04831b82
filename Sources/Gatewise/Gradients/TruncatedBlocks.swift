/// The blocks of truncated BPTT over a batch: those of the points at every k1 steps, in which all sequences take part
/// that go on so far, and for every other length those of the sequences that end there.
///
/// A block's sequences are equally long in it; the others have no step. So a sequence's gradient does not depend on
/// what it shares a batch with.
struct TruncatedBlocks {
  /// The outputs of steps `errors`, sent back through steps `start ..< errors.upperBound`.
  struct Block {
    let start: Int
    let errors: Range<Int>
    var end: Int { errors.upperBound }
  }

  /// k1 and k2.
  private let every: Int
  private let depth: Int
  /// Where the first block ends.
  let firstEnd: Int
  /// The steps of the longest sequence.
  private let steps: Int
  /// The steps of sequence n.
  private let lengths: [Int]?

  init<S: Scalar>(every: Int, depth: Int, _ batch: SequenceBatch<S>) {
    (self.every, self.depth, lengths) = (every, depth, batch.lengths)
    steps = batch.lengths.map { $0.max() ?? 0 } ?? batch.steps
    firstEnd = min(every, batch.lengths?.filter { $0 > 0 }.min() ?? steps)
  }

  /// The block that ends with step `end`, counted from 1; nil where none does.
  func block(endingAt end: Int) -> Block? {
    guard isPoint(end) || end == steps || lengths?.contains(end) == true else { return nil }
    return Block(start: max(0, end - depth), errors: (end - 1) / every * every..<end)
  }

  /// All steps at which a block may end.
  var ends: Range<Int> { 1..<steps + 1 }

  /// How far sequence n reaches in the block that ends at `end`: there, or nowhere.
  func reach(of n: Int, in end: Int) -> Int {
    let length = length(of: n)
    return length == end || isPoint(end) && length > end ? end : 0
  }

  /// Whether the block that ends at `end` is sequence n's last. One without steps has its last output, and the error of
  /// its state, with the first block.
  func ends(_ n: Int, with end: Int) -> Bool {
    let length = length(of: n)
    return length == end || length == 0 && end == firstEnd
  }

  /// The steps of sequence n.
  private func length(of n: Int) -> Int { lengths?[n] ?? steps }

  private func isPoint(_ step: Int) -> Bool { step % every == 0 }
}

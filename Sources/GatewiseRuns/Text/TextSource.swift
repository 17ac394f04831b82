import Gatewise

/// Windows of a long text in N parallel streams; the target of each step is the next token.
///
/// The text is cut into N parallel streams of equal length; a batch has the next T steps of all of
/// them and carries the state over, except at the start of an epoch. Memory: some bytes per stream.
public struct TextSource<S: Scalar>: ShareableSource, Sendable {
  /// N, the number of streams.
  public let batchSize: Int
  /// T, the number of steps of a batch; the last one of an epoch may have fewer.
  public let window: Int
  /// The number of batches in an epoch.
  public let batchesPerEpoch: Int
  /// The share of the streams that is returned.
  public var share = SourceShare.whole

  private let tokens: TextTokens
  private let vocabularySize: Int
  private let streamLength: Int
  private var position = 0
  private var epoch = 0
  /// The position of every stream in the text.
  private var cursors: [TextTokens.Cursor]
  /// The position to which the cursors belong; nil if they have to be found again.
  private var located: Int?

  /// Cuts tokens into streams.
  ///
  /// - Parameters:
  ///   - tokens: The text, each token in `0..<vocabularySize`.
  ///   - batchSize: N, the number of streams.
  ///   - window: T, the number of steps of a batch.
  ///   - dropsRemainder: Whether the remainder of the streams after the last full window is dropped.
  /// - Throws: `GatewiseError.invalidArgument` if not every stream has a step (a window, if remainders are dropped).
  public init(
    tokens: [Int32], vocabularySize: Int, batchSize: Int, window: Int, dropsRemainder: Bool = true
  ) throws(GatewiseError) {
    try self.init(
      TextTokens(tokens), vocabularySize: vocabularySize, batchSize: batchSize, window: window,
      dropsRemainder: dropsRemainder)
  }

  /// Cuts the tokens of files into streams.
  ///
  /// - Parameters:
  ///   - tokens: The text, each token in `0..<vocabularySize`.
  ///   - batchSize: N, the number of streams.
  ///   - window: T, the number of steps of a batch.
  ///   - dropsRemainder: Whether the remainder of the streams after the last full window is dropped.
  /// - Throws: `GatewiseError.invalidArgument` if not every stream has a step (a window, if remainders are dropped).
  public init(
    _ tokens: TextTokens, vocabularySize: Int, batchSize: Int, window: Int, dropsRemainder: Bool = true
  ) throws(GatewiseError) {
    guard batchSize > 0, window > 0 else {
      throw .invalidArgument("A batch has \(batchSize) streams of \(window) steps; each must be at least 1.")
    }
    streamLength = max(tokens.count - 1, 0) / batchSize
    guard streamLength >= (dropsRemainder ? window : 1) else {
      throw .invalidArgument(
        "\(tokens.count) tokens are too few for \(batchSize) streams with windows of \(window) steps.")
    }
    batchesPerEpoch = (streamLength + (dropsRemainder ? 0 : window - 1)) / window
    self.tokens = tokens
    self.vocabularySize = vocabularySize
    self.batchSize = batchSize
    self.window = window
    cursors = Array(repeating: TextTokens.Cursor(), count: batchSize)
  }

  /// The epoch, and the number of its batches returned so far.
  public var place: SourcePlace { SourcePlace(epoch: epoch, position: position) }

  /// Moves to a place. The batches from there on continue the state, which the trainer keeps.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if an epoch has fewer batches.
  public mutating func go(to place: SourcePlace) throws(GatewiseError) {
    try place.validate(count: batchesPerEpoch)
    (epoch, position) = (place.epoch, place.position)
  }

  /// Returns a batch of N streams, or of a share of them, of T tokens.
  public func makeBatch() -> SequenceBatch<S> {
    var batch = SequenceBatch<S>(
      steps: min(window, streamLength), batchSize: share.most(of: batchSize), inputSize: vocabularySize,
      outputSize: vocabularySize)
    batch.tokens = [0]
    batch.classes = [0]
    batch.resizeArrays()
    return batch
  }

  /// Reads the next window of every stream into `batch`; returns false at the end of an epoch. Allocates nothing.
  ///
  /// The first batch of an epoch and the first after `go(to:)` search each stream's position, over up to 4,095
  /// characters.
  ///
  /// - Throws: `GatewiseError.file` if a file has become shorter or was changed; `place` is then unchanged.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public mutating func next(into batch: inout SequenceBatch<S>) throws(GatewiseError) -> Bool {
    guard position < batchesPerEpoch else {
      (epoch, position) = (epoch + 1, 0)
      return false
    }
    let start = position * window
    batch.steps = min(window, streamLength - start)
    let streams = share.sequences(of: batchSize)
    batch.batchSize = streams.count
    batch.share = share.batchShare(of: batchSize)
    batch.resizeArrays()
    batch.continuesState = position > 0
    if located != position {
      for n in streams { cursors[n] = try tokens.cursor(at: n * streamLength + start) }
    }
    // After an error below, some streams are ahead of the others.
    located = nil
    for n in streams {
      try tokens.copy(
        steps: batch.steps, at: &cursors[n], to: &batch.tokens, next: &batch.classes, from: n - streams.lowerBound,
        stride: streams.count)
    }
    position += 1
    located = position
    return true
  }
}

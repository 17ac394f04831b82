import Gatewise

/// A text as tokens, split in time: the first part to train on, the last to be judged on.
///
/// The vocabulary is built from the whole text, the held-out part among it, so that no character there is unknown.
/// A byte-order mark at the start of a file is left out, unless the unit is bytes; line ends and everything else stay as
/// they are, where it is not asked for that `\r\n` becomes `\n`. Several files follow each other with nothing between them. The
/// files may be larger than memory: they are read once from end to end here, and then again as tokens are wanted. Leave
/// them alone meanwhile.
public struct TextData: Sendable {
  /// The tokens' meaning, to be kept in the model file.
  public let vocabulary: Vocabulary
  /// The tokens to train on.
  public let training: TextTokens
  /// The tokens held out, from the end of the text.
  public let validation: TextTokens
  /// The files that were read, in order.
  public let files: [String]
  /// Files inside folders that were left out because they are empty or not text.
  public let skipped: [String]
  /// A sum over all bytes, what tokens they are and where they are split. It tells texts apart.
  let fingerprint: String

  /// Reads files and folders of text.
  ///
  /// One pass over all bytes, some GB/s from memory.
  ///
  /// - Parameters:
  ///   - paths: Files and folders. Of a folder, all text files below it are taken, in the order of their paths.
  ///   - unit: What one token is.
  ///   - extensions: Take only files inside folders whose names end in one of these; all when empty.
  ///   - validationFraction: The part of the text held out at its end, 0 ≤ f < 1.
  ///   - vocabulary: The vocabulary of a model that is to be trained further; nil builds one.
  ///   - lineEnds: What line ends become; in units of bytes they stay.
  /// - Throws: `GatewiseError.file` where a file is missing, unreadable, empty or not text, becomes shorter meanwhile, or
  ///   has a character that the given vocabulary lacks.
  public init(
    paths: [String], unit: TextUnit = .characters, extensions: [String] = [], validationFraction: Double = 0.1,
    vocabulary: Vocabulary? = nil, lineEnds: TextLineEnds = .keep
  ) throws(GatewiseError) {
    guard validationFraction >= 0, validationFraction < 1 else {
      throw .invalidArgument("The held-out fraction is \(validationFraction), but it lies in 0 ≤ f < 1.")
    }
    let unit = vocabulary?.unit ?? unit
    guard unit == .characters || lineEnds == .keep else {
      throw .invalidArgument("Bytes are learned as they stand; leave out --line-ends lf, or learn characters.")
    }
    var scan = TextScan(unit: unit, lineEnds: lineEnds)
    let found = try TextFiles(paths: paths, extensions: extensions, scan: &scan)
    let corpus = TextCorpus(found.parts, vocabulary: vocabulary ?? scan.vocabulary)
    if vocabulary != nil { try corpus.require(scan.vocabulary) }
    self.vocabulary = corpus.vocabulary
    let split = corpus.count - Int((Double(corpus.count) * validationFraction).rounded())
    training = TextTokens(corpus, in: 0..<split)
    validation = TextTokens(corpus, in: split..<corpus.count)
    files = found.parts.map(\.file.path)
    skipped = found.skipped
    var sum = scan.checksum
    sum.add(corpus.vocabulary.scalars.map(\.value))
    sum.add([split, corpus.count])
    fingerprint = "\(unit.rawValue) \(sum.text)"
  }

  /// The source to train on: `batchSize` parallel streams, windows of `window` steps.
  ///
  /// - Throws: `GatewiseError.file` where the text is too short for them.
  public func trainingSource<S: Scalar>(
    _: S.Type = S.self, batchSize: Int, window: Int
  ) throws(GatewiseError) -> TextSource<S> {
    try Self.check(batchSize: batchSize, window: window)
    let (needed, overflow) = batchSize.multipliedReportingOverflow(by: window)
    guard !overflow, training.count > needed else {
      throw .file(
        path: name,
        problem: "is too short: \(training.count) \(vocabulary.unit.rawValue) are left to train on, but \(batchSize) "
          + "streams with windows of \(window) steps need \(overflow ? "more" : "\(needed + 1)"). Use a smaller batch "
          + "or window, or more text.")
    }
    return try TextSource(
      training, vocabularySize: vocabulary.count, batchSize: batchSize, window: window, dropsRemainder: true)
  }

  /// The source to judge a model on: up to `batchSize` parallel streams of the held-out part, every token counted.
  ///
  /// - Returns: nil where nothing was held out.
  /// - Throws: `GatewiseError.file` where the held-out part has one token only, which leaves nothing to predict.
  public func validationSource<S: Scalar>(
    _: S.Type = S.self, batchSize: Int, window: Int
  ) throws(GatewiseError) -> TextSource<S>? {
    try Self.check(batchSize: batchSize, window: window)
    guard !validation.isEmpty else { return nil }
    guard validation.count > 1 else {
      throw .file(path: name, problem: "is too short: one token is held out, and validation needs at least two.")
    }
    // Streams shorter than a window would spend most of their steps on warming up the state.
    let streams = min(batchSize, max(1, (validation.count - 1) / window))
    return try TextSource(
      validation, vocabularySize: vocabulary.count, batchSize: streams, window: window, dropsRemainder: false)
  }

  private var name: String { files.count == 1 ? files[0] : "\(files[0]) and \(files.count - 1) more" }

  private static func check(batchSize: Int, window: Int) throws(GatewiseError) {
    guard batchSize > 0 else { throw .invalidArgument("The batch size is \(batchSize), but it is at least 1.") }
    guard window > 0 else { throw .invalidArgument("The window is \(window) steps, but it has at least 1.") }
  }
}

import Gatewise

/// A text as tokens, split in time: the first part for training, the last for validation.
///
/// The vocabulary is built from the whole text, including the held-out part, so that no character there is unknown. A
/// byte-order mark at the start of a file is left out, unless the unit is bytes; line ends and everything else are
/// unchanged, unless `lineEnds` converts `\r\n` to `\n`. Several files are concatenated without a separator. The files
/// may be larger than memory: they are read completely once here, and then again on demand. They must not be changed
/// meanwhile.
public struct TextData: Sendable {
  /// The vocabulary, to be stored in the model file.
  public let vocabulary: Vocabulary
  /// The training tokens.
  public let training: TextTokens
  /// The held-out tokens, from the end of the text.
  public let validation: TextTokens
  /// The files, in the order of reading.
  public let files: [String]
  /// Files inside folders that were left out because they are empty or not text.
  public let skipped: [String]
  /// A checksum over all bytes, the vocabulary and the position of the split, which identifies the text.
  let fingerprint: String

  /// Reads files and folders of text.
  ///
  /// One pass over all bytes, some GB/s from memory.
  ///
  /// - Parameters:
  ///   - paths: Files and folders. All text files below a folder are read, in the order of their paths.
  ///   - unit: The unit of a token.
  ///   - extensions: The extensions of the files to read inside folders; all when empty.
  ///   - validationFraction: The fraction of the text held out at its end, 0 ≤ f < 1.
  ///   - vocabulary: The vocabulary of a model to be trained further; nil builds one.
  ///   - lineEnds: The conversion of line ends; with bytes as the unit they stay unchanged.
  /// - Throws: `GatewiseError.file` if a file is missing, unreadable, empty or not text, becomes shorter meanwhile, or
  ///   has a character that the given vocabulary lacks.
  public init(
    paths: [String], unit: TextUnit = .characters, extensions: [String] = [], validationFraction: Double = 0.1,
    vocabulary: Vocabulary? = nil, lineEnds: TextLineEnds = .keep
  ) throws(GatewiseError) {
    guard validationFraction >= 0, validationFraction < 1 else {
      throw .invalidArgument("The held-out fraction must be in 0 ≤ f < 1, but is \(validationFraction).")
    }
    let unit = vocabulary?.unit ?? unit
    guard unit == .characters || lineEnds == .keep else {
      throw .invalidArgument("--line-ends lf applies to characters, not bytes; leave it out, or train on characters.")
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

  /// Returns the training source: `batchSize` parallel streams, windows of `window` steps.
  ///
  /// - Throws: `GatewiseError.file` if the text is too short for them.
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

  /// Returns the validation source: up to `batchSize` parallel streams of the held-out part, with every token counted.
  ///
  /// - Returns: nil if nothing is held out.
  /// - Throws: `GatewiseError.file` if the held-out part has only one token, so that there is nothing to predict.
  public func validationSource<S: Scalar>(
    _: S.Type = S.self, batchSize: Int, window: Int
  ) throws(GatewiseError) -> TextSource<S>? {
    try Self.check(batchSize: batchSize, window: window)
    guard !validation.isEmpty else { return nil }
    guard validation.count > 1 else {
      throw .file(path: name, problem: "is too short: one token is held out, and validation needs at least two.")
    }
    // Streams shorter than a window would spend most of their steps on settling the state.
    let streams = min(batchSize, max(1, (validation.count - 1) / window))
    return try TextSource(
      validation, vocabularySize: vocabulary.count, batchSize: streams, window: window, dropsRemainder: false)
  }

  private var name: String { files.count == 1 ? files[0] : "\(files[0]) and \(files.count - 1) more" }

  private static func check(batchSize: Int, window: Int) throws(GatewiseError) {
    guard batchSize > 0 else { throw .invalidArgument("The batch size must be at least 1, but is \(batchSize).") }
    guard window > 0 else { throw .invalidArgument("The window must have at least 1 step, but has \(window).") }
  }
}

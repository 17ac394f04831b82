import Gatewise
import GatewiseRuns

/// Text, as characters and as bytes.
struct TextKind: FuzzedKind {
  let suffix = "txt"

  private static let seeds = [
    String(repeating: "The quick brown fox jumps over the lazy dog.\n", count: 8),
    String(repeating: "Größe — 日本語, עברית, 😀\r\n", count: 6), "ab",
  ]
  private static let tokens = ["\u{0}", "\u{FEFF}", "é", "日", "😀", "\u{10FFFF}", "\r", "\n", "\u{2028}"]
  private static let broken: [[UInt8]] = [
    [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], [0xFF], [0xFF, 0xFE], [0x1F, 0x8B],
  ]

  func mutant(_ random: inout RandomStream) -> [UInt8] {
    var bytes = Array(Self.seeds.element(&random).utf8)
    // Beyond the size from which files are read in pieces.
    if random.once(in: 100) { bytes = (0..<300).flatMap { _ in bytes } }
    if random.once(in: 4) {
      bytes.insert(contentsOf: Self.broken.element(&random), at: random.index(below: bytes.count))
    }
    return random.once(in: 5) ? bytes : Mutation.bytes(bytes, tokens: Self.tokens, &random)
  }

  func read(_ path: String) throws {
    let bytes = try TextData(paths: [path], unit: .bytes, validationFraction: 0)
    // A byte-order mark in front is no character of the text.
    let mark = try bytes.training.array().starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    let text = try TextData(paths: [path], validationFraction: 0.1)
    let tokens = try text.training.array() + text.validation.array()
    guard text.vocabulary.decode(tokens).utf8.count == bytes.training.count - mark else {
      throw Disagreement(description: "the characters have not as many bytes as the file")
    }
    var source = try text.trainingSource(Float.self, batchSize: 2, window: 7)
    var batch = source.makeBatch()
    while try source.next(into: &batch) {}
  }
}

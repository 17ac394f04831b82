import Gatewise
import GatewiseRuns

/// Run files.
struct YAMLKind: FuzzedKind {
  let suffix = "yaml"

  private static let lines = [
    "text: [book.txt, \"a & b.txt\"]", "hidden: [128, 64]", "learning-rate: 0.002", "peepholes: true", "seed: '1'",
    "inputs:\n  - a\n  - \"b\\n\"", "# a comment", "window: |\n  12", "out: >-\n  a\n  b", "a: &x [1, 2]", "b: *x",
    "? [x]\n: 1", "{a: 1}: 2", "[[[[a]]]]: 1", "--- ", "...", "%YAML 1.2", "k: !!str 1", "\"a\\u0041\": b", "- a",
    "? *x\n: 1", "m: {a: {b: c}}", "<<: *x", "a: b: c", "\t- x", "'it''s': \"*\"", "z: &a", "y: @", "q: [a, [b, [c]]]",
  ]
  private static let tokens = [
    "&a ", "*a", "? ", ": ", "- ", "[", "]", "{", "}", ", ", "!!map ", "|\n", ">\n", "\"", "'", "#", "\n", "  ", "\t",
    "\u{0}", "\u{85}", "\u{E000}", "\\x41",
  ]

  func mutant(_ random: inout RandomStream) -> [UInt8] {
    if random.once(in: 20) { return Array(bomb(&random).utf8) }
    let lines = (0..<1 + random.index(below: 8)).map { _ in Self.lines.element(&random) }
    let text = lines.joined(separator: "\n") + "\n"
    return random.once(in: 4) ? Array(text.utf8) : Mutation.text(text, tokens: Self.tokens, &random)
  }

  /// Aliases of aliases, or keys in keys.
  private func bomb(_ random: inout RandomStream) -> String {
    let (levels, width) = (1 + random.index(below: 12), 1 + random.index(below: 12))
    let (open, close) = [("[", "]"), ("{", "}")].element(&random)
    switch random.index(below: 4) {
    case 0:
      var text = "a0: &a0 [x, y]\n"
      for level in 1...levels {
        let items = (0..<width).map { open == "[" ? "*a\(level - 1)" : "k\($0): *a\(level - 1)" }
        text += "a\(level): &a\(level) \(open)\(items.joined(separator: ", "))\(close)\n"
      }
      return text + "? *a\(levels)\n: 1\n"
    case 1:
      return String(repeating: open, count: 1 << levels) + "a" + String(repeating: close + ": 1", count: 1 << levels)
    case 2: return String(repeating: "? ", count: 1 << levels) + "a"
    default:
      let piece = String(repeating: "\(open)a: 1, ", count: 8) + String(repeating: close, count: 8) + ": 1\n"
      return String(repeating: piece, count: 1 << levels)
    }
  }

  func read(_ path: String) throws { _ = try RunFile(contentsOf: path) }
}

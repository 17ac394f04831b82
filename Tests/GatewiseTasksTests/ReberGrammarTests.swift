import Gatewise
import GatewiseTasks
import Testing

/// The grammar against regular expressions written from its published diagram, not from the code.
@Suite("Reber grammars") struct ReberGrammarTests {
  /// From the node that X and P lead to, to the end: loop by X T* V P, or exit by S or X T* V V.
  private static let tail = "(?:XT*VP)*(?:S|XT*VV)"
  private static let plain = "B(?:TS*X\(tail)|PT*V(?:V|P\(tail)))E"
  private static let embedded = "B(?:T\(plain)T|P\(plain)P)E"

  private func accepts(_ pattern: String, _ string: String) throws -> Bool {
    try Regex(pattern).wholeMatch(in: string) != nil
  }

  /// Whether the state machine accepts a string, from beginning to end.
  private func says(_ grammar: ReberGrammar, _ string: String) -> Bool {
    var node: Int? = 0
    for letter in string {
      guard let here = node, let edge = grammar.edges[here].first(where: { $0.symbol.letter == letter }) else {
        return false
      }
      node = edge.node
    }
    return node == nil
  }

  private func string(_ grammar: ReberGrammar, _ random: inout RandomStream) -> String {
    var stream = ReberStream(grammar, random: RandomStream(seed: random.next()))
    var text = ""
    while let symbol = stream.next() { text.append(symbol.letter) }
    return text
  }

  @Test("accept exactly the legal strings")
  func known() throws {
    for string in ["BTXSE", "BPVVE", "BTSSXXTVVE", "BPTTVPSE", "BTXXVPXVVE"] {
      #expect(says(.plain, string))
      #expect(try accepts(Self.plain, string), "\(string)")
    }
    for string in ["BTBTXSETE", "BPBPVVEPE", "BTBTSSXXTVVETE", "BPBPTTVPSEPE"] {
      #expect(says(.embedded, string))
      #expect(try accepts(Self.embedded, string), "\(string)")
    }
    for string in ["", "B", "BTBTXSEPE", "BPBPVVETE", "BTBTXSET", "BTXSE", "BTBTXXETE", "BTBPXSETE", "BTBTXSETEB"] {
      #expect(!says(.embedded, string), "\(string)")
      #expect(try !accepts(Self.embedded, string), "\(string)")
    }
  }

  @Test("draw only legal strings, and branch evenly")
  func drawn() throws {
    var random = RandomStream(seed: 1)
    let expression = try Regex(Self.embedded)
    let strings = (0..<2000).map { _ in string(.embedded, &random) }
    for string in strings { #expect(try expression.wholeMatch(in: string) != nil, "\(string)") }
    let mean = Double(strings.reduce(0) { $0 + $1.count }) / 2000
    print("2000 embedded strings: mean length \(mean), \(Set(strings).count) different")
    // The expected numbers of symbols from each node solve n = 1 + the mean over its edges: 8 for a plain string, plus
    // 4 around it.
    #expect(abs(mean - 12) < 0.5)

    var stream = ReberStream(random: RandomStream(seed: 2))
    var taken = [Int: [ReberSymbol: Int]]()
    for _ in 0..<200_000 {
      let node = try #require(stream.node)
      let symbol = try stream.step().symbol
      taken[node, default: [:]][symbol, default: 0] += 1
    }
    #expect(taken.count == ReberGrammar.continual.edges.count)
    var worst = 0.0
    for (node, symbols) in taken {
      #expect(Set(symbols.keys) == Set(ReberGrammar.continual.successors(of: node)))
      let all = Double(symbols.values.reduce(0, +))
      for count in symbols.values where symbols.count == 2 {
        // Standard deviations from a half.
        worst = max(worst, abs(Double(count) / all - 0.5) * 2 * all.squareRoot())
      }
    }
    print("branches: at most \(worst) standard deviations from 1/2")
    #expect(worst < 4)
  }

  @Test("know every legal successor: the symbols that some ending completes to a legal string")
  func successors() throws {
    var random = RandomStream(seed: 3)
    let expression = try Regex(Self.embedded)
    let strings = (0..<400).map { _ in string(.embedded, &random) }.filter { $0.count <= 14 }
    let endings = Set(strings.flatMap { string in (0..<9).map { String(string.suffix($0)) } })
    var nodes = Set<Int>()
    for prefix in Set(strings.prefix(30).flatMap { string in (0..<string.count).map { String(string.prefix($0)) } }) {
      var node = 0
      for letter in prefix {
        node = try #require(ReberGrammar.embedded.edges[node].first { $0.symbol.letter == letter }?.node)
      }
      guard nodes.insert(node).inserted else { continue }
      let legal = try ReberSymbol.allCases.filter { symbol in
        try endings.contains { try expression.wholeMatch(in: prefix + String(symbol.letter) + $0) != nil }
      }
      #expect(Set(ReberGrammar.embedded.successors(of: node)) == Set(legal), "after \(prefix)")
    }
    print("legal successors: \(nodes.count) of \(ReberGrammar.embedded.edges.count) nodes, \(endings.count) endings")
    #expect(nodes.count == ReberGrammar.embedded.edges.count)
  }

  @Test("continue without end, one embedded string after another")
  func continual() throws {
    var stream = ReberStream(random: RandomStream(seed: 4))
    var text = ""
    for _ in 0..<3000 { text.append(try stream.step().symbol.letter) }
    let expression = try Regex(Self.embedded)
    var (rest, count) = (text[...], 0)
    while let match = try expression.prefixMatch(in: rest) {
      rest = rest[match.range.upperBound...]
      count += 1
    }
    print("3000 symbols are \(count) strings and \(rest.count) symbols of one more")
    #expect(count > 200 && rest.count < 60)
  }

  @Test("draw the same symbols for the same seed, and begin a new string on restart")
  func determinism() {
    func symbols(_ seed: UInt64) -> [ReberSymbol] {
      var stream = ReberStream(random: RandomStream(seed: seed))
      return (0..<500).compactMap { _ in stream.next() }
    }
    #expect(symbols(5) == symbols(5) && symbols(5) != symbols(6))
    var stream = ReberStream(random: RandomStream(seed: 5))
    let first = (0..<50).compactMap { _ in stream.next() }
    stream.restart()
    let second = (0..<50).compactMap { _ in stream.next() }
    #expect(first != second && second[0] == .B && [.T, .P].contains(second[1]))
  }
}

extension ReberSymbol {
  var letter: Character { Character("\(self)") }
}

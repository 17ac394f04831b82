import Gatewise
import GatewiseRuns

/// CSV, read in memory and in pieces: both must say the same, the tables and the errors.
struct CSVKind: FuzzedKind {
  let suffix = "csv"

  private static let fields = [
    "1", "22", "0.5", "-3", "1e4", ".5", "7.", "1e999", "nan", "12345678901234567890", "0x1p3", "2001-01-01", "x", "é",
    "", " ", "\"4\"", "\"a,b\"", "\"\"", "\"c\nd\"", "\"c\r\nd\"", "\"e\"\"f\"", "\"", "a\"b", "\"a\"b", "\t5\t", " 6 ",
    "1,5", "1.234,5",
    "\"1,234.5\"", "12%", "$12", "\u{B}", "\u{C}", "\u{0}", "\u{FEFF}", "\u{A0}3", "\u{2028}", "日本", "😀", "\u{7F}",
    "\u{1B}",
  ]
  private static let ends = ["\n", "\r\n", "\n", "\r\n", "\r", "\n\n", " \n", "\t\n", "\"\"\n", "\u{B}", "\u{85}", ""]
  private static let tokens = fields + ends + ["sep=;\n", ",,,,", ";", "\t", "\"\"\"\""]

  func mutant(_ random: inout RandomStream) -> [UInt8] {
    let delimiter = [",", ",", ";", "\t"].element(&random)
    let columns = random.once(in: 500) ? 2000 + random.index(below: 30_000) : 1 + random.index(below: 5)
    // Most tables are sound but for one field or end of a row.
    let wild = [0, 200, 20, 4].element(&random)
    let end = ["\n", "\r\n"].element(&random)
    var text = random.once(in: 8) ? "\u{FEFF}" : ""
    text += (0..<columns).map { "c\($0)" }.joined(separator: delimiter) + end
    for row in 0..<(columns > 100 ? 3 : 1 + random.index(below: random.once(in: 20) ? 300 : 12)) {
      for column in 0..<columns {
        if column > 0 { text += delimiter }
        let isWild = wild > 0 && random.once(in: wild)
        text += isWild ? Self.fields.element(&random) : column == 1 ? "day \(row)" : "\(row * 7 + column).25"
      }
      text += wild > 0 && random.once(in: wild) ? Self.ends.element(&random) : end
    }
    if random.once(in: 300) { text += "\"" + String(repeating: "long ", count: 20_000 + random.index(below: 100_000)) }
    return random.once(in: 3) ? Array(text.utf8) : Mutation.text(text, tokens: Self.tokens, &random)
  }

  func read(_ path: String) throws {
    let memory = outcome { () throws(GatewiseError) in try Table(path: path) }
    for piece in [1 + path.utf8.count % 7, 64, 1 << 18] {
      let file = outcome { () throws(GatewiseError) in try FileTable(path: path, piece: piece) }
      guard memory == file else {
        throw Disagreement(description: "in memory: \(memory.text); in pieces of \(piece): \(file.text)")
      }
    }
    if let error = memory.error { throw error }
  }

  private struct Outcome: Equatable {
    var columns: [String] = []
    var numeric: [Bool] = []
    var values: [UInt64] = []
    var error: GatewiseError?

    var text: String { error.map { "\($0)" } ?? "\(columns.count) columns, \(values.count) numbers" }
  }

  private func outcome(_ open: () throws(GatewiseError) -> any SeriesTable) -> Outcome {
    var outcome = Outcome()
    do throws(GatewiseError) {
      let table = try open()
      outcome.columns = table.columns
      outcome.numeric = table.columns.map(table.isNumeric)
      let chosen = zip(table.columns, outcome.numeric).filter { $0.1 }.map { $0.0 }
      guard !chosen.isEmpty else { return outcome }
      let rows = try table.rows(of: chosen)
      var values = [Double](repeating: 0, count: rows.rowCount * rows.columnCount)
      try rows.read(0..<rows.rowCount, into: &values, at: 0)
      let middle = rows.rowCount / 2
      var row = [Double](repeating: 0, count: rows.columnCount)
      try rows.read(middle..<middle + 1, into: &row, at: 0)
      outcome.values = (values + row).map(\.bitPattern)
    } catch { outcome.error = error }
    return outcome
  }
}

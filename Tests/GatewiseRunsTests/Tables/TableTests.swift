import Gatewise
import GatewiseRuns
import Testing

@Suite("Tables") struct TableTests {
  private func table(_ text: String) throws -> Table {
    let folder = try TemporaryFolder()
    return try Table(path: folder.file("t.csv", text))
  }

  @Test("fields, quotes, blank lines, delimiters and line ends are read as they should")
  func reading() throws {
    let first = try table("\u{FEFF}month, x ,\"a \"\"b\"\",\nc\",d\r\n1949-01, 1.5,7,\r\n\r\n1949-02,-2e3,\"8\",")
    print(first.columns, first.rows, first.lines)
    #expect(first.columns == ["month", "x", "a \"b\",\nc", "d"])
    #expect(first.rows == [["1949-01", "1.5", "7", ""], ["1949-02", "-2e3", "8", ""]])
    #expect(first.lines == [3, 5])
    #expect(try first.numbers(in: "x") == [1.5, -2000])
    #expect(first.columns.filter(first.isNumeric) == ["x", "a \"b\",\nc"])
    #expect(try table("a;b\n1;2\n").rows == [["1", "2"]])
    #expect(try table("a\tb\n1\t2").rows == [["1", "2"]])
    #expect(try table("a\n1\n\n2\n").rows == [["1"], ["2"]])
  }

  @Test("each fault gives one sentence with its line and column")
  func faults() throws {
    let faults: [(String, [String])] = [
      ("", ["empty"]), ("a,b\n", ["no rows"]), ("1,2\n3,4\n", ["line 1", "name the columns"]),
      ("a,a\n1,2\n", ["two columns are named \"a\""]),
      ("a,b\n1,2\n\n3\n", ["line 4 has 1 fields", "names 2"]), ("a,b\n1,2,3\n", ["line 2 has 3 fields"]),
      ("a,b\n1,\"2\n3,4\n", ["never closed"]), ("a,b\n1,\"2\"x\n", ["quote"]),
      ("a,b\n1,\u{0}\n", ["NUL"]),
    ]
    for (text, words) in faults {
      let found = sentence { _ = try table(text) }
      #expect(found?.contains("t.csv: ") == true)
      for word in words { #expect(found?.contains(word) == true, "\(word)") }
    }
    let numbers = try table("a,b,c,d,e\n1,2,3,4,5\n1,x,,nan,1e999\n")
    for (column, word) in [
      ("b", "line 3, column \"b\" holds \"x\", which is no number"), ("c", "line 3, column \"c\" is empty"),
      ("d", "line 3, column \"d\" holds nan"), ("e", "line 3, column \"e\" holds 1e999"),
      ("z", "no column \"z\"; its columns are a, b, c, d, e"),
    ] {
      #expect(sentence { _ = try numbers.numbers(in: column) }?.contains(word) == true)
    }
    #expect(sentence { _ = try Table(path: "/nowhere/t.csv") }?.contains("/nowhere/t.csv") == true)
  }
}

import Gatewise
import Testing

@testable import GatewiseRuns

@Suite("Tables") struct TableTests {
  private func table(_ text: String) throws -> Table {
    let folder = try TemporaryFolder()
    return try Table(path: folder.file("t.csv", text))
  }

  @Test("reads fields, quotes, blank lines, delimiters and line ends")
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

  @Test("each fault has a specific error with its line and column")
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
      ("b", "line 3, column \"b\" holds \"x\", which is not a number"), ("c", "line 3, column \"c\" is empty"),
      ("d", "line 3, column \"d\" holds nan"), ("e", "line 3, column \"e\" holds 1e999"),
      ("z", "no column \"z\"; its columns are a, b, c, d, e"),
    ] {
      #expect(sentence { _ = try numbers.numbers(in: column) }?.contains(word) == true)
    }
    #expect(sentence { _ = try Table(path: "/nowhere/t.csv") }?.contains("/nowhere/t.csv") == true)
  }

  @Test("row ends, quotes and spaces follow RFC 4180", arguments: [1, 3, 1 << 18])
  func language(piece: Int) throws {
    let folder = try TemporaryFolder()
    let taken: [(String, [[String]])] = [
      // A byte-order mark is ignored only at the beginning.
      ("\u{FEFF}a\n\u{FEFF}1\n2", [["\u{FEFF}1"], ["2"]]), ("a,b\r\n1,2\r\n", [["1", "2"]]),
      // A vertical tab, a form feed and the line ends of Unicode are ordinary characters.
      ("a\nx\u{B}y\nx\u{C}y\nx\u{85}y\u{2028}z\n1", [["x\u{B}y"], ["x\u{C}y"], ["x\u{85}y\u{2028}z"], ["1"]]),
      ("a,b\n\n \t\n\r\n1,\n\n", [["1", ""]]), ("a\n\"\"\n1\n", [[""], ["1"]]),
      ("a,b\n\"x\r\ny\rz\", \" 2 \" \n", [["x\r\ny\rz", "2"]]), ("a;b\n1,5;2\n3;4\n", [["1,5", "2"], ["3", "4"]]),
      ("a\tb\n\t\n 1\t2 ", [["", ""], ["1", "2"]]), ("\"a,b\";c\n1;2", [["1", "2"]]),
      ("a\n\u{A0}1\n", [["\u{A0}1"]]),
    ]
    for (text, rows) in taken {
      let path = try folder.file("t.csv", text)
      #expect(try Table(path: path).rows == rows, "\(text.debugDescription)")
      #expect(sentence { _ = try FileTable(path: path, piece: piece) } == nil)
    }
    let refused: [([UInt8], String)] = [
      (Array("a\n1\r2\n".utf8), "line 2 has a carriage return (CR) without a line feed (LF)"),
      (Array("a\n1\r".utf8), "line 2 has a carriage return"),
      (Array("a,b\n\"1\n\",2\"3\n".utf8), "line 3 has a quote (\") inside a field that does not begin with one"),
      (Array("a\n\n\"1\"2\n".utf8), "line 3 has text after the closing quote"),
      (Array("a\n\n\"1\n".utf8), "line 3 has a quote (\") that is never closed"),
      (Array("a\n1\n\"x\n".utf8) + [0xFF, 0x22], "line 4, byte 7 of the file, is 0xFF"),
      (Array("a\n1\n".utf8) + [0xC3], "line 3, byte 4 of the file, is 0xC3"),
      (Array("a\n1\nx".utf8) + [0], "byte 5 is NUL"),
    ]
    for (bytes, words) in refused {
      let path = try folder.file("t.csv", bytes)
      for found in [sentence { _ = try Table(path: path) }, sentence { _ = try FileTable(path: path, piece: piece) }] {
        #expect(found?.contains(words) == true, "\(words)")
      }
    }
  }

  @Test("numbers in other notations are rejected with their place and the correct notation")
  func hints() throws {
    let folder = try TemporaryFolder()
    let fields: [(String, String)] = [
      ("1,5", "a decimal comma; use a point (1.5)"), ("1.234,5", "a decimal comma; use a point (1234.5)"),
      ("1,234.5", "has thousands separators; write only the digits (1234.5)"), ("1,234", "it has a comma"),
      ("1 234", "has thousands separators"), ("12%", "a percentage; write the number without the percent sign (12)"),
      ("$12", "the currency sign $; write only the number (12)"), ("12,50 €", "the currency sign €"),
      ("\u{2212}3", "U+2212"),
    ]
    for (field, words) in fields {
      let path = try folder.file("t.csv", "day;level\nmon;\(field)\ntue;\(field)\n")
      for table in [try Table(path: path), try FileTable(path: path)] as [any SeriesTable] {
        let found = sentence { _ = try ForecastData(table: table, targets: ["level"], validationFraction: 0) }
        #expect(found?.contains("no column of numbers") == true)
        #expect(found?.contains("line 2, column \"level\" holds \"\(field)\"; it") == true, "\(field)")
        #expect(found?.contains(words) == true, "\(field)")
      }
      let mixed = try Table(path: folder.file("m.csv", "day;level\nmon;1\ntue;\(field)\n"))
      let found = sentence { _ = try mixed.numbers(in: "level") }
      #expect(found?.contains("line 3, column \"level\" holds \"\(field)\", which is not a number; it") == true)
      #expect(found?.contains(words) == true, "\(field)")
    }
    let plain = try table("day\nmonday\n")
    let found = sentence { _ = try ForecastData(table: plain, targets: ["day"]) }
    #expect(found?.hasSuffix("for the model's input: line 2, column \"day\" holds \"monday\".") == true)
    #expect(sentence { _ = try table("sep=;\na;b\n1;2\n") }?.contains("line 1 is \"sep=…\"") == true)
    #expect(sentence { _ = try table("a,b\n1,5,2,5\n") }?.contains("decimal comma") == true)
  }

  @Test("compressed files and other encodings are recognized, with a remedy")
  func encodings() throws {
    let folder = try TemporaryFolder()
    let text = "level,load\n1,2\n3,4\n"
    let wide = Array(text.utf16)
    let files: [([UInt8], String)] = [
      ([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3], "is compressed with gzip; unpack it first"),
      ([0xFF, 0xFE] + wide.flatMap { [UInt8($0), 0] }, "is UTF-16; convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)"),
      ([0xFE, 0xFF] + wide.flatMap { [0, UInt8($0)] }, "is UTF-16"),
      (wide.flatMap { [UInt8($0), 0] }, "iconv -f UTF-16LE"), (wide.flatMap { [0, UInt8($0)] }, "iconv -f UTF-16BE"),
      (Array("PK\u{3}\u{4}".utf8) + [20, 0, 0, 0, 8, 0], "ZIP"),
      (Array("level\n1\ncaf".utf8) + [0xE9, 0x0A], "line 3, byte 11 of the file, is 0xE9; convert it first"),
    ]
    for (bytes, words) in files {
      let path = try folder.file("t.csv", bytes)
      for found in [
        sentence { _ = try Table(path: path) }, sentence { _ = try FileTable(path: path) },
        sentence { _ = try TextData(paths: [path]) }, sentence { _ = try RunFile(contentsOf: path) },
      ] {
        #expect(found?.contains(words) == true, "\(words)")
      }
    }
  }

  @Test("reading, standardizing and forecasting 200,000 columns takes linear time")
  func wide() throws {
    let folder = try TemporaryFolder()
    let count = 200_000
    let names = (0..<count).map { "c\($0)" }
    let rows = (0..<4).map { row in (0..<count).map { "\($0 + row)" }.joined(separator: ",") }
    let path = try folder.file("t.csv", ([names.joined(separator: ",")] + rows).joined(separator: "\n"))
    for table in [try Table(path: path), try FileTable(path: path)] as [any SeriesTable] {
      #expect(table.columns == names)
      let data = try ForecastData(table: table, targets: Array(names.suffix(100_000)), validationFraction: 0)
      print("\(data.series.encoding.inputSize) inputs, \(data.series.encoding.outputSize) outputs")
      #expect(data.series.encoding.inputSize == count + 100_000 && data.leftOut.isEmpty)
    }
    #expect(sentence { _ = try Table(path: path).numbers(in: "c7x") }?.hasSuffix("c98, c99, ….") == true)
  }
}

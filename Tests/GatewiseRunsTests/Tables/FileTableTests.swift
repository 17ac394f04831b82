import CAllocationCounter
import Foundation
import Gatewise
import Testing

@testable import GatewiseRuns

@Suite("Tables in files") struct FileTableTests {
  /// A file of 9,000 rows with numbers in all notations, dates, blank lines and fields that span lines.
  private static func text(lineEnd: String) -> String {
    var random = RandomStream(seed: 11)
    var text = "\u{FEFF}\"day, \"\"local\"\"\", level ,load,note\(lineEnd)"
    for row in 0..<9000 {
      let level = 1000 + Double(row) / 7 + (random.normal() as Double)
      let load = random.uniform(in: -1.0...1.0)
      let number = ["\(level)", " \(Float(level)) ", "\"\(Int(level))\"", "+\(Int(level)).25", "\(Int(level))e-1"][
        row % 5]
      let note = row % 97 == 0 ? "\"line one\(lineEnd)and \"\"two\"\"\"" : row % 3 == 0 ? "" : "é\(row)"
      text += "2001-\(row),\(number),\(row % 2 == 0 ? "\(load)" : "\(load * 1e-30)"),\(note)\(lineEnd)"
      if row % 50 == 0 { text += lineEnd }
    }
    return text
  }

  @Test(
    "gives the same numbers, encoding and batches as the table in memory, bit for bit", arguments: ["\n", "\r\n"],
    [1, 70])
  func same(lineEnd: String, horizon: Int) throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("t.csv", Self.text(lineEnd: lineEnd))
    let (memory, mapped) = (try Table(path: path), try FileTable(path: path, piece: 97))
    #expect(mapped.columns == memory.columns && mapped.columns == ["day, \"local\"", "level", "load", "note"])
    #expect(mapped.columns.map(mapped.isNumeric) == memory.columns.map(memory.isNumeric))
    #expect(mapped.columns.map(mapped.isNumeric) == [false, true, true, false])
    let rows = try mapped.rows(of: ["load", "level"])
    let (level, load) = (try memory.numbers(in: "level"), try memory.numbers(in: "load"))
    #expect(rows.rowCount == 9000 && rows.columnCount == 2)
    var values = [Double](repeating: 0, count: 2)
    for row in 0..<9000 {
      try rows.read(row..<(row + 1), into: &values, at: 0)
      #expect(values == [load[row], level[row]])
    }
    func data(_ table: some SeriesTable) throws -> ForecastData {
      try ForecastData(table: table, targets: ["load", "level"], inputs: ["level"], horizon: horizon)
    }
    try expectSame(data(memory), data(mapped), window: 24)

    let array = try TensorTable.write([level, load], to: folder.path + "/x.npy", as: Double.self)
    func numbered(_ table: some SeriesTable) throws -> ForecastData {
      try ForecastData(table: table, targets: ["1", "0"], inputs: ["0"], horizon: horizon)
    }
    let names = Dictionary(uniqueKeysWithValues: zip(["0", "1"], ["level", "load"]))
    let (named, fromArray) = (try data(memory), try numbered(NumPyTable(path: array)))
    #expect(fromArray.series.encoding.inputColumns.map { names[$0] } == named.series.encoding.inputColumns)
    try expectSame(named, fromArray, window: 24, hasSameNames: false)
  }

  private func expectSame(_ a: ForecastData, _ b: ForecastData, window: Int, hasSameNames: Bool = true) throws {
    if hasSameNames { #expect(a.series.encoding == b.series.encoding && a.fingerprint == b.fingerprint) }
    #expect(a.series.encoding.levels == b.series.encoding.levels)
    #expect(a.series.encoding.targets == b.series.encoding.targets)
    #expect(a.firstHeldOutRow == b.firstHeldOutRow && a.persistenceError == b.persistenceError)
    #expect(try a.series.input(Float.self) == b.series.input())
    var sources = [
      try a.trainingSource(Float.self, batchSize: 16, window: window, seed: 3),
      try b.trainingSource(Float.self, batchSize: 16, window: window, seed: 3),
    ]
    var (first, second) = (sources[0].makeBatch(), sources[1].makeBatch())
    var count = 0
    while try sources[0].next(into: &first) {
      #expect(try sources[1].next(into: &second))
      #expect(first.inputs == second.inputs && first.targets == second.targets)
      count += 1
    }
    var held = [
      try #require(a.validationSource(Float.self, window: window)),
      try #require(b.validationSource(Float.self, window: window)),
    ]
    (first, second) = (held[0].makeBatch(), held[1].makeBatch())
    while try held[0].next(into: &first) {
      #expect(try held[1].next(into: &second))
      #expect(first.inputs == second.inputs && first.targets == second.targets && first.mask == second.mask)
    }
    print("\(count) batches and the held-out series agree")
  }

  @Test("a table read in pieces accepts and rejects the same files as one in memory, with the same errors")
  func fuzz() throws {
    let folder = try TemporaryFolder()
    var random = RandomStream(seed: 4)
    let pieces = [
      "1", "22", "0.5", "-3", "1e4", ".5", "1e", "0x1p3", "nan", "-inf", "7.", "12345678901234567890", "2001-01-01",
      "x", "é",
      "\"4\"", "\"a,b\"", "\"\"", "\"c\nd\"", "\"e\"\"f\"", "\"", " ", "\t", "", "\u{B}", "\u{C}", "\u{0}", "a\"b",
    ]
    let ends = ["\n", "\r\n", "\n\n", "\r\n \r\n", "", "\n", "\r\n", "\r", "\u{B}"]
    var (taken, refused, different) = (0, 0, 0)
    for round in 0..<6000 {
      var bytes = Array("a,b\n".utf8)
      for _ in 0..<(1 + random.index(below: 4)) {
        bytes += random.index(below: 6) == 0 ? [] : Array("5,".utf8)
        for _ in 0..<(1 + random.index(below: 2)) {
          bytes += Array(pieces[random.index(below: random.index(below: 3) == 0 ? pieces.count : 5)].utf8)
        }
        if random.index(below: 60) == 0 { bytes += [[0xFF], [0xC3], [0xE2, 0x82]][random.index(below: 3)] }
        bytes += Array(ends[random.index(below: round % 2 == 0 ? 5 : ends.count)].utf8)
      }
      let path = try folder.file("t.csv", bytes)
      func answer(_ open: () throws -> any SeriesTable) -> [String] {
        do {
          let table = try open()
          let rows = try table.rows(of: ["b", "a"])
          var values = [Double](repeating: 0, count: rows.rowCount * 2)
          try rows.read(0..<rows.rowCount, into: &values, at: 0)
          return table.columns.map { "\(table.isNumeric($0))" } + values.map { "\($0.bitPattern)" }
        } catch { return ["\(error)"] }
      }
      let memory = answer { try Table(path: path) }
      for piece in [1, 5, 1 << 18] where memory != answer({ try FileTable(path: path, piece: piece) }) {
        different += 1
        Issue.record("pieces of \(piece): \(String(decoding: bytes, as: UTF8.self).debugDescription)")
      }
      if memory.count == 1 { refused += 1 } else { taken += 1 }
    }
    print("\(taken) tables accepted, \(refused) rejected, \(different) different")
    #expect(taken > 300 && refused > 300)
  }

  @Test("a short decimal number is rounded to nearest, as in the standard library")
  func decimals() {
    var random = RandomStream(seed: 6)
    var short = 0
    for round in 0..<200_000 {
      let digits = (0..<(1 + random.index(below: 17))).map { _ in "\(random.index(below: 10))" }.joined()
      var text = ["", "-", "+"][random.index(below: 3)] + digits
      if random.index(below: 3) > 0 { text += "." + "\(random.index(below: 1_000_000))" }
      if random.index(below: 3) == 0 { text += ["e", "E-", "e+"][round % 3] + "\(random.index(below: 30))" }
      let found = Array(text.utf8).withUnsafeBytes { DecimalNumber.short($0.baseAddress!, $0.count) }
      guard let found else { continue }
      short += 1
      #expect(found.bitPattern == Double(text)?.bitPattern, "\(text)")
    }
    print("\(short) of 200000 numbers are short")
    #expect(short > 100_000)
  }

  @Test("each fault has a specific error with its line, at any depth of the file")
  func faults() throws {
    let folder = try TemporaryFolder()
    let deep = (0..<100_000).map { "\($0),\($0 % 7)" }.joined(separator: "\n")
    let faults: [(String, [String])] = [
      ("", ["empty"]), ("\n\n", ["is empty"]), ("a,b\n", ["no rows"]), ("1,2\n3,4\n", ["line 1", "name the columns"]),
      ("a,a\n1,2\n", ["two columns are named \"a\""]),
      ("a,b\n\(deep)\n\n3\n", ["line 100003 has 1 fields", "names 2"]),
      ("a,b\n\(deep)\n1,2,3\n", ["line 100002 has 3 fields"]),
      ("a,b\n\(deep)\n1,\"2\n3,4\n", ["line 100002", "never closed"]),
      ("a,b\n\(deep)\n1,\"2\"x\n", ["line 100002", "quote"]), ("a,\u{0}b\n1,2\n", ["NUL"]),
      (String(repeating: "a,", count: 600_000), ["two columns are named \"a\""]),
      (String(repeating: ",", count: 1_200_000), ["names more than 1048576 columns"]),
      (
        "a,b\n\(deep)\n1,\"" + String(repeating: "2,\n", count: 6_000_000), ["line 100002", "more than 16777216 bytes"]
      ),
    ]
    for (text, words) in faults {
      let path = try folder.file("t.csv", text)
      let found = sentence { _ = try FileTable(path: path) }
      #expect(found?.contains("t.csv: ") == true)
      for word in words { #expect(found?.contains(word) == true, "\(word)") }
    }
    for (row, word) in [
      ("1,x", "line 100002, column \"b\" holds \"x\", which is not a number"),
      ("1,", "line 100002, column \"b\" is empty"),
      ("1,nan", "line 100002, column \"b\" holds nan"), ("1,1e999", "line 100002, column \"b\" holds 1e999"),
    ] {
      let table = try FileTable(path: folder.file("t.csv", "a,b\n\(deep)\n\(row)\n"))
      #expect(sentence { _ = try ForecastData(table: table, targets: ["b"]) }?.contains(word) == true)
      #expect(sentence { _ = try ForecastData(table: table, targets: ["a"], inputs: ["a"]) } == nil)
    }
    #expect(sentence { _ = try FileTable(path: "/nowhere/t.csv") }?.contains("/nowhere/t.csv") == true)
  }

  @Test("a file that changes meanwhile gives an error, not other numbers")
  func change() throws {
    let folder = try TemporaryFolder()
    let text = "a,b\n" + (0..<20_000).map { "\($0),\($0 % 7)" }.joined(separator: "\n") + "\n"
    let path = try folder.file("t.csv", text)
    let data = try ForecastData(table: try FileTable(path: path), targets: ["b"])
    var source = try data.trainingSource(Float.self, batchSize: 4, window: 8, seed: 1)
    var batch = source.makeBatch()
    #expect(try source.next(into: &batch))
    let place = source.place
    #expect(truncate(path, 100) == 0)
    #expect(sentence { _ = try source.next(into: &batch) }?.contains("became shorter") == true)
    #expect(source.place == place)
    // The same length with other bytes.
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.write(contentsOf: Data(repeating: 0x0A, count: text.utf8.count))
    #expect(sentence { _ = try source.next(into: &batch) }?.contains("was changed while it was read") == true)
  }

  @Test("batches allocate nothing")
  func allocations() throws {
    let folder = try TemporaryFolder()
    let text = "a,b\n" + (0..<20_000).map { "\($0).5,\($0 % 7)" }.joined(separator: "\n")
    let data = try ForecastData(table: try FileTable(path: folder.file("t.csv", text)), targets: ["b"], horizon: 2)
    var source = try data.trainingSource(Float.self, batchSize: 4, window: 8, seed: 1)
    var batch = source.makeBatch()
    #expect(try source.next(into: &batch))
    allocation_counter_start()
    for _ in 0..<100 { _ = try source.next(into: &batch) }
    let count = allocation_counter_stop()
    print("\(count) allocations in 100 batches")
    #expect(count == 0)
  }
}

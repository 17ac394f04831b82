import Foundation
import Gatewise
import Testing

@testable import GatewiseRuns

/// Returns columns as an array `[rows, columns]`.
enum TensorTable {
  static func write<S: Scalar>(_ columns: [[Double]], to path: String, as _: S.Type) throws -> String {
    let elements = columns[0].indices.flatMap { row in columns.map { S($0[row]) } }
    try NumPyFile.write(try Tensor(shape: [columns[0].count, columns.count], elements: elements), to: path)
    return path
  }
}

@Suite("NumPy arrays as tables") struct NumPyTableTests {
  private func bytes(_ columns: [[Double]]) throws -> [UInt8] {
    let folder = try TemporaryFolder()
    let path = try TensorTable.write(columns, to: folder.path + "/x.npy", as: Float.self)
    return try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
  }

  @Test(
    "columns are numbered, and selected in any order, from files in memory and read in pieces", arguments: [20, 30_000])
  func columns(rows count: Int) throws {
    let folder = try TemporaryFolder()
    let columns = (0..<3).map { c in (0..<count).map { Double($0 * 8 + c) / 4 } }
    for path in [
      try TensorTable.write(columns, to: folder.path + "/f.npy", as: Float.self),
      try TensorTable.write(columns, to: folder.path + "/d.npy", as: Double.self),
    ] {
      let table = try NumPyTable(path: path)
      #expect(table.columns == ["0", "1", "2"] && table.isNumeric("2") && !table.isNumeric("3"))
      let rows = try table.rows(of: ["2", "0"])
      #expect(rows.rowCount == count)
      var values = [Double](repeating: -1, count: 9)
      try rows.read((count - 3)..<count, into: &values, at: 2)
      let last: [Double] = ((count - 3)..<count).flatMap { [columns[2][$0], columns[0][$0]] }
      #expect(values.prefix(2) == [-1, -1] && Array(values[2..<8]) == last && values[8] == -1)
      #expect(sentence { _ = try table.rows(of: ["3"]) }?.contains("no column \"3\"; its columns are 0, 1, 2") == true)
    }
  }

  @Test("each fault has a specific error")
  func faults() throws {
    let folder = try TemporaryFolder()
    let good = try bytes([[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]])
    func edited(_ old: String, _ new: String) throws -> [UInt8] {
      let header = try #require(String(bytes: good[10..<128], encoding: .ascii)).replacing(old, with: new)
      return good[..<10] + Array(header.prefix(118).utf8) + good[128...]
    }
    var notFinite = good
    notFinite.replaceSubrange((128 + 4 * 7)..<(128 + 4 * 8), with: [0, 0, 0xC0, 0x7F])
    let faults: [([UInt8], [String])] = [
      (Array(good.dropLast(4)), ["36 bytes of numbers", "needs 40"]), (Array(good.prefix(60)), ["is truncated"]),
      (good + [0], ["41 bytes"]), (try edited("'<f4'", "'<i4'"), ["I32", "float32"]),
      (try edited("'<f4'", "'<c8'"), ["<c8", "float32"]),
      (try edited("False,", "True, "), ["Fortran order", "ascontiguousarray"]),
      (try edited("(5, 2)", "(10,) "), ["shape [10]", "[rows, columns]"]),
      (try edited("(5, 2)", "(0, 2)"), ["has"]), (Array("day,x\n1,2\n".utf8), ["not a NumPy file"]),
    ]
    for (bytes, words) in faults {
      let path = try folder.file("x.npy", bytes)
      let found = sentence { _ = try NumPyTable(path: path) }
      for word in words { #expect(found?.contains(word) == true, "\(word)") }
    }
    let table = try NumPyTable(path: folder.file("x.npy", notFinite))
    let found = sentence { _ = try ForecastData(table: table, targets: ["1"], validationFraction: 0) }
    #expect(found?.contains("x.npy: row 3, column 1") == true && found?.contains("holds nan") == true)
  }

  @Test("means and deviations of integers are exact, far from zero and in many blocks")
  func moments() throws {
    let folder = try TemporaryFolder()
    let column = (0..<30_000).map { 1_000_000_000 + $0 * 7919 % 10_007 }
    let path = try TensorTable.write([column.map(Double.init)], to: folder.path + "/x.npy", as: Double.self)
    let data = try ForecastData(
      table: try NumPyTable(path: path), targets: ["0"], horizon: 3, validationFraction: 0.1)
    #expect(data.firstHeldOutRow == 27_000)
    func expect(_ found: Standardization, _ numbers: [Int], _ name: String) {
      let (count, sum) = (numbers.count, numbers.reduce(0, +))
      // n Σ x² - (Σ x)² in integers, relative to the first so that they stay small enough.
      let small = numbers.map { $0 - numbers[0] }
      let squares = small.reduce(0) { $0 + $1 * $1 } * count - small.reduce(0, +) * small.reduce(0, +)
      let (mean, deviation) = (Double(sum) / Double(count), Double(squares).squareRoot() / Double(count))
      let off = (abs(found.mean[0] - mean) / max(1, abs(mean)), abs(found.deviation[0] / deviation - 1))
      print("\(name): mean off by \(off.0), deviation by \(off.1)")
      #expect(off.0 < 1e-14 && off.1 < 1e-12)
    }
    let training = Array(column[..<27_000])
    expect(data.series.encoding.levels, training, "levels")
    expect(data.series.encoding.lastChanges, zip(training.dropFirst(), training).map { $0 - $1 }, "last changes")
    expect(data.series.encoding.targets, zip(training.dropFirst(3), training).map { $0 - $1 }, "targets")
    let held = (27_000..<30_000).map { column[$0] - column[$0 - 3] }.reduce(0) { $0 + $1 * $1 }
    let persistence = (Double(held) / 3000).squareRoot()
    #expect(abs(data.persistenceError[0] / persistence - 1) < 1e-12)
  }

  @Test("an order without a list has every window once, and differs in each epoch", arguments: [2, 3, 1000, 4097])
  func order(count: Int) throws {
    var order = WindowOrder(count: count, seed: 5, listLimit: 1)
    var epochs: [[Int]] = []
    for epoch in [0, 1, 7] {
      order.go(to: epoch)
      epochs.append((0..<count).map { order[$0] })
      #expect(epochs.last?.sorted() == Array(0..<count))
    }
    order.go(to: 1)
    #expect((0..<count).map { order[$0] } == epochs[1])
    guard count > 100 else { return }
    #expect(Set(epochs).count == 3)
    #expect((0..<count).map { WindowOrder(count: count, seed: 6, listLimit: 1)[$0] } != epochs[0])
    // Places and windows are uncorrelated: |r| of n pairs is seldom above 4 / √n.
    let n = Double(count)
    let middle = (n - 1) / 2
    let products: [Double] = (0..<count).map { (Double($0) - middle) * (Double(epochs[0][$0]) - middle) }
    let covariance = products.reduce(0, +)
    let correlation = covariance / (n * (n * n - 1) / 12)
    print("\(count) windows: correlation of place and window \(correlation)")
    #expect(abs(correlation) < 4 / n.squareRoot())
  }
}

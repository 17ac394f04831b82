import Foundation
import Gatewise
import GatewiseRuns
import Testing

@Suite("Forecast tables") struct ForecastTests {
  /// 20 rows: x is the square of the row, y ten times the row.
  private func table() throws -> Table {
    let folder = try TemporaryFolder()
    let rows = (0..<20).map { "day \($0),\($0 * $0),\(10 * $0)" }
    return try Table(path: folder.file("t.csv", (["day,x,y"] + rows).joined(separator: "\n")))
  }

  /// Returns the outputs of an exact forecaster: every target of every row, in the model's units.
  private func perfect(_ data: ForecastData, table: Table) throws -> Tensor<Double> {
    let (rows, horizon) = (table.rows.count, data.series.encoding.horizon)
    var source = try #require(data.validationSource(Double.self, window: 1000))
    var batch = source.makeBatch()
    #expect(try source.next(into: &batch))
    let size = data.series.encoding.outputSize
    return try Tensor(
      shape: [rows, 1, size], elements: batch.targets + Array(repeating: 0, count: horizon * size))
  }

  @Test("inputs, targets and forecasts agree with the values of the table", arguments: [1, 3])
  func encoding(horizon: Int) throws {
    let table = try table()
    let data = try ForecastData(table: table, targets: ["x"], horizon: horizon, validationFraction: 0.25)
    #expect(data.leftOut == ["day"])
    #expect(data.series.encoding.inputColumns == ["x", "y"])
    #expect(data.series.encoding.inputSize == 3 && data.firstHeldOutRow == 15)
    let input = try data.series.input(Double.self)
    // Only the training rows have mean 0 and deviation 1.
    let x = (0..<15).map { input[$0, 0, 0] }
    print("mean of standardized x in training:", x.reduce(0, +) / 15)
    #expect(abs(x.reduce(0, +)) < 1e-12 && abs(x.reduce(0) { $0 + $1 * $1 } / 15 - 1) < 1e-12)
    let forecasts = try data.series.forecasts(from: try perfect(data, table: table))
    for t in 0..<(20 - horizon) { #expect(abs(forecasts[t][0] - pow(Double(t + horizon), 2)) < 1e-9) }
    print("horizon \(horizon): error of persistence \(data.persistenceError)")
    // x[t] - x[t - h] = h (2 t - h), for t in 15..<20.
    let h = Double(horizon)
    let persistence = ((15..<20).reduce(0) { $0 + pow(h * (2 * Double($1) - h), 2) } / 5).squareRoot()
    #expect(abs(data.persistenceError[0] - persistence) < 1e-9)
  }

  @Test("a target that is not an input is forecast as its level")
  func level() throws {
    let table = try table()
    let data = try ForecastData(table: table, targets: ["x", "y"], inputs: ["y"], horizon: 2, validationFraction: 0.25)
    #expect(data.series.encoding.inputSize == 2 && data.series.encoding.outputSize == 2)
    let forecasts = try data.series.forecasts(from: try perfect(data, table: table))
    for t in 0..<18 { #expect(abs(forecasts[t][0] - pow(Double(t + 2), 2)) < 1e-9) }
    for t in 0..<18 { #expect(abs(forecasts[t][1] - Double(10 * (t + 2))) < 1e-9) }
    let csv = try data.series.csv(of: try perfect(data, table: table))
    #expect(csv.hasPrefix("row,x,y\n3,4") && csv.split(separator: "\n").count == 21)
  }

  @Test("windows begin at every training row, and none reaches into the held-out rows")
  func windows() throws {
    let data = try ForecastData(table: try table(), targets: ["y"], inputs: ["y"], validationFraction: 0.25)
    var source: WindowSource<Double> = try data.trainingSource(batchSize: 2, window: 6, seed: 1)
    var batch = source.makeBatch()
    let input = try data.series.input(Double.self)
    var starts: [[Int]] = []
    for _ in 0..<2 {
      var epoch: [Int] = []
      while try source.next(into: &batch) {
        try batch.validate()
        #expect(!batch.continuesState)
        for row in 0..<2 {
          let start = try #require((0..<20).first { input[$0, 0, 0] == batch.inputs[row * 2] })
          epoch.append(start)
          for t in 0..<6 { #expect(batch.inputs[(t * 2 + row) * 2] == input[start + t, 0, 0]) }
        }
      }
      starts.append(epoch)
    }
    print("window starts of two epochs:", starts)
    // 15 training rows with horizon 1 leave 14 steps, so 9 starts 0...8, which make 4 batches of 2.
    #expect(starts.allSatisfy { Set($0).count == 8 && $0.allSatisfy { (0...8).contains($0) } })
    #expect(starts[0] != starts[1])
  }

  @Test("the targets of a window are one horizon ahead of its rows, near or far", arguments: [1, 3, 4, 7])
  func targets(horizon: Int) throws {
    let data = try ForecastData(
      table: try table(), targets: ["y", "x"], inputs: ["x"], horizon: horizon, validationFraction: 0)
    var source: WindowSource<Double> = try data.trainingSource(batchSize: 3, window: 3, seed: 1)
    var batch = source.makeBatch()
    // y as its level, x as its change, over the rows for which both ends exist.
    let wanted = [
      (0..<(20 - horizon)).map { Double(10 * ($0 + horizon)) },
      (0..<(20 - horizon)).map { Double(($0 + horizon) * ($0 + horizon) - $0 * $0) },
    ].map { values in
      let mean = values.reduce(0, +) / Double(values.count)
      let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
      return values.map { ($0 - mean) / deviation }
    }
    let input = try data.series.input(Double.self)
    var worst = 0.0
    while try source.next(into: &batch) {
      for place in 0..<9 {
        let row = try #require((0..<20).first { input[$0, 0, 0] == batch.inputs[place * 2] })
        for k in 0..<2 { worst = max(worst, abs(batch.targets[place * 2 + k] - wanted[k][row])) }
      }
    }
    print("horizon \(horizon): targets off by at most \(worst)")
    #expect(worst < 1e-12)
  }

  @Test("validation runs through the whole series and counts only the held-out targets")
  func validation() throws {
    let data = try ForecastData(table: try table(), targets: ["y"], validationFraction: 0.25)
    var source = try #require(data.validationSource(Float.self, window: 4))
    var batch = source.makeBatch()
    var (mask, carried): ([Float], [Bool]) = ([], [])
    while try source.next(into: &batch) {
      try batch.validate()
      mask += try #require(batch.mask)
      carried.append(batch.continuesState)
    }
    // Row t forecasts row t + 1, so the first of the 5 counted steps is row 14.
    #expect(mask == Array(repeating: 0, count: 14) + Array(repeating: 1, count: 5))
    #expect(carried == [false, true, true, true, true])
  }

  @Test("an encoding is restored from the model file for further training and prediction")
  func modelFile() throws {
    let table = try table()
    let data = try ForecastData(table: table, targets: ["x"], horizon: 2)
    let kept = ModelData.forecast(encoding: data.series.encoding)
    print(kept.json)
    let read = try ModelData.read(from: [ModelData.extraName: kept.json], path: "m")
    #expect(read == kept)
    let again = try ForecastData(table: table, targets: [], encoding: data.series.encoding)
    #expect(again.series.encoding == data.series.encoding)
    let series = try ForecastSeries(table: table, encoding: data.series.encoding)
    #expect(try series.input(Double.self) == data.series.input())
    for horizon in [0, Int.max] {
      let damaged = kept.json.replacing("\"horizon\":2", with: "\"horizon\":\(horizon)")
      #expect(sentence { _ = try ModelData.read(from: [ModelData.extraName: damaged], path: "m") } != nil)
    }
  }

  @Test("each fault has a specific error")
  func faults() throws {
    let table = try table()
    func data(_ targets: [String], _ inputs: [String]? = nil, horizon: Int = 1, held: Double = 0.25) throws {
      _ = try ForecastData(table: table, targets: targets, inputs: inputs, horizon: horizon, validationFraction: held)
    }
    #expect(sentence { try data(["z"]) }?.contains("no column \"z\"; its columns are day, x, y") == true)
    #expect(sentence { try data(["day"]) }?.contains("line 2, column \"day\"") == true)
    #expect(sentence { try data(["x"], ["day"]) }?.contains("column \"day\"") == true)
    #expect(sentence { try data(["x", "x"]) }?.contains("twice") == true)
    #expect(sentence { try data([]) } != nil)
    #expect(sentence { try data(["x"], horizon: 0) }?.contains("horizon") == true)
    #expect(sentence { try data(["x"], horizon: 14) }?.contains("too few rows") == true)
    #expect(sentence { try data(["x"], horizon: .max) }?.contains("too few rows") == true)
    #expect(sentence { try data(["x"], held: 1) } != nil)
    let fits = try ForecastData(table: table, targets: ["x"], validationFraction: 0.25)
    func source(_ batchSize: Int, _ window: Int) throws {
      let _: WindowSource<Float> = try fits.trainingSource(batchSize: batchSize, window: window, seed: 1)
    }
    try source(1000, 14)
    #expect(sentence { try source(4, 15) }?.contains("with a horizon of 1 is too long: at most 14") == true)
    #expect(sentence { try source(4, .max) } != nil)
    #expect(sentence { try source(0, 4) } != nil)
  }
}

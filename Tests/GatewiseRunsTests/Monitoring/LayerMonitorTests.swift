import Gatewise
import GatewiseRuns
import Testing

@Suite("Layer monitor") struct LayerMonitorTests {
  private func dictionary(_ figures: [LayerFigure]) -> [String: Double] {
    Dictionary(uniqueKeysWithValues: figures.map { ($0.name, $0.value) })
  }

  /// Returns a model in which only tensor `name` is nonzero: `value(row, column)`.
  private func norms(
    _ model: LSTM<Double>, _ name: String, _ value: (_ row: Int, _ column: Int) -> Double
  ) throws -> [String: Double] {
    var zero = try LSTM<Double>(model.configuration, parameters: Array(repeating: 0, count: model.layout.count))
    let shape = try zero.tensor(name).shape
    let width = shape.last!
    let elements = (0..<shape.reduce(1, *)).map { value($0 / width, $0 % width) }
    try zero.setTensor(name, to: Tensor(shape: shape, elements: elements))
    return dictionary(try LayerMonitor(model).norms(of: zero.parameters)).filter { $0.value != 0 }
  }

  @Test("every parameter belongs to exactly one part of its layer and gate")
  func norms() throws {
    let configuration = LSTMConfiguration(
      inputSize: 2, hiddenSizes: [3, 4], isBidirectional: true, projection: .init(size: 2), peepholes: true,
      embeddingSize: 5, learnsInitialState: true, readout: .init(outputSize: 2, seesInput: true))
    let model = try LSTM<Double>(configuration, seed: 1)
    let all = try LayerMonitor(model).norms(of: model.parameters)
    print(all.map { "\($0.name) \($0.value)" }.joined(separator: ", "))
    let total = model.parameters.reduce(0) { $0 + $1 * $1 }
    #expect(abs(all.reduce(0) { $0 + $1.value * $1.value } / total - 1) < 1e-12)
    #expect(
      all.prefix(6).map(\.name) == [
        "embedding", "layer0/input", "layer0/forget", "layer0/candidate", "layer0/output", "layer0/projection",
      ])
    #expect(all.last?.name == "readout" && all.count == 1 + 4 * 6 + 1)
    // Columns 4 to 7 of four blocks of H = 4 belong to the forget gate.
    #expect(
      try norms(model, "weight_ih_l1_reverse") { _, c in (4..<8).contains(c) ? 1 : 0 } == ["layer1_reverse/forget": 4])
    #expect(try norms(model, "weight_hh_l1") { r, c in r == 0 && c >= 12 ? 3 : 0 } == ["layer1/output": 6])
    #expect(
      try norms(model, "bias_ih_l0") { _, c in (6..<9).contains(c) ? 2 : 0 } == ["layer0/candidate": 12.0.squareRoot()])
    #expect(try norms(model, "peephole_l0") { r, _ in r == 2 ? 2 : 0 } == ["layer0/output": 12.0.squareRoot()])
    #expect(try norms(model, "c0_l1") { _, _ in 1 } == ["layer1/initialState": 2])
    #expect(try norms(model, "head.input_weight") { _, _ in 1 } == ["readout": 2])
  }

  @Test("missing gates have no part; biases of some columns belong to the parts of these")
  func variants() throws {
    let keepForget = try LSTM<Double>(
      LSTMConfiguration(
        inputSize: 1, hiddenSizes: [4], cell: MemoryCell(cellsPerBlock: 2, gating: .keepForget, gateRecurrence: true),
        peepholes: false, biases: Biases(gates: true, cells: false, outputs: false), normalization: .gates), seed: 1)
    let names = try LayerMonitor(keepForget).norms(of: keepForget.parameters).map(\.name)
    #expect(names == ["layer0/forget", "layer0/candidate", "layer0/output", "layer0/normalization"])
    // B = 2 gates of each kind: the biases are f, f, o, o.
    #expect(try norms(keepForget, "bias_ih_l0") { _, c in c < 2 ? 3 : 0 } == ["layer0/forget": 18.0.squareRoot()])
    #expect(try norms(keepForget, "bias_ih_l0") { _, c in c == 3 ? 3 : 0 } == ["layer0/output": 3])
    #expect(try norms(keepForget, "weight_gh_l0") { r, c in r == 0 && c == 2 ? 5 : 0 } == ["layer0/candidate": 5])
  }

  @Test("saturated activations are counted only on real steps")
  func saturation() throws {
    let model = try LSTM<Float>(LSTMConfiguration(inputSize: 1, hiddenSizes: [1]), seed: 1)
    // T = 2, N = 2; the second sequence has one step. Columns i, f, g, o.
    let gates: [Float] = [0.05, 0.5, 0.95, 0.5, 0.95, 0.5, -0.95, 0.91, 0.5, 0.89, 0.05, 0.5, 0, 0, 0, 0]
    let record = LayerRecord<Float>(
      hidden: Tensor(repeating: 0, shape: [2, 2, 1]), cells: Tensor(repeating: 0, shape: [2, 2, 1]),
      gates: try Tensor(shape: [2, 2, 4], elements: gates))
    let monitor = LayerMonitor(model)
    let shares = try monitor.saturation(of: [record], lengths: [2, 1])
    #expect(shares.map(\.name) == ["layer0/input", "layer0/forget", "layer0/candidate", "layer0/output"])
    #expect(shares.map { ($0.value * 3).rounded() } == [2, 0, 2, 1])
    #expect(try monitor.saturation(of: [record]).map { $0.value * 4 } == [3, 1, 2, 2])
    #expect(try monitor.saturation(of: [record], lengths: [0, 0]).isEmpty)
  }

  @Test("the shares of a forward pass agree with a count over its records, in both directions")
  func forwardPass() throws {
    let configuration = LSTMConfiguration(
      inputSize: 3, hiddenSizes: [5], isBidirectional: true, cell: .lstm2000())
    let small = try LSTM<Double>(configuration, seed: 2)
    let model = try LSTM<Double>(configuration, parameters: small.parameters.map { 5 * $0 })
    let x = try Tensor(shape: [7, 2, 3], elements: (0..<42).map { Double($0 % 5) - 2 })
    let pass = try model.forward(x, lengths: [7, 4], recordsLayers: true)
    let found = dictionary(try LayerMonitor(model).saturation(of: pass.layers, lengths: [7, 4]))
    print(found)
    for (record, name) in zip(pass.layers, ["layer0", "layer0_reverse"]) {
      let gates = record.gates
      var counts = ["input": 0.0, "forget": 0, "candidate": 0, "output": 0]
      for (n, length) in [7, 4].enumerated() {
        for t in 0..<length {
          for j in 0..<5 {
            for (k, net) in ["input", "forget", "candidate", "output"].enumerated() {
              let a = gates[t, n, 5 * k + j]
              counts[net]! += (net == "candidate" ? abs(a) > 1.8 : a < 0.1 || a > 0.9) ? 1 : 0
            }
          }
        }
      }
      for (net, count) in counts { #expect(abs(found["\(name)/\(net)"]! - count / 55) < 1e-15) }
      #expect(counts.values.reduce(0, +) > 0)
    }
    let unbounded = try LSTM<Double>(LSTMConfiguration(inputSize: 3, hiddenSizes: [5], cell: .lstm2002()), seed: 1)
    let records = try unbounded.forward(x, recordsLayers: true).layers
    #expect(try LayerMonitor(unbounded).saturation(of: records).map(\.name).contains("layer0/candidate") == false)
  }

  @Test("vectors and records of another model are rejected")
  func refusals() throws {
    let model = try LSTM<Float>(LSTMConfiguration(inputSize: 1, hiddenSizes: [1]), seed: 1)
    let monitor = LayerMonitor(model)
    #expect(sentence { _ = try monitor.norms(of: [Float](repeating: 0, count: 3)) } != nil)
    #expect(sentence { _ = try monitor.saturation(of: [LayerRecord<Float>]()) } != nil)
    let record = try model.forward(Tensor(repeating: 0, shape: [2, 1, 1]), recordsLayers: true).layers[0]
    #expect(sentence { _ = try monitor.saturation(of: [record], lengths: [3]) } != nil)
    #expect(sentence { _ = try monitor.saturation(of: [record], lengths: [1, 1]) } != nil)
    let other = try LSTM<Float>(LSTMConfiguration(inputSize: 1, hiddenSizes: [2]), seed: 1)
    #expect(sentence { _ = try LayerMonitor(other).saturation(of: [record]) } != nil)
  }
}

import Testing

@testable import Gatewise

@Suite struct InitializationTests {
  private static let configuration = LSTMConfiguration(
    inputSize: 7, hiddenSizes: [24, 9], peepholes: true, learnsInitialState: true, readout: .init(outputSize: 5))

  private func model(_ initialization: Initialization, seed: UInt64 = 3) throws -> LSTM<Double> {
    try LSTM(Self.configuration, initialization: initialization, seed: seed)
  }

  /// Every entry is within the bound, and the largest of hundreds is close to it.
  private func expectBound(_ model: LSTM<Double>, _ name: String, _ bound: Double) throws {
    let largest = try model.tensor(name).elements.map(abs).max()!
    #expect(largest <= bound && largest > 0.75 * bound, "\(name): \(largest) of \(bound)")
  }

  @Test func `uniform is within 1 over the root of H`() throws {
    let model = try model(.uniform())
    for entry in model.layout.entries {
      switch entry.role {
      case .initialHidden, .initialCell: #expect(try model.tensor(entry.name).elements.allSatisfy { $0 == 0 })
      case .readoutWeights, .readoutBias:
        // nn.Linear: 1/√inputs.
        #expect(try model.tensor(entry.name).elements.allSatisfy { abs($0) <= 1 / 3 })
      default: try expectBound(model, entry.name, 1 / Double(Self.configuration.hiddenSizes[entry.layer!]).squareRoot())
      }
    }
    let mean = model.parameters.reduce(0, +) / Double(model.parameters.count)
    print("uniform initialization: mean of \(model.parameters.count) parameters \(mean)")
    #expect(abs(mean) < 0.01)
  }

  @Test func `Glorot's bound depends on the inputs and outputs of a gate`() throws {
    let model = try model(.glorot())
    try expectBound(model, "weight_ih_l0", (6.0 / (7 + 24)).squareRoot())
    try expectBound(model, "weight_hh_l0", (6.0 / (24 + 24)).squareRoot())
    try expectBound(model, "weight_ih_l1", (6.0 / (24 + 9)).squareRoot())
    try expectBound(model, "head.weight", (6.0 / (9 + 5)).squareRoot())
    for name in ["bias_ih_l0", "peephole_l1", "head.bias", "h0_l0", "c0_l1"] {
      #expect(try model.tensor(name).elements.allSatisfy { $0 == 0 })
    }
  }

  /// The default path's own QR against LAPACK's, whose bits depend on the processor that OpenBLAS detects.
  @Test func `Q is the same on both paths up to rounding`() throws {
    var worst = 0.0
    for (rows, columns) in [(1, 1), (5, 5), (20, 7), (64, 64), (130, 33)] {
      var random = RandomStream(seed: UInt64(rows))
      let matrix = (0..<rows * columns).map { _ in random.normal() as Double }
      let q = RecurrentPath.allCases.map { path in
        var q = matrix
        let succeeded = q.withMutableView { orthonormalize($0.matrix(rows: rows, columns: columns), path: path) }
        #expect(succeeded)
        return q
      }
      worst = max(worst, Agreement.difference(q[0], q[1]))
    }
    print("Q of Gram-Schmidt against LAPACK's: worst \(worst)")
    #expect(worst < 1e-11)
    var zeros = [Double](repeating: 0, count: 4)
    let succeeded = zeros.withMutableView { orthonormalize($0.matrix(rows: 2, columns: 2), path: .tile) }
    #expect(!succeeded)
  }

  @Test func `orthogonal recurrent weights, gate by gate`() throws {
    let model = try model(.orthogonal())
    var worst = 0.0
    for (l, H) in Self.configuration.hiddenSizes.enumerated() {
      let R = try model.tensor("weight_hh_l\(l)")
      for gate in 0..<4 {
        for a in 0..<H {
          for b in 0..<H {
            let columns = (0..<H).reduce(0) { $0 + R[$1, gate * H + a] * R[$1, gate * H + b] }
            let rows = (0..<H).reduce(0) { $0 + R[a, gate * H + $1] * R[b, gate * H + $1] }
            worst = max(worst, abs(columns - (a == b ? 1 : 0)), abs(rows - (a == b ? 1 : 0)))
          }
        }
      }
      // The gates' matrices differ.
      #expect(R[0, 0] != R[0, H])
    }
    print("orthogonal initialization: max|RᵀR - 1| = \(worst)")
    #expect(worst < 1e-12)
    #expect(try model.tensor("weight_ih_l0") == self.model(.glorot()).tensor("weight_ih_l0"))
  }

  @Test(arguments: MemoryCell.Gating.allCases, [1, 3])
  func `gates and candidates of every member of the family`(_ gating: MemoryCell.Gating, cellsPerBlock: Int) throws {
    let configuration = LSTMConfiguration(
      inputSize: 5, hiddenSizes: [12],
      cell: MemoryCell(cellsPerBlock: cellsPerBlock, gating: gating, gateRecurrence: true), peepholes: true,
      readout: .init(outputSize: 2, seesInput: true))
    let model = try LSTM<Double>(configuration, initialization: .orthogonal(forgetBias: 1), seed: 1)
    let columns = model.layout.layers[0].columns
    let R = try model.tensor("weight_hh_l0")
    var worst = 0.0
    for net in columns.nets {
      for a in net.columns {
        for b in net.columns {
          let product = (0..<12).reduce(0) { $0 + R[$1, a] * R[$1, b] }
          worst = max(worst, abs(product - (a == b ? 1 : 0)))
        }
      }
    }
    print("orthogonal, \(gating), blocks of \(cellsPerBlock): max|RᵀR - 1| = \(worst)")
    #expect(worst < 1e-12)
    // The tensors other than R equal those of the Glorot distribution.
    let glorot = try LSTM<Double>(configuration, initialization: .glorot(forgetBias: 1), seed: 1)
    for entry in model.layout.entries where entry.role != .recurrentWeights {
      #expect(try model.tensor(entry.name) == glorot.tensor(entry.name), "\(entry.name)")
    }
    for net in columns.nets {
      let W = try glorot.tensor("weight_ih_l0")
      let largest = net.columns.flatMap { column in (0..<5).map { abs(W[$0, column]) } }.max()!
      #expect(largest <= (6 / Double(5 + net.columns.count)).squareRoot(), "\(net.net)")
    }
    let bias = try model.tensor("bias_ih_l0").elements
    for (column, value) in bias.enumerated() {
      let isForget = columns.forget.map { ($0..<$0 + columns.blocks).contains(column) } ?? false
      #expect(value == (isForget ? 1 : 0))
    }
  }

  @Test(arguments: Initialization.Distribution.allCases)
  func `the forget gates' bias`(_ distribution: Initialization.Distribution) throws {
    let (with, without) = (
      try model(Initialization(distribution, forgetBias: 1.5)), try model(Initialization(distribution))
    )
    for entry in with.layout.entries {
      for index in 0..<entry.count {
        let isForget = entry.role == .bias && (entry.count / 4..<entry.count / 2).contains(index)
        let expected = isForget ? 1.5 : without.parameters[entry.offset + index]
        #expect(with.parameters[entry.offset + index] == expected, "\(entry.name)[\(index)]")
      }
    }
  }

  @Test(arguments: Initialization.Distribution.allCases)
  func `one seed gives one model`(_ distribution: Initialization.Distribution) throws {
    let initialization = Initialization(distribution)
    let first = try model(initialization)
    #expect(Agreement.sameBits(first.parameters, try model(initialization).parameters))
    #expect(first.parameters != (try model(initialization, seed: 4).parameters))
    // Float draws the same numbers and rounds them.
    let single = try LSTM<Float>(Self.configuration, initialization: initialization, seed: 3)
    let difference = Agreement.difference(single.parameters, first.parameters)
    #expect(difference < 1e-6)
    // Adding or removing options and layers does not change the other tensors.
    let smaller = try LSTM<Double>(
      LSTMConfiguration(inputSize: 7, hiddenSizes: [24]), initialization: initialization, seed: 3)
    for entry in smaller.layout.entries { #expect(try smaller.tensor(entry.name) == first.tensor(entry.name)) }
  }
}

import GatewiseReference
import Testing

@testable import Gatewise

/// The forward pass against the scalar reference, 1e-13 relative in Double.
@Suite struct ForwardTests {
  private func check(_ family: String, _ problems: [RandomProblem], tolerance: Double = 1e-13) throws {
    var worst = WorstDifference()
    for problem in problems {
      let drawn = try problem.make()
      let oracle = drawn.reference.outputs()
      for engine in Engine.all {
        let found = try drawn.forward(engine)
        for (name, difference) in oracle.differences(ofOutput: found.output, finalState: found.finalState) {
          #expect(difference <= tolerance, "\(name), \(engine), \(problem)")
          worst.note(difference, "\(name), \(engine), H \(problem.configuration.hiddenSizes)")
        }
      }
    }
    print("forward and reference, \(family), \(problems.count) problems: worst \(worst.difference) (\(worst.place))")
  }

  @Test func `stacks, peepholes, batches and lengths`() throws {
    var problems: [RandomProblem] = []
    for hidden in [[1], [17], [5, 1], [33, 8], [1, 5, 17], [64, 3, 40]] {
      for (N, T, peepholes) in [(1, 1, true), (1, 7, false), (3, 2, false), (3, 7, true), (40, 3, true)] {
        problems.append(
          RandomProblem(
            configuration: LSTMConfiguration(inputSize: 6, hiddenSizes: hidden, peepholes: peepholes), steps: T,
            batchSize: N, scale: 0.4, seed: UInt64(problems.count)))
      }
    }
    try check("dense", problems)
  }

  @Test func `readouts, initial states, one-hot input and ragged lengths`() throws {
    var problems: [RandomProblem] = []
    for readout in BPTTTests.readouts {
      for (learnsState, isStateGiven, isToken) in [(false, false, true), (true, false, false), (true, true, true)] {
        for lengths in [nil, [3, 0, 5, 1, 5]] as [[Int]?] {
          problems.append(
            RandomProblem(
              configuration: LSTMConfiguration(
                inputSize: 4, hiddenSizes: [6, 3], peepholes: true, learnsInitialState: learnsState, readout: readout),
              steps: 5, batchSize: 5, lengths: lengths, isToken: isToken, isStateGiven: isStateGiven,
              seed: UInt64(problems.count)))
        }
      }
    }
    try check("with options", problems)
  }

  @Test func `no steps at all`() throws {
    var problems: [RandomProblem] = []
    for readout in BPTTTests.readouts {
      for (T, lengths) in [(0, nil), (2, [0, 0, 0])] as [(Int, [Int]?)] {
        problems.append(
          RandomProblem(
            configuration: LSTMConfiguration(inputSize: 2, hiddenSizes: [3, 2], readout: readout), steps: T,
            batchSize: 3, lengths: lengths))
      }
    }
    try check("T 0 and lengths of 0", problems)
    let records = try problems[0].make().forward(Engine(set: .portable, path: .plain), recordsLayers: true).layers
    #expect(records.map(\.cells.shape) == [[0, 3, 3], [0, 3, 2]])
  }

  /// 20 000 rows are more than one window of inference holds; the state goes from window to window.
  @Test func `long sequences run in several windows`() throws {
    let T = 4_001
    var problems: [RandomProblem] = []
    for lengths in [nil, [T, 0, 17, 3_999, 2_048]] as [[Int]?] {
      for readout in BPTTTests.readouts {
        problems.append(
          RandomProblem(
            configuration: LSTMConfiguration(inputSize: 2, hiddenSizes: [3, 2], peepholes: true, readout: readout),
            steps: T, batchSize: 5, lengths: lengths, scale: 0.5))
      }
    }
    try check("T 4001, N 5", problems, tolerance: 1e-12)

    // The pass before a backward is one window whatever its length.
    for problem in problems {
      let drawn = try problem.make()
      let (windows, whole) = (try drawn.forward(Engine.all[0]), try drawn.gradients(Engine.all[0]))
      let difference = Agreement.difference(windows.output.elements, whole.output.elements)
      let readout = problem.configuration.readout.map { "\($0.position)" } ?? "none"
      print("several windows and one, T 4001, N 5, readout \(readout): \(difference)")
      #expect(difference < 1e-14)
      for (a, b) in zip(
        windows.finalState.hidden + windows.finalState.cell, whole.finalState.hidden + whole.finalState.cell)
      {
        #expect(Agreement.difference(a.elements, b.elements) < 1e-14)
      }
    }
  }

  /// The records of all layers obey the cell's own equations, c = f∘c + i∘g and h = o∘tanh(c), across windows too.
  @Test func `records of all layers`() throws {
    let drawn = try RandomProblem(
      configuration: LSTMConfiguration(inputSize: 2, hiddenSizes: [3, 2], peepholes: true), steps: 3_001, batchSize: 3,
      lengths: [3_001, 5, 0], scale: 0.5
    ).make()
    let found = try drawn.forward(Engine.all[0], recordsLayers: true)
    #expect(found.layers.count == 2)
    var worst = 0.0
    for (l, H) in [3, 2].enumerated() {
      let record = found.layers[l]
      #expect(record.cells.shape == [3_001, 3, H])
      #expect(record.gates.shape == [3_001, 3, 4 * H])
      for n in 0..<3 {
        for j in 0..<H {
          var c = drawn.initialState!.cell[l][n, j]
          for t in 0..<drawn.batch.lengths![n] {
            let (i, f) = (record.gates[t, n, j], record.gates[t, n, H + j])
            let (g, o) = (record.gates[t, n, 2 * H + j], record.gates[t, n, 3 * H + j])
            worst = max(worst, abs(record.cells[t, n, j] - (f * c + i * g)))
            c = record.cells[t, n, j]
            if l == 1 { worst = max(worst, abs(found.output[t, n, j] - o * Double.tanh(c))) }
          }
          #expect(found.finalState.cell[l][n, j] == c)
          for t in drawn.batch.lengths![n]..<3_001 {
            if record.cells[t, n, j] != 0 || record.gates[t, n, 3 * H + j] != 0 { worst = .infinity }
          }
        }
      }
    }
    print("records of gates and cells: worst violation of the cell's equations \(worst)")
    #expect(worst < 1e-15)
  }
}

extension Double {
  fileprivate static func tanh(_ x: Double) -> Double { 1 - 2 / (Double.exp(2 * x) + 1) }
}

/// What a comparison of a rule's gradient with central differences found.
public struct CentralDifferenceCheck: Sendable, Equatable {
  /// The difference of one tensor.
  public struct Entry: Sendable, Equatable {
    /// The parameter's name, or `dx`, `dh0_l0` …, `dc0_l0` ….
    public let name: String
    /// max|a - b| / max|b| over the compared entries: a by the rule, b by central differences.
    public let difference: Double
    /// How many entries of the tensor were compared.
    package let count: Int
  }

  /// Every tensor, in the order of the layout, then x and the initial state.
  public let entries: [Entry]

  /// The tensor that differs most.
  public var worst: Entry { entries.max { $0.difference < $1.difference }! }
}

extension LSTM where S == Double {
  /// Compares a rule's gradient of E = Σ y∘dy + Σ h_T∘dh_T + Σ c_T∘dc_T with central differences, on entries drawn from
  /// a seed: a check for programs that link nothing but this library. Agreement of 1e-7 is what differences in Double
  /// can show; the complex step of `GatewiseReference` shows 1e-12.
  ///
  /// A tensor whose true gradient is 0 is measured against the noise of the differences, about 1e-16·|E|/h.
  ///
  /// - Parameters:
  ///   - batch: input, dense; padding is not looked at.
  ///   - initialState: the state before the first step; nil is the model's own (learned or zero).
  ///   - outputGradient: dy, in the shape of the outputs; nil is as for `gradients`.
  ///   - finalStateGradient: dh_T and dc_T; nil is zeros.
  ///   - rule: the rule to check; full BPTT where not said.
  ///   - entriesPerTensor: how many entries of each tensor are compared, all where it has fewer.
  ///   - seed: draws the entries.
  ///   - execution: threads and instruction set; the standard ones where not said.
  /// - Returns: the difference of every tensor. The cost is two forward passes an entry.
  /// - Throws: `GatewiseError` where a shape disagrees, as `gradients` does, and for token input.
  public func checkGradients(
    of batch: SequenceBatch<Double>, initialState: LSTMState<Double>? = nil, outputGradient: Tensor<Double>? = nil,
    finalStateGradient: LSTMState<Double>? = nil, rule: GradientRule = .bptt(), entriesPerTensor: Int = 10,
    seed: UInt64 = 1, execution: Execution? = nil
  ) throws -> CentralDifferenceCheck {
    guard batch.tokens.isEmpty else {
      throw GatewiseError.invalidArgument("Central differences need dense input, but this batch holds tokens.")
    }
    let found = try gradients(
      of: batch, initialState: initialState, outputGradient: outputGradient, finalStateGradient: finalStateGradient,
      rule: rule, execution: execution)
    return try checkGradients(
      found, of: batch, initialState: initialState, outputGradient: outputGradient,
      finalStateGradient: finalStateGradient, entriesPerTensor: entriesPerTensor, seed: seed, execution: execution)
  }

  /// Compares a gradient that has been computed; the arguments are those of the other form.
  func checkGradients(
    _ found: Gradients<Double>, of batch: SequenceBatch<Double>, initialState: LSTMState<Double>? = nil,
    outputGradient: Tensor<Double>? = nil, finalStateGradient: LSTMState<Double>? = nil, entriesPerTensor: Int = 10,
    seed: UInt64 = 1, execution: Execution? = nil
  ) throws -> CentralDifferenceCheck {
    // A learned initial state is checked through its parameters, any other as a variable of its own.
    let isLearned = configuration.learnsInitialState && initialState == nil
    let objective = Objective(
      model: self, batch: batch,
      initialState: isLearned
        ? nil : initialState ?? LSTMState(zerosFor: configuration, batchSize: batch.batchSize),
      outputGradient: outputGradient
        ?? Tensor(repeating: finalStateGradient == nil ? 1 : 0, shape: found.output.shape),
      finalStateGradient: finalStateGradient ?? LSTMState(zerosFor: configuration, batchSize: batch.batchSize),
      execution: execution)
    let noise = objective.magnitude(found.output, found.finalState) * Double.ulpOfOne / Objective.h

    var entries: [CentralDifferenceCheck.Entry] = []
    func compare(
      _ name: String, _ gradient: [Double], among candidates: [Int],
      _ variable: (inout Objective, Int, Double) -> Void
    ) throws {
      var (random, candidates) = (RandomStream(seed: seed, name: "gradient check.\(name)"), candidates)
      random.shuffle(&candidates)
      var (difference, largest) = (0.0, 0.0)
      let chosen = candidates.prefix(max(entriesPerTensor, 1))
      for index in chosen {
        let expected = try objective.derivative { variable(&$0, index, $1) }
        let distance = abs(gradient[index] - expected)
        difference = distance.isFinite ? max(difference, distance) : .infinity
        largest = max(largest, abs(expected))
      }
      // Differences below the noise say nothing.
      let scale = max(largest, 1e6 * noise)
      entries.append(
        CentralDifferenceCheck.Entry(
          name: name, difference: difference == 0 ? 0 : difference / scale, count: chosen.count))
    }

    for entry in layout.entries {
      try compare(entry.name, found.parameters, among: Array(entry.range)) { $0.model.parameters[$1] += $2 }
    }
    try compare("dx", found.input.elements, among: objective.realInputs) { $0.batch.inputs[$1] += $2 }
    guard !isLearned else { return CentralDifferenceCheck(entries: entries) }
    for (l, dh0) in found.initialState.hidden.enumerated() {
      try compare("dh0_l\(l)", dh0.elements, among: Array(dh0.elements.indices)) {
        $0.initialState!.hidden[l].elements[$1] += $2
      }
    }
    for (l, dc0) in found.initialState.cell.enumerated() {
      try compare("dc0_l\(l)", dc0.elements, among: Array(dc0.elements.indices)) {
        $0.initialState!.cell[l].elements[$1] += $2
      }
    }
    return CentralDifferenceCheck(entries: entries)
  }
}

/// E as a function of everything that goes in.
private struct Objective {
  /// The cube root of the rounding unit balances the error of the formula, h², with that of the subtraction, 1/h.
  static let h = 6e-6

  var model: LSTM<Double>
  var batch: SequenceBatch<Double>
  var initialState: LSTMState<Double>?
  let outputGradient: Tensor<Double>
  let finalStateGradient: LSTMState<Double>
  let execution: Execution?

  /// (E(v + h) - E(v - h)) / 2h, where `move` adds to the variable.
  func derivative(_ move: (inout Objective, Double) -> Void) throws -> Double {
    var (above, below) = (self, self)
    move(&above, Self.h)
    move(&below, -Self.h)
    return (try above.value() - below.value()) / (2 * Self.h)
  }

  /// The places of the input that are not padding.
  var realInputs: [Int] {
    batch.inputs.indices.filter { index in
      let row = index / batch.inputSize
      return batch.lengths.map { row / batch.batchSize < $0[row % batch.batchSize] } ?? true
    }
  }

  private func value() throws -> Double {
    let result = try model.forward(batch, initialState: initialState, execution: execution)
    return sum(result.output, result.finalState) { $0 * $1 }
  }

  /// Σ|y∘dy| + Σ|h_T∘dh_T| + Σ|c_T∘dc_T|, whose rounding limits what a difference can show.
  func magnitude(_ output: Tensor<Double>, _ finalState: LSTMState<Double>) -> Double {
    sum(output, finalState) { abs($0 * $1) }
  }

  private func sum(
    _ output: Tensor<Double>, _ finalState: LSTMState<Double>, _ term: (Double, Double) -> Double
  ) -> Double {
    let pairs =
      [(output, outputGradient)] + Array(zip(finalState.hidden, finalStateGradient.hidden))
      + Array(zip(finalState.cell, finalStateGradient.cell))
    // y is 0 on padding, where dy may hold anything.
    return pairs.reduce(0) { sum, pair in
      zip(pair.0.elements, pair.1.elements).reduce(sum) { $1.0 == 0 ? $0 : $0 + term($1.0, $1.1) }
    }
  }
}

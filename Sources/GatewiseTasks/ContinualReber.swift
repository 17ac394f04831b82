import Gatewise

/// Continual prediction of the embedded Reber grammar: the task of Gers, Schmidhuber & Cummins 2000 (Learning to
/// forget), for which the forget gate was invented.
///
/// Strings follow one another without end, and the state is not reset between them. At every symbol the network
/// predicts all symbols that may come next: their targets are 1, the others' 0. A prediction is correct if every output
/// is within 0.49 of its target. A stream, in training and in tests, ends at the first wrong prediction or after
/// 100,000 symbols.
///
/// Two points are interpretations, because sources differ: 0.49 bounds the error of an output, not its square; and the
/// learning rate, which "decays by a factor of 0.99 per time step", starts anew with every stream. If it decayed
/// throughout training, by symbol or by stream, nothing would be learned: after 700 it would be a thousandth.
public enum ContinualReber {
  /// The largest difference of an output from its target.
  public static let tolerance = 0.49
  /// The learning rate η at the first symbol of a stream.
  public static let learningRate = 0.5
  /// The factor of η after each symbol of a stream.
  public static let learningRateDecay = 0.99
  /// The largest number of training streams.
  public static let trainingStreams = 30_000
  /// The number of streams of a test.
  public static let testStreams = 10
  /// The number of symbols after which a stream without an error ends.
  public static let streamLength = 100_000

  /// The paper's network: 7-7, four blocks of two cells with forget gates; the inputs are also connected to the
  /// outputs; gates and outputs have biases, cells have none: 424 weights.
  public static let configuration = LSTMConfiguration(
    inputSize: ReberSymbol.allCases.count, hiddenSizes: [8], cell: .lstm2000(cellsPerBlock: 2),
    biases: Biases(gates: true, cells: false, outputs: true),
    readout: .init(outputSize: ReberSymbol.allCases.count, seesInput: true))

  /// Returns an initial network: weights from U(-0.2, 0.2), and biases by block: -0.5, -1, -1.5, -2 for input and
  /// output gates, the opposite for forget gates.
  public static func model<S: Scalar>(_: S.Type = S.self, seed: UInt64) throws -> LSTM<S> {
    let layout = try LSTM<S>(configuration, seed: seed).layout
    var random = RandomStream(seed: seed, name: "continual-reber.weights")
    var parameters = (0..<layout.count).map { _ in S(random.uniform(in: -0.2...0.2) as Double) }
    // The gates in the order i, f, o, each of four blocks.
    for range in layout.ranges(of: .bias) {
      for (place, index) in range.enumerated() {
        parameters[index] = S((place / 4 == 1 ? 0.5 : -0.5) * Double(place % 4 + 1))
      }
    }
    return try LSTM(configuration, parameters: parameters)
  }

  /// The targets at every node of the grammar: 1 for the symbols that may come next.
  static func targets<S: Scalar>(_: S.Type) -> [[S]] {
    ReberGrammar.continual.edges.indices.map { node in
      let successors = ReberGrammar.continual.successors(of: node)
      return ReberSymbol.allCases.map { successors.contains($0) ? 1 : 0 }
    }
  }

  /// Returns whether a prediction is correct.
  ///
  /// - Parameters:
  ///   - z: The raw readout `[7]`; the outputs are σ(z).
  ///   - targets: The targets `[7]`, 0 or 1.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public static func isCorrect<S: Scalar>(_ z: [S], targets: [S]) -> Bool {
    // |σ(z) - 1| < 0.49 if z > log(0.51 / 0.49), and |σ(z)| < 0.49 if z < -log(0.51 / 0.49).
    for k in z.indices where !(targets[k] == 1 ? z[k] > S(logitBound) : z[k] < -S(logitBound)) { return false }
    return true
  }

  /// log(0.51 / 0.49) = 2 artanh 0.02
  private static let logitBound = 0.040005334613699164
}

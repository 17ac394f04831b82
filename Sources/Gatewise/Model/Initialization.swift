/// The initialization of a new model's parameters. Biases and peepholes are drawn with `uniform` and are zero with the
/// other distributions; initial states are zero, gains are 1, embeddings are drawn from N(0, 1).
public struct Initialization: Sendable, Equatable {
  /// The distribution of the weights.
  package enum Distribution: String, Sendable, CaseIterable {
    /// All parameters from U(-1/√H, 1/√H), as in PyTorch's `nn.LSTM` and `nn.Linear`.
    case uniform
    /// Weights from U(-a, a) with a = √(6/(inputs + outputs)), separately for each gate and the candidate (Glorot &
    /// Bengio 2010): a gate has one output per memory block, the candidate one per cell.
    case glorot
    /// Orthogonal recurrent weights, separately for each gate and the candidate (Saxe, McClelland & Ganguli 2014); the
    /// others as in `glorot`.
    case orthogonal
  }

  /// The distribution of the weights.
  package var distribution: Distribution
  /// The forget gates' bias; nil keeps the drawn values. With 1 a new model retains its memory (Gers, Schmidhuber &
  /// Cummins 2000).
  package var forgetBias: Double?

  /// Makes an initialization from a distribution and the forget gates' bias.
  package init(_ distribution: Distribution, forgetBias: Double? = nil) {
    self.distribution = distribution
    self.forgetBias = forgetBias
  }

  /// Returns an initialization with PyTorch's distribution.
  public static func uniform(forgetBias: Double? = nil) -> Self { Self(.uniform, forgetBias: forgetBias) }
  /// Returns an initialization with Glorot's distribution.
  public static func glorot(forgetBias: Double? = nil) -> Self { Self(.glorot, forgetBias: forgetBias) }
  /// Returns an initialization with orthogonal recurrent weights.
  public static func orthogonal(forgetBias: Double? = nil) -> Self { Self(.orthogonal, forgetBias: forgetBias) }
}

extension Initialization {
  /// Draws every parameter of a layout. Each tensor has its own random stream, so that adding a layer or an option does
  /// not change the numbers of the others.
  func draw<S: Scalar>(into parameters: inout [S], layout: ParameterLayout, seed: UInt64) throws {
    for entry in layout.entries {
      var stream = RandomStream(seed: seed, name: "initialization.\(entry.name)")
      let layer = layout.layer(of: entry)
      let width = layer?.hiddenSize ?? layout.readout?.inputSize ?? 1
      switch (entry.role.initialValues, distribution) {
      case (.zero, _):
        break
      case (.one, _):
        for index in entry.range { parameters[index] = 1 }
      case (.normal, _):
        for index in entry.range { parameters[index] = S(stream.normal() as Double) }
      case (_, .uniform):
        let bound = 1 / Double(width).squareRoot()
        fill(&parameters, entry.range, bound: bound, &stream)
      case (.weightsByNet, .orthogonal) where entry.role == .recurrentWeights:
        try fillOrthogonal(&parameters, entry, layer!.columns, &stream)
      case (.weightsByNet, _):
        fillByNet(&parameters, entry, layer!.columns, &stream)
      case (.weights, _):
        fill(&parameters, entry.range, bound: (6 / Double(entry.shape[0] + entry.shape[1])).squareRoot(), &stream)
      case (.bias, _):
        break
      }
      if entry.role == .bias, let layer, let forgetBias {
        setForgetBias(&parameters, layer, to: S(forgetBias))
      }
    }
  }

  private func setForgetBias<S: Scalar>(_ parameters: inout [S], _ layer: LayerParameters, to value: S) {
    guard let forget = layer.columns.forget else { return }
    layer.bias.forEachRange { place, range in
      if range.lowerBound == forget { for j in 0..<range.count { parameters[place + j] = value } }
    }
  }

  private func fill<S: Scalar>(
    _ parameters: inout [S], _ range: Range<Int>, bound: Double, _ stream: inout RandomStream
  ) {
    for index in range { parameters[index] = S(stream.uniform(in: -bound...bound) as Double) }
  }

  /// Draws weights `[inputs, C]`, with a separate bound for each gate and the candidate.
  private func fillByNet<S: Scalar>(
    _ parameters: inout [S], _ entry: ParameterLayout.Entry, _ columns: GateColumns, _ stream: inout RandomStream
  ) {
    let bounds = columns.nets.flatMap { net in
      [Double](repeating: (6 / Double(entry.shape[0] + net.columns.count)).squareRoot(), count: net.columns.count)
    }
    for index in entry.range {
      let bound = bounds[(index - entry.offset) % columns.count]
      parameters[index] = S(stream.uniform(in: -bound...bound) as Double)
    }
  }

  /// Fills each gate's columns with Q of a random normal matrix, which is uniformly distributed over the orthogonal
  /// matrices if R's diagonal is positive. With fewer columns than rows the columns are orthonormal, with more the
  /// rows.
  private func fillOrthogonal<S: Scalar>(
    _ parameters: inout [S], _ entry: ParameterLayout.Entry, _ columns: GateColumns, _ stream: inout RandomStream
  ) throws {
    let path = try RecurrentPath.current()
    if path == .plain { try OpenBLAS.require(callers: 1) }
    let height = entry.shape[0]
    for (_, net) in columns.nets {
      let (long, short) = (max(height, net.count), min(height, net.count))
      var block = (0..<long * short).map { _ in S(stream.normal() as Double) }
      let succeeded = block.withMutableView {
        orthonormalize($0.matrix(rows: long, columns: short), path: path)
      }
      guard succeeded else {
        throw GatewiseError.notFinite(
          "Gatewise could not orthogonalize a random \(long) by \(short) matrix for \(entry.name).")
      }
      for row in 0..<height {
        for column in 0..<net.count {
          let place = net.count > height ? column * short + row : row * short + column
          parameters[entry.offset + row * columns.count + net.lowerBound + column] = block[place]
        }
      }
    }
  }
}

/// How the parameters of a new model are drawn. Biases and peepholes follow the distribution of `uniform` there and
/// are zero elsewhere; initial states start at zero, gains at 1, embeddings are from N(0, 1).
public struct Initialization: Sendable, Equatable {
  /// The distribution of the weights.
  public enum Distribution: String, Sendable, CaseIterable {
    /// Everything from U(-1/√H, 1/√H), as PyTorch's `nn.LSTM` and `nn.Linear` do.
    case uniform
    /// Weights from U(-a, a) with a = √(6/(inputs + outputs)), net by net (Glorot & Bengio 2010): a gate has as many
    /// outputs as there are memory blocks, the candidate as many as there are cells.
    case glorot
    /// Recurrent weights orthogonal, net by net (Saxe, McClelland & Ganguli 2014); the others as `glorot`.
    case orthogonal
  }

  /// The distribution of the weights.
  public var distribution: Distribution
  /// The forget gates' biases; nil leaves them as drawn. 1 keeps early memories (Gers, Schmidhuber & Cummins 2000).
  public var forgetBias: Double?

  /// A distribution and the forget gates' biases.
  public init(_ distribution: Distribution, forgetBias: Double? = nil) {
    self.distribution = distribution
    self.forgetBias = forgetBias
  }

  /// PyTorch's distribution.
  public static func uniform(forgetBias: Double? = nil) -> Self { Self(.uniform, forgetBias: forgetBias) }
  /// Glorot's distribution.
  public static func glorot(forgetBias: Double? = nil) -> Self { Self(.glorot, forgetBias: forgetBias) }
  /// Orthogonal recurrent weights.
  public static func orthogonal(forgetBias: Double? = nil) -> Self { Self(.orthogonal, forgetBias: forgetBias) }
}

extension Initialization {
  /// Draws every parameter of a layout. Each tensor has a random stream of its own, so that adding a layer or an
  /// option leaves the others' numbers as they were.
  func draw<S: Scalar>(into parameters: inout [S], layout: ParameterLayout, seed: UInt64) throws {
    for entry in layout.entries {
      var stream = RandomStream(seed: seed, name: "initialization.\(entry.name)")
      let layer = layout.layer(of: entry)
      let width = layer?.hiddenSize ?? layout.readout?.inputSize ?? 1
      switch (entry.role, distribution) {
      case (.initialHidden, _), (.initialCell, _), (.normalizationBias, _):
        break
      case (.normalizationGain, _):
        for index in entry.range { parameters[index] = 1 }
      case (.embedding, _):
        for index in entry.range { parameters[index] = S(stream.normal() as Double) }
      case (_, .uniform):
        let bound = 1 / Double(width).squareRoot()
        fill(&parameters, entry.range, bound: bound, &stream)
      case (.recurrentWeights, .orthogonal):
        try fillOrthogonal(&parameters, entry, layer!.columns, &stream)
      case (.inputWeights, _), (.recurrentWeights, _), (.gateWeights, _):
        fillByNet(&parameters, entry, layer!.columns, &stream)
      case (.projectionWeights, _), (.readoutWeights, _), (.shortcutWeights, _):
        fill(&parameters, entry.range, bound: (6 / Double(entry.shape[0] + entry.shape[1])).squareRoot(), &stream)
      case (.bias, _), (.peepholes, _), (.readoutBias, _):
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

  /// Weights `[inputs, C]`, those of each net within its own bound.
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

  /// Q of a random normal matrix is uniformly distributed over the orthogonal matrices once R's diagonal is positive;
  /// of a net with fewer columns than rows, its columns are orthonormal, of one with more, its rows.
  private func fillOrthogonal<S: Scalar>(
    _ parameters: inout [S], _ entry: ParameterLayout.Entry, _ columns: GateColumns, _ stream: inout RandomStream
  ) throws {
    let path = try RecurrentPath.current()
    if path == .plain { try OpenBLAS.require(callers: 1) }
    let height = entry.shape[0]
    for (_, net) in columns.nets {
      let (long, short) = (max(height, net.count), min(height, net.count))
      var block = (0..<long * short).map { _ in S(stream.normal() as Double) }
      let succeeded = block.withUnsafeMutableBufferPointer {
        orthonormalize($0.baseAddress!, rows: long, columns: short, path: path)
      }
      guard succeeded else {
        throw GatewiseError.notFinite(
          "Gatewise could not make orthogonal a random \(long) by \(short) matrix of \(entry.name).")
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

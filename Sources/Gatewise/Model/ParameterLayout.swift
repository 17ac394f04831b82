/// The names, shapes and offsets of all parameters in one flat vector.
///
/// Initialization, gradients, moments, clipping, freezing and files all use this table. The order is: the embedding;
/// for every layer from the lowest: input weights, recurrent weights, weights of gate activations, bias, peepholes,
/// tensors of optional components, and the same of its reverse direction; then the learned initial states; then the
/// readout. Weights are stored as `[inputs, outputs]`, so that a step is x·W; the C columns of a layer are the blocks
/// of its gates and candidate in the order i, f, g, o, without those it lacks: C = 4H, or less with shared or missing
/// gates.
public struct ParameterLayout: Sendable, Equatable {
  /// One parameter tensor.
  public struct Entry: Sendable, Equatable {
    /// The tensor's name, which is PyTorch's, for example `weight_ih_l0`.
    public let name: String
    /// The tensor's role.
    package let role: Role
    /// The layer of the tensor; nil for the embedding and the readout.
    package let layer: Int?
    /// Whether the tensor belongs to the layer's reverse direction.
    package let isReverse: Bool
    /// The shape in the flat vector, the last index fastest.
    public let shape: [Int]
    /// The start in the flat vector.
    package let offset: Int

    /// The number of elements.
    package var count: Int { shape.reduce(1, *) }
    /// The range in the flat vector.
    public var range: Range<Int> { offset..<offset + count }

    /// The names of a bias in PyTorch, which has two in each layer; empty for other entries.
    var biasNames: [String] {
      switch role {
      case .bias: [name, "bias_hh" + name.dropFirst("bias_ih".count)]
      case .readoutBias: [name]
      default: []
      }
    }
  }

  /// All tensors, in the order of the flat vector.
  public let entries: [Entry]
  /// P: the total number of parameters.
  package let count: Int
  /// The sizes and offsets of every layer, the lowest first; a bidirectional layer has two entries, the forward
  /// direction first.
  let layers: [LayerParameters]
  /// The start of the embedding; nil without one.
  let embedding: Int?
  /// The sizes and offsets of the readout.
  let readout: ReadoutParameters?

  /// Makes the layout of a validated configuration.
  package init(_ configuration: LSTMConfiguration) {
    var table = Table()
    var layers: [LayerParameters] = []
    embedding = configuration.embeddingSize.map {
      table.add("embedding.weight", .embedding, nil, [configuration.inputSize, $0])
    }
    for (l, hidden) in configuration.hiddenSizes.enumerated() {
      for isReverse in configuration.isBidirectional ? [false, true] : [false] {
        layers.append(table.addLayer(l, isReverse: isReverse, configuration, hiddenSize: hidden))
      }
    }
    if configuration.learnsInitialState {
      for k in layers.indices {
        let (layer, name) = (layers[k], "h0\(layers[k].suffix)")
        layers[k].initialHidden = table.add(name, .initialHidden, layer, [layer.outputSize])
      }
      for k in layers.indices {
        let (layer, name) = (layers[k], "c0\(layers[k].suffix)")
        layers[k].initialCell = table.add(name, .initialCell, layer, [layer.hiddenSize])
      }
    }
    readout = configuration.readout.map { readout in
      ReadoutParameters(
        inputSize: configuration.topOutputSize, outputSize: readout.outputSize,
        weights: table.add("head.weight", .readoutWeights, nil, [configuration.topOutputSize, readout.outputSize]),
        shortcutSize: configuration.inputSize,
        shortcut: readout.seesInput
          ? table.add(
            "head.input_weight", .shortcutWeights, nil, [configuration.inputSize, readout.outputSize]) : nil,
        bias: configuration.biases.outputs
          ? table.add("head.bias", .readoutBias, nil, [readout.outputSize]) : nil)
    }
    entries = table.entries
    count = table.count
    self.layers = layers
  }

  /// The start of each layer's parameters, both directions together, and the end of the last layer's. The learned
  /// initial states come after them.
  var layerStarts: [Int] {
    let forward = layers.filter { !$0.isReverse }
    let end = layers.compactMap(\.initialHidden).first ?? readout?.weights ?? count
    return forward.map(\.inputWeights) + [end]
  }

  /// Returns the direction of a layer that an entry belongs to; nil for the embedding and the readout.
  func layer(of entry: Entry) -> LayerParameters? {
    layers.first { $0.index == entry.layer && $0.isReverse == entry.isReverse }
  }

  /// The entry of a name, nil if there is none.
  public subscript(name: String) -> Entry? { entries.first { $0.name == name } }

  /// Returns the ranges of all parameters of a role, of one layer if `layer` is given, for groups and freezing.
  package func ranges(of role: Role, layer: Int? = nil) -> [Range<Int>] {
    entries.filter { $0.role == role && (layer == nil || $0.layer == layer) }.map(\.range)
  }

  private struct Table {
    var entries: [Entry] = []
    var count = 0

    mutating func add(_ name: String, _ role: Role, _ layer: LayerParameters?, _ shape: [Int]) -> Int {
      add(name, role, layer: layer?.index, isReverse: layer?.isReverse ?? false, shape)
    }

    private mutating func add(_ name: String, _ role: Role, layer: Int?, isReverse: Bool, _ shape: [Int]) -> Int {
      let entry = Entry(name: name, role: role, layer: layer, isReverse: isReverse, shape: shape, offset: count)
      entries.append(entry)
      count += entry.count
      return entry.offset
    }

    mutating func addLayer(
      _ l: Int, isReverse: Bool, _ configuration: LSTMConfiguration, hiddenSize: Int
    ) -> LayerParameters {
      let (cell, biases) = (configuration.cell, configuration.biases)
      let suffix = LayerParameters.suffix(l, isReverse: isReverse)
      func add(_ name: String, _ role: Role, _ shape: [Int]) -> Int {
        self.add(name + suffix, role, layer: l, isReverse: isReverse, shape)
      }
      let input = configuration.inputSize(ofLayer: l)
      let output = configuration.outputSize(ofDirection: hiddenSize)
      let columns = GateColumns(cell, hiddenSize: hiddenSize)
      let biased = columns.ranges(gates: biases.gates, cells: biases.cells)
      let biasCount = biased.reduce(0) { $0 + $1.count }
      var layer = LayerParameters(
        index: l, isReverse: isReverse, inputSize: input, hiddenSize: hiddenSize, outputSize: output, cell: cell,
        columns: columns, inputWeights: add("weight_ih", .inputWeights, [input, columns.count]),
        recurrentWeights: add("weight_hh", .recurrentWeights, [output, columns.count]),
        gateWeights: cell.gateRecurrence
          ? add("weight_gh", .gateWeights, [columns.gateCount, columns.count]) : nil,
        bias: LayerBias(
          offset: biasCount > 0 ? add("bias_ih", .bias, [biasCount]) : count, ranges: biased, columns: columns.count),
        peepholes: configuration.peepholes ? add("peephole", .peepholes, [columns.gates.count, hiddenSize]) : nil)
      for tensor in configuration.layerTensors {
        layer.componentTensors[tensor.name] = add(
          tensor.name, tensor.role, tensor.shape(columns: columns.count, cells: hiddenSize, outputs: output))
      }
      return layer
    }
  }
}

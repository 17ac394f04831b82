/// Names, shapes and offsets of every parameter in one flat vector.
///
/// Initialization, gradients, moments, clipping, freezing and files all walk this one table. The order is, for every
/// layer from the lowest: input weights, recurrent weights, those of gate activations, bias, peepholes; then the learned
/// initial states; then the readout. Weights lie as `[inputs, outputs]`, so that a step is x·W; the C columns of a layer
/// are its nets' blocks in the order i, f, g, o, as far as it has them: C = 4H, or less where gates are shared or absent.
public struct ParameterLayout: Sendable, Equatable {
  /// One parameter tensor.
  public struct Entry: Sendable, Equatable {
    /// PyTorch's name of the tensor, for example `weight_ih_l0`.
    public let name: String
    /// What the tensor is for.
    public let role: Role
    /// The layer it belongs to; nil for the readout.
    public let layer: Int?
    /// Its extents in the flat vector, the last index fastest.
    public let shape: [Int]
    /// Where it starts in the flat vector.
    public let offset: Int

    /// The number of its elements.
    public var count: Int { shape.reduce(1, *) }
    /// Its place in the flat vector.
    public var range: Range<Int> { offset..<offset + count }
  }

  /// What a parameter tensor is for, with its shape in the flat vector.
  public enum Role: String, Sendable, CaseIterable {
    /// W `[I, C]`
    case inputWeights
    /// R `[H, C]`
    case recurrentWeights
    /// U `[G, C]`: of the G gate activations of the step before, in the order i, f, o
    case gateWeights
    /// b `[C]`, or of fewer columns where some kinds of units have none
    case bias
    /// p `[3, H]`, rows in the order i, f, o; a row less where the layer has a gate less
    case peepholes
    /// h before the first step `[H]`
    case initialHidden
    /// c before the first step `[H]`
    case initialCell
    /// W `[H, K]` of the readout
    case readoutWeights
    /// V `[I, K]` of the readout: from the model's input
    case shortcutWeights
    /// b `[K]` of the readout
    case readoutBias
  }

  /// The table.
  public let entries: [Entry]
  /// P: the number of all parameters.
  public let count: Int
  /// Offsets and sizes of every layer, the lowest first.
  let layers: [LayerParameters]
  /// Offsets and sizes of the readout.
  let readout: ReadoutParameters?

  /// The layout of a configuration that has been checked.
  init(_ configuration: LSTMConfiguration) {
    var table = Table()
    var layers: [LayerParameters] = []
    for (l, hidden) in configuration.hiddenSizes.enumerated() {
      layers.append(table.addLayer(l, configuration, hiddenSize: hidden))
    }
    if configuration.learnsInitialState {
      for (l, hidden) in configuration.hiddenSizes.enumerated() {
        layers[l].initialHidden = table.add("h0_l\(l)", .initialHidden, layer: l, [hidden])
      }
      for (l, hidden) in configuration.hiddenSizes.enumerated() {
        layers[l].initialCell = table.add("c0_l\(l)", .initialCell, layer: l, [hidden])
      }
    }
    readout = configuration.readout.map { readout in
      ReadoutParameters(
        inputSize: configuration.topHiddenSize, outputSize: readout.outputSize,
        weights: table.add(
          "head.weight", .readoutWeights, layer: nil, [configuration.topHiddenSize, readout.outputSize]),
        shortcutSize: configuration.inputSize,
        shortcut: readout.seesInput
          ? table.add(
            "head.input_weight", .shortcutWeights, layer: nil, [configuration.inputSize, readout.outputSize]) : nil,
        bias: configuration.biases.outputs
          ? table.add("head.bias", .readoutBias, layer: nil, [readout.outputSize]) : nil)
    }
    entries = table.entries
    count = table.count
    self.layers = layers
  }

  /// The entry of a name, or nil.
  public subscript(name: String) -> Entry? { entries.first { $0.name == name } }

  /// The places of all parameters of a role, for groups and freezing; of one layer where `layer` is given.
  public func ranges(of role: Role, layer: Int? = nil) -> [Range<Int>] {
    entries.filter { $0.role == role && (layer == nil || $0.layer == layer) }.map(\.range)
  }

  private struct Table {
    var entries: [Entry] = []
    var count = 0

    mutating func add(_ name: String, _ role: Role, layer: Int?, _ shape: [Int]) -> Int {
      let entry = Entry(name: name, role: role, layer: layer, shape: shape, offset: count)
      entries.append(entry)
      count += entry.count
      return entry.offset
    }

    mutating func addLayer(_ l: Int, _ configuration: LSTMConfiguration, hiddenSize: Int) -> LayerParameters {
      let (cell, biases) = (configuration.cell, configuration.biases)
      let input = configuration.inputSize(ofLayer: l)
      let columns = GateColumns(cell, hiddenSize: hiddenSize)
      let biased = columns.ranges(gates: biases.gates, cells: biases.cells)
      let biasCount = biased.reduce(0) { $0 + $1.count }
      return LayerParameters(
        inputSize: input, hiddenSize: hiddenSize, cell: cell, columns: columns,
        inputWeights: add("weight_ih_l\(l)", .inputWeights, layer: l, [input, columns.count]),
        recurrentWeights: add("weight_hh_l\(l)", .recurrentWeights, layer: l, [hiddenSize, columns.count]),
        gateWeights: cell.gateRecurrence
          ? add("weight_gh_l\(l)", .gateWeights, layer: l, [columns.gateCount, columns.count]) : nil,
        bias: LayerBias(
          offset: biasCount > 0 ? add("bias_ih_l\(l)", .bias, layer: l, [biasCount]) : count, ranges: biased,
          columns: columns.count),
        peepholes: configuration.peepholes
          ? add("peephole_l\(l)", .peepholes, layer: l, [columns.gates.count, hiddenSize]) : nil)
    }
  }
}

/// A layer as sizes and as offsets into the flat vector.
struct LayerParameters: Sendable, Equatable {
  let inputSize: Int
  let hiddenSize: Int
  let cell: MemoryCell
  let columns: GateColumns
  let inputWeights: Int
  let recurrentWeights: Int
  let gateWeights: Int?
  let bias: LayerBias
  let peepholes: Int?
  var initialHidden: Int?
  var initialCell: Int?
}

/// The readout as sizes and as offsets into the flat vector.
struct ReadoutParameters: Sendable, Equatable {
  let inputSize: Int
  let outputSize: Int
  let weights: Int
  let shortcutSize: Int
  let shortcut: Int?
  let bias: Int?
}

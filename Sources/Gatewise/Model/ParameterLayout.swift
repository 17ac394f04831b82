/// Names, shapes and offsets of every parameter in one flat vector.
///
/// Initialization, gradients, moments, clipping, freezing and files all walk this one table. The order is, for every
/// layer from the lowest: input weights, recurrent weights, bias, peepholes; then the learned initial states; then the
/// readout. Weights lie as `[inputs, outputs]`, so that a step is x·W; the columns of a layer are its gates' blocks in
/// the order i, f, g, o.
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
    /// W `[I, 4H]`
    case inputWeights
    /// R `[H, 4H]`
    case recurrentWeights
    /// b `[4H]`
    case bias
    /// p `[3, H]`, rows in the order i, f, o
    case peepholes
    /// h before the first step `[H]`
    case initialHidden
    /// c before the first step `[H]`
    case initialCell
    /// W `[H, K]` of the readout
    case readoutWeights
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
      let input = configuration.inputSize(ofLayer: l)
      layers.append(
        LayerParameters(
          inputSize: input, hiddenSize: hidden,
          inputWeights: table.add("weight_ih_l\(l)", .inputWeights, layer: l, [input, 4 * hidden]),
          recurrentWeights: table.add("weight_hh_l\(l)", .recurrentWeights, layer: l, [hidden, 4 * hidden]),
          bias: table.add("bias_ih_l\(l)", .bias, layer: l, [4 * hidden]),
          peepholes: configuration.peepholes ? table.add("peephole_l\(l)", .peepholes, layer: l, [3, hidden]) : nil))
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
        bias: table.add("head.bias", .readoutBias, layer: nil, [readout.outputSize]))
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
  }
}

/// A layer as sizes and as offsets into the flat vector.
struct LayerParameters: Sendable, Equatable {
  let inputSize: Int
  let hiddenSize: Int
  let inputWeights: Int
  let recurrentWeights: Int
  let bias: Int
  let peepholes: Int?
  var initialHidden: Int?
  var initialCell: Int?
}

/// The readout as sizes and as offsets into the flat vector.
struct ReadoutParameters: Sendable, Equatable {
  let inputSize: Int
  let outputSize: Int
  let weights: Int
  let bias: Int
}

import Gatewise

/// Reads a graph by running its nodes on the values that are known without an input: constants, shapes as far as they
/// are known, and, for everything that depends on the input, the meaning of each axis.
///
/// A node whose value is not supported is an error only if an LSTM, a readout or an output of the graph needs it.
struct GraphReader<S: Scalar> {
  let path: String
  var graph: ONNXGraph<S>
  /// The atoms of every layer's arrays.
  var layerAxes: [LayerAxes] = []
  var affines: [Affine<S>] = []
  /// Tables that an input of the graph indexes.
  var tables: [(inputName: String, numbers: Constant<S>)] = []
  var functions: [(kind: ONNXOutputFunction, of: Signal)] = []
  private(set) var opset = 1
  private var values: [String: Value<S>] = [:]
  private var initializers: [String: ONNXTensorProto] = [:]
  private var atomCount = 0
  /// The remaining budget of numbers to copy: graphs that concatenate constants repeatedly would exhaust the memory.
  private var copyBudget: Int

  /// Reads the model's graph.
  ///
  /// - Parameters:
  ///   - model: The content of the file.
  ///   - path: The file, for errors.
  ///   - fileSize: The size of the file in bytes.
  init(_ model: ONNXModelProto, path: String, fileSize: Int) throws(GatewiseError) {
    self.path = path
    graph = ONNXGraph(path: path)
    copyBudget = 4 * fileSize + 1 << 20
    for entry in model.metadataProps { graph.metadata[entry.key] = entry.value }
    for set in model.opsetImport where set.domain.isEmpty || set.domain == "ai.onnx" {
      opset = Int(clamping: set.version)
    }
    for tensor in model.graph.initializer {
      initializers[tensor.name] = tensor
      // Numbers in other files count like those in the model, once it is known that they exist.
      if tensor.dataLocation == .external { copyBudget += try 4 * ONNXTensor(tensor, path: path).count }
    }
    for input in model.graph.input where initializers[input.name] == nil { add(input: input) }
    for (index, proto) in model.graph.node.enumerated() {
      let node = Node(proto, index: index, path: path)
      let results = try evaluate(node)
      // In a chain of unsupported nodes the first one is the cause.
      let source = unknownSource(of: node) ?? node.name
      for (place, name) in proto.output.enumerated() where !name.isEmpty {
        guard values[name] == nil, initializers[name] == nil else {
          throw node.problem("computes \(quoted(name)), which already exists; write the file again")
        }
        values[name] = place < results.count ? results[place] : .unknown(source)
      }
    }
    for output in model.graph.output { try note(output: output.name) }
  }

  private mutating func add(input: ONNXValueInfoProto) {
    let type = input.type.tensorType
    let axes = type.shape.dim.prefix(64).map { dimension in
      [newAtom(Int(exactly: dimension.dimValue).flatMap { 1...Int(Int32.max) ~= $0 ? $0 : nil })]
    }
    let isInteger = ONNXElementType(rawValue: type.elemType).map { !$0.isFloatingPoint } ?? false
    values[input.name] = .signal(Signal(base: .input(input.name, isInteger: isInteger), axes: axes))
  }

  /// The unsupported node, if an input of `node` comes from one.
  private func unknownSource(of node: Node) -> String? {
    for name in node.proto.input {
      if case .unknown(let source) = values[name] { return source }
    }
    return nil
  }

  /// Returns a new, distinct atom.
  mutating func newAtom(_ size: Int?) -> Atom {
    atomCount += 1
    return Atom(id: atomCount, size: size)
  }

  /// Returns the value of a name; nil if the name is empty or no node computes it.
  func value(_ name: String) throws(GatewiseError) -> Value<S>? {
    if let value = values[name] { return value }
    guard let proto = initializers[name] else { return nil }
    return try value(of: ONNXTensor(proto, path: path))
  }

  /// Returns a constant as a value.
  func value(of tensor: ONNXTensor) -> Value<S> {
    if tensor.elementType.isFloatingPoint { return .numbers(Constant(tensor)) }
    guard tensor.shape.count <= 1, let integers = tensor.integers() else { return .unknown("tensor \(tensor.name)") }
    return .extents(integers.map { Extent($0) }, isScalar: tensor.shape.isEmpty)
  }

  /// Returns the value of a required input.
  func operand(_ place: Int, of node: Node) throws(GatewiseError) -> Value<S> {
    let name = node.input(place)
    guard let value = try value(name) else {
      throw node.problem(
        name.isEmpty
          ? "lacks its input \(place)" : "needs \(quoted(name)), which no earlier node computes; write the file again")
    }
    return value
  }

  /// Returns the known integers of a node's input, or of its attribute in older versions; nil if neither exists.
  func integers(_ place: Int, or attribute: String, of node: Node) throws(GatewiseError) -> [Int]? {
    if let list = node.integers(attribute) { return list }
    guard let value = try value(node.input(place)) else { return nil }
    guard case .extents(let extents, _) = value, case let numbers = extents.compactMap(\.number),
      numbers.count == extents.count
    else { throw unreadable(.settings(attribute), value, place, of: node) }
    return numbers
  }

  /// Subtracts the size of a copy from the budget.
  mutating func charge(_ count: Int, for node: Node) throws(GatewiseError) {
    copyBudget -= count
    guard copyBudget >= 0 else {
      throw node.problem("concatenates constants to many times the size of the file; store them in full")
    }
  }
}

/// The meaning of the axes of a layer's arrays.
struct LayerAxes {
  /// The time axis of X, and the batch axis.
  let time: [Atom]
  let batch: [Atom]
  /// D; nil for a single direction.
  let direction: [Atom]
  let hidden: Atom
}

/// An affine map of signals: Σ signal·W + b.
struct Affine<S: Scalar> {
  /// The mapped signals, features last, and W `[F, K]`.
  var terms: [(signal: Signal, weights: Tensor<S>)]
  /// b `[K]`
  var bias: [S]?
  /// The axis of the K outputs.
  var outputs: Atom
  /// The node, for errors.
  var name: String
}

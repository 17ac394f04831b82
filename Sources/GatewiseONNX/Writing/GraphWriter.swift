import Gatewise

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Builds the graph of a model that ONNX can express, node by node.
struct GraphWriter<S: Scalar> {
  /// The version of the operators: the first with a layout, and supported by all current programs.
  static var opset: Int64 { 14 }

  private let model: LSTM<S>
  private let takesLengths: Bool
  private var graph = ONNXGraphProto()
  private var configuration: LSTMConfiguration { model.configuration }

  init(_ model: LSTM<S>, takesLengths: Bool) {
    (self.model, self.takesLengths) = (model, takesLengths)
  }

  /// The file's content.
  mutating func model(metadata: [String: String]) -> ONNXModelProto {
    graph.name = "gatewise"
    addInput("x", Self.elementType, [.name("T"), .name("N"), .number(configuration.inputSize)])
    if takesLengths { addInput("lengths", .int32, [.name("N")]) }
    var signal = "x"
    if let embedding = entry(.embedding) {
      add("MatMul", [signal, matrix("embedding.weight", embedding)], ["x_embedded"])
      signal = "x_embedded"
    }
    for l in 0..<configuration.layerCount { signal = addLayer(l, reading: signal) }
    addOutput(of: signal)
    addStates("hT")
    addStates("cT")
    var proto = ONNXModelProto()
    proto.irVersion = 8
    proto.producerName = "gatewise"
    proto.graph = graph
    proto.opsetImport = [.with { ($0.domain, $0.version) = ("", Self.opset) }]
    proto.metadataProps = metadata.sorted { $0.key < $1.key }.map { pair in
      .with { ($0.key, $0.value) = (pair.key, pair.value) }
    }
    return proto
  }

  // MARK: Parts of the graph

  /// Adds a layer and the nodes that give its output the shape `[T, N, D·H]`, and returns the output's name.
  private mutating func addLayer(_ l: Int, reading input: String) -> String {
    let hidden = configuration.hiddenSizes[l]
    let directions = configuration.directionCount
    let arrays = LayerArrays(model, layer: l)
    var inputs = [
      input,
      tensor("W_l\(l)", [directions, 4 * hidden, configuration.inputSize(ofLayer: l)], arrays.inputWeights),
      tensor("R_l\(l)", [directions, 4 * hidden, hidden], arrays.recurrentWeights),
      arrays.bias.map { tensor("B_l\(l)", [directions, 8 * hidden], $0) } ?? "",
      takesLengths ? "lengths" : "",
    ]
    inputs.append(
      contentsOf: ["h0", "c0"].map { name in
        let role: ParameterLayout.Role = name == "h0" ? .initialHidden : .initialCell
        return configuration.learnsInitialState ? addState("\(name)_l\(l)", arrays.states(role), hidden) : ""
      })
    if let peepholes = arrays.peepholes { inputs.append(tensor("P_l\(l)", [directions, 3 * hidden], peepholes)) }
    while inputs.last == "" { inputs.removeLast() }
    add("LSTM", inputs, ["Y_l\(l)", "hT_l\(l)", "cT_l\(l)"], attributes(hiddenSize: hidden))
    if directions == 1 {
      add("Squeeze", ["Y_l\(l)", list("axis_of_directions", [1])], ["y_l\(l)"])
    } else {
      add("Transpose", ["Y_l\(l)"], ["Y_l\(l)_by_sequence"], [.integers("perm", [0, 2, 1, 3])])
      add("Reshape", ["Y_l\(l)_by_sequence", list("joined_directions", [0, 0, -1])], ["y_l\(l)"])
    }
    return "y_l\(l)"
  }

  /// A learned state `[D, 1, H]`, repeated for every sequence.
  private mutating func addState(_ name: String, _ numbers: [S], _ hidden: Int) -> String {
    let directions = configuration.directionCount
    let constant = tensor(name, [directions, 1, hidden], numbers)
    if !graph.node.contains(where: { $0.output == ["batch_size"] }) {
      add("Shape", ["x"], ["x_shape"])
      add("Gather", ["x_shape", list("axis_of_batch", [1])], ["batch_size"], [.integer("axis", 0)])
    }
    let (first, last) = (list("directions", [directions]), list("hidden_size_\(hidden)", [hidden]))
    add("Concat", [first, "batch_size", last], ["\(name)_shape"], [.integer("axis", 0)])
    add("Expand", [constant, "\(name)_shape"], ["\(name)_of_batch"])
    return "\(name)_of_batch"
  }

  private func attributes(hiddenSize: Int) -> [ONNXAttributeProto] {
    let cell = configuration.cell
    var attributes: [ONNXAttributeProto] = [
      .text("direction", configuration.isBidirectional ? "bidirectional" : "forward"),
      .integer("hidden_size", hiddenSize),
    ]
    let functions = [cell.gateActivation, cell.inputActivation, cell.outputActivation].map(\.onnx)
    if functions != [.init(.sigmoid), .init(.tanh), .init(.tanh)] {
      let all = (0..<configuration.directionCount).flatMap { _ in functions }
      attributes.append(.texts("activations", all.map(\.kind.rawValue)))
      let alphas = all.filter { $0.kind.defaultAlpha != nil }.map(\.alpha)
      let betas = all.filter { $0.kind.defaultBeta != nil }.map(\.beta)
      if !alphas.isEmpty { attributes.append(.numbers("activation_alpha", alphas)) }
      if !betas.isEmpty { attributes.append(.numbers("activation_beta", betas)) }
    }
    if let clip = cell.preActivationClip { attributes.append(.number("clip", clip)) }
    if cell.gating == .keepInput { attributes.append(.integer("input_forget", 1)) }
    return attributes
  }

  private mutating func addOutput(of top: String) {
    let (last, width) = (configuration.layerCount - 1, configuration.topOutputSize)
    var signal = top
    if configuration.readsLastStepOnly {
      signal = "hT_l\(last)"
      if configuration.isBidirectional {
        add("Transpose", [signal], ["last_by_sequence"], [.integers("perm", [1, 0, 2])])
        add("Reshape", ["last_by_sequence", list("joined_states", [1, -1, width])], ["last"])
        signal = "last"
      }
    }
    let steps: Dimension = configuration.readsLastStepOnly ? .number(1) : .name("T")
    if let weights = entry(.readoutWeights) {
      add("MatMul", [signal, matrix("head.weight", weights)], ["read"])
      signal = "read"
      if let shortcut = entry(.shortcutWeights) {
        add("MatMul", ["x", matrix("head.input_weight", shortcut)], ["read_of_input"])
        add("Add", [signal, "read_of_input"], ["read_of_both"])
        signal = "read_of_both"
      }
      if let bias = entry(.readoutBias) {
        let name = tensor("head.bias", bias.shape, Array(model.parameters[bias.range]))
        add("Add", [signal, name], ["read_with_bias"])
        signal = "read_with_bias"
      }
    }
    add("Identity", [signal], ["y"])
    addOutput("y", [steps, .name("N"), .number(configuration.outputSize)])
  }

  private mutating func addStates(_ name: String) {
    let (sizes, directions) = (configuration.hiddenSizes, configuration.directionCount)
    let layers = sizes.indices.map { "\(name)_l\($0)" }
    guard configuration.hasEqualHiddenSizes else {
      for (layer, hidden) in zip(layers, sizes) {
        addOutput(layer, [.number(directions), .name("N"), .number(hidden)])
      }
      return
    }
    add("Concat", layers, [name], [.integer("axis", 0)])
    addOutput(name, [.number(sizes.count * directions), .name("N"), .number(sizes[0])])
  }

  // MARK: Details

  private static var elementType: ONNXElementType { S.dataType == .float64 ? .float64 : .float32 }

  private func entry(_ role: ParameterLayout.Role) -> ParameterLayout.Entry? {
    model.layout.entries.first { $0.role == role }
  }

  private mutating func matrix(_ name: String, _ entry: ParameterLayout.Entry) -> String {
    tensor(name, entry.shape, Array(model.parameters[entry.range]))
  }

  private mutating func add(
    _ kind: String, _ inputs: [String], _ outputs: [String], _ attributes: [ONNXAttributeProto] = []
  ) {
    graph.node.append(
      .with {
        ($0.opType, $0.name) = (kind, "\(kind)_\(graph.node.count)")
        ($0.input, $0.output, $0.attribute) = (inputs, outputs, attributes)
      })
  }

  /// Adds a tensor of numbers and returns its name.
  private mutating func tensor(_ name: String, _ shape: [Int], _ numbers: [S]) -> String {
    #if !_endian(little)
      #error("Raw data is little-endian, and numbers are written as they lie in memory.")
    #endif
    graph.initializer.append(
      .with {
        ($0.name, $0.dataType) = (name, Self.elementType.rawValue)
        $0.dims = shape.map { Int64($0) }
        $0.rawData = numbers.withUnsafeBytes { Data($0) }
      })
    return name
  }

  /// Adds a list of whole numbers, where it is not there yet, and returns its name.
  private mutating func list(_ name: String, _ numbers: [Int]) -> String {
    guard !graph.initializer.contains(where: { $0.name == name }) else { return name }
    graph.initializer.append(
      .with {
        ($0.name, $0.dataType) = (name, ONNXElementType.int64.rawValue)
        $0.dims = [Int64(numbers.count)]
        $0.int64Data = numbers.map { Int64($0) }
      })
    return name
  }

  private mutating func addInput(_ name: String, _ type: ONNXElementType, _ shape: [Dimension]) {
    graph.input.append(.init(name, type, shape))
  }

  private mutating func addOutput(_ name: String, _ shape: [Dimension]) {
    graph.output.append(.init(name, Self.elementType, shape))
  }
}

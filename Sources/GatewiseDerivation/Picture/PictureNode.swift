/// A place in the unrolled stack to which quantities belong: values leave it, and errors arrive at it.
struct PictureNode: Hashable {
  /// The kind of place.
  enum Kind: Hashable {
    case input, cell, output
    case gate(Gate)
    /// c as read by the output of its own step: where e_s arrives.
    case cellReading
    /// y as read by the layer above, or the loss: where e arrives.
    case outputReading
    case loss
    /// ∂y/∂y of the layer below
    case partial
    case trace, outputTrace, stepGradient, gradient
    /// The contribution of a block of truncated BPTT to the gradient, at the block's last step.
    case blockGradient(Int)
  }

  let kind: Kind
  /// nil for quantities of the whole network.
  let layer: Int?
  /// 0 is the initial state; nil for the gradient, which belongs to all steps.
  let step: Int?

  /// Creates the place of a quantity, if it has one: weights have none.
  ///
  /// - Parameters:
  ///   - quantity: The quantity.
  ///   - step: Its step.
  ///   - reader: For a value, the quantity computed from it.
  init?(_ quantity: Quantity, step: Int?, readBy reader: Quantity? = nil) {
    let layer = quantity.layer
    let kind: Kind
    switch quantity.kind {
    case .input: kind = .input
    case .output: kind = reader.map { $0.layer != layer } == true ? .outputReading : .output
    // The peepholes of i and f read it one step later, those of o and the output in the same step.
    case .cell: kind = reader.map { $0.step == quantity.step } == true ? .cellReading : .cell
    case .activation(let gate), .netInput(let gate), .delta(let gate), .currentDelta(let gate): kind = .gate(gate)
    case .lossError: kind = .loss
    case .error: kind = .outputReading
    case .outputError: kind = .output
    case .cellEntry: kind = .cellReading
    case .cellError: kind = .cell
    case .outputByInput: kind = .partial
    case .cellTrace: kind = .trace
    case .outputTrace: kind = .outputTrace
    case .stepGradient: kind = .stepGradient
    case .gradient: kind = quantity.block.map { .blockGradient($0) } ?? .gradient
    case .inputWeight, .recurrentWeight, .bias, .peephole: return nil
    }
    self.init(kind, layer: layer, step: step)
  }

  init(_ kind: Kind, layer: Int? = nil, step: Int? = nil) { (self.kind, self.layer, self.step) = (kind, layer, step) }

  /// A name that is unique within its step.
  var name: String {
    let kind: String
    switch self.kind {
    // The gates are named by letters, because the output gate is not the output.
    case .gate(let gate): kind = gate.letter
    case .blockGradient: kind = "blockGradient"
    default: kind = "\(self.kind)"
    }
    return layer.map { "\(kind)\($0)" } ?? kind
  }

  /// The name with its step relative to another one.
  func name(from step: Int) -> String { self.step.map { "\(name)\($0 == step ? "" : "@\($0 - step)")" } ?? name }
}

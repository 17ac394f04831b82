/// A place in the unrolled stack that quantities belong to: values leave it, and errors arrive at it.
struct PictureNode: Hashable {
  /// What stands there.
  enum Kind: Hashable {
    case input, cell, output
    case gate(Gate)
    /// c as the output of its own step reads it: where e_s arrives.
    case cellReading
    /// y as the layer above, or the loss, reads it: where e arrives.
    case outputReading
    case loss
    /// ∂y/∂y of the layer below
    case partial
    case trace, outputTrace, stepGradient, gradient
    /// What a block of truncated BPTT adds to the gradient, at the block's last step.
    case blockGradient(Int)
  }

  let kind: Kind
  /// nil for what belongs to the whole network.
  let layer: Int?
  /// 0 is the initial state; nil for the gradient, which is of all steps.
  let step: Int?

  /// The place of a quantity, where it has one: weights have none.
  ///
  /// - Parameters:
  ///   - quantity: what stands there.
  ///   - step: its step.
  ///   - reader: for a value, what is computed from it.
  init?(_ quantity: Quantity, step: Int?, readBy reader: Quantity? = nil) {
    let layer = quantity.layer
    let kind: Kind
    switch quantity.kind {
    case .input: kind = .input
    case .output: kind = reader.map { $0.layer != layer } == true ? .outputReading : .output
    // The peepholes of i and f see it a step later, those of o and the output at once.
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

  /// A name for it among those of its step.
  var name: String {
    let kind: String
    switch self.kind {
    // Letters, as the output gate is not the output.
    case .gate(let gate): kind = gate.letter
    case .blockGradient: kind = "blockGradient"
    default: kind = "\(self.kind)"
    }
    return layer.map { "\(kind)\($0)" } ?? kind
  }

  /// Its name with its step, counted from another one.
  func name(from step: Int) -> String { self.step.map { "\(name)\($0 == step ? "" : "@\($0 - step)")" } ?? name }
}

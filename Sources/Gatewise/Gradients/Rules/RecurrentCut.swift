/// R2: the error runs back through the cell states alone, and from there down, but not through the recurrent weights.
///
/// The exact gradient of the network in which y_{t-1} of the same layer, and what peepholes see, are constants. The
/// error that a layer sends below is δ_t·Wᵀ with the accumulated dc_t = e_s + f_{t+1} ∘ dc_{t+1}.
///
/// Cost: that of BPTT without the product δ·Rᵀ of each step, 4H² multiplications a step fewer, so that no product
/// stands in the chain of steps. Memory: that of BPTT. Use it where a window is at hand and the papers' truncation is
/// wanted in every layer, with credit over time for the lower ones. Source: the truncation is that of Hochreiter &
/// Schmidhuber 1997 and Gers, Schraudolph & Schmidhuber 2002; for one layer, and for the highest, it is their gradient.
public struct RecurrentCut: GradientRule, Equatable {
  /// Which gates let an error through to the cell state that their peepholes see.
  package let peepholePaths: PeepholePaths

  /// The most that an element of δ_t may be, either way; nil clips nothing. A clipped gradient is no gradient.
  package let deltaClip: Double?

  /// The rule; its settings are checked where it is used.
  package init(peepholePaths: PeepholePaths = .detached, deltaClip: Double? = nil) {
    (self.peepholePaths, self.deltaClip) = (peepholePaths, deltaClip)
  }

  /// - Throws: `GatewiseError.invalidArgument` where the bound of deltas is none.
  public func validate() throws(GatewiseError) { try DeltaClip.validate(deltaClip) }

  /// No error comes back through the recurrent product.
  public var request: GradientRequest {
    GradientRequest(
      name: "The recurrent cut",
      direction: .backward(
        ErrorPaths(recurrence: [], peepholes: peepholePaths, below: .whole, deltaClip: deltaClip)),
      limits: [.oneDirection, .noCopiedOutputs])
  }
}

extension GradientRule where Self == RecurrentCut {
  /// The cut of every path through a recurrent weight, R2; see ``RecurrentCut``.
  public static func recurrentCut(
    peepholePaths: PeepholePaths = .detached, deltaClip: Double? = nil
  ) -> RecurrentCut {
    RecurrentCut(peepholePaths: peepholePaths, deltaClip: deltaClip)
  }
}

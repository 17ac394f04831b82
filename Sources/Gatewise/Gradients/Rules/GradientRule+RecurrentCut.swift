extension GradientRule {
  /// R2: errors go back in time through cell states only, and from there to lower layers, but not through recurrent
  /// weights.
  ///
  /// It is the exact gradient of the network in which y_{t-1} of the same layer, and the cell states in the peepholes,
  /// are constants. The error that a layer sends below is δ_t·Wᵀ with the accumulated
  /// dc_t = e_s + f_{t+1} ∘ dc_{t+1}.
  ///
  /// Cost: that of BPTT without the product δ·Rᵀ of each step, 4H² multiplications per step fewer, and no product links
  /// consecutive steps. Memory: that of BPTT. Use it on a window if you want the truncation of the papers in every
  /// layer, with credit over time for the lower ones. Source: the truncation is that of Hochreiter & Schmidhuber 1997
  /// and Gers, Schraudolph & Schmidhuber 2002; for one layer, and for the highest, it is their gradient.
  ///
  /// - Parameters:
  ///   - peepholePaths: the gates that pass errors to the cell state through their peepholes.
  ///   - deltaClip: the bound of every δ, above 0; nil for none. With a bound, the result is no longer a gradient.
  public static func recurrentCut(
    peepholePaths: PeepholePaths = .detached, deltaClip: Double? = nil
  ) -> GradientRule {
    GradientRule(RecurrentCut(peepholePaths: peepholePaths, deltaClip: deltaClip))
  }
}

/// The definition of `GradientRule.recurrentCut`.
package struct RecurrentCut: RuleDefinition {
  package let peepholePaths: PeepholePaths
  package let deltaClip: Double?

  package func validate() throws(GatewiseError) { try DeltaClip.validate(deltaClip) }

  /// No error comes back through the recurrent product.
  package var request: GradientRequest {
    GradientRequest(
      name: "The recurrent cut",
      direction: .backward(
        ErrorPaths(recurrence: [], peepholes: peepholePaths, below: .whole, deltaClip: deltaClip)),
      limits: [.oneDirection, .noCopiedOutputs])
  }
}

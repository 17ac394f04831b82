/// The recurrent products of one instruction set, with R `[H, 4H]` packed once for each: see `CGatewiseKernels`.
///
/// A row's result has the same bits for any number of rows. A packed copy belongs to the instruction set that made it; it
/// may lie anywhere, but is read fastest at a multiple of 64 bytes.
struct PackedKernels<S: Scalar>: Sendable {
  /// Elements of the packed R of `hidden` units.
  let count: @Sendable (Int) -> Int
  /// (hidden, R, packed): packs R for `recurrentStep`.
  let pack: @Sendable (Int, UnsafePointer<S>, UnsafeMutablePointer<S>) -> Void
  /// gates += y_{t-1}·R, then the step forward (Equations, Forward).
  let recurrentStep: @Sendable (RecurrentStep<S>) -> Void
  /// Elements of the packed Rᵀ of `hidden` units.
  let transposedCount: @Sendable (Int) -> Int
  /// (hidden, R, packed): packs R for `propagate`.
  let packTransposed: @Sendable (Int, UnsafePointer<S>, UnsafeMutablePointer<S>) -> Void
  /// (rows, hidden, δ, packed, dh): dh += δ·Rᵀ (Equations, Backward).
  let propagate: @Sendable (Int, Int, UnsafePointer<S>, UnsafePointer<S>, UnsafeMutablePointer<S>) -> Void
}

/// Operands of one step forward with its recurrent product; see `gatewise_recurrent_step_*` for shapes and aliasing.
struct RecurrentStep<S: Scalar> {
  let step: ForwardStep<S>
  let yPrevious: UnsafePointer<S>
  let packed: UnsafePointer<S>
}

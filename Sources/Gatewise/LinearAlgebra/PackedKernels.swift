/// The matrix products of one instruction set, on weights packed for it: see `CGatewiseKernels`.
///
/// A row's result has the same bits for any number of rows and for any part of the units. A packed copy can only be
/// used with the instruction set that made it; it needs no alignment, but is read fastest at a multiple of 64 bytes.
struct PackedKernels<S: Scalar>: Sendable {
  /// (units, part, parts): the first unit of a part of a layer's units; for part `parts`, the number of units.
  let partStart: @Sendable (Int, Int, Int) -> Int
  /// (inputs, hidden, storage): the number of elements of packed W, R and b.
  let count: @Sendable (Int, Int, WeightStorage) -> Int
  /// (rows, inputs, hidden): the number of elements of scratch memory for that many rows, with int8 weights.
  let int8ScratchCount: @Sendable (Int, Int, Int) -> Int
  /// Packs W, R and b for `inputProduct` and `recurrentStep`.
  let pack: @Sendable (GatePacking<S>) -> Void
  /// gates = x·W + b.
  let inputProduct: @Sendable (InputProduct<S>) -> Void
  /// x·W + y_{t-1}·R + b, then the step forward (Equations, Forward).
  let recurrentStep: @Sendable (RecurrentStep<S>) -> Void
  /// (columns, depth): the number of elements of a packed B `[depth, columns]`.
  let factorCount: @Sendable (Int, Int) -> Int
  /// Packs some columns of B for `product`.
  let packFactor: @Sendable (FactorPacking<S>) -> Void
  /// C = A·B or C += A·B: the errors of the backward pass (Equations, Backward), and all products outside the step
  /// kernels.
  let product: @Sendable (PackedProduct<S>) -> Void
  /// (rows, columns): the number of elements of scratch memory for `weightGradient`.
  let weightGradientScratch: @Sendable (Int, Int) -> Int
  /// dW = xᵀ·δ, dR = y_{t-1}ᵀ·δ, db = Σ δ.
  let weightGradient: @Sendable (WeightGradient<S>) -> Void

  /// Returns the units of one part.
  func part(_ part: Int, of parts: Int, ofUnits units: Int) -> Range<Int> {
    partStart(units, part, parts)..<partStart(units, part + 1, parts)
  }
}

/// Operands of `PackedKernels.pack`; see `gatewise_pack_gates_*`.
struct GatePacking<S: Scalar> {
  let inputs: Int
  let hidden: Int
  var units: Range<Int>
  /// The storage of packed W and R; always `full` in Double.
  let storage: WeightStorage
  let w: UnsafePointer<S>
  let r: UnsafePointer<S>
  let b: UnsafePointer<S>
  let packed: UnsafeMutablePointer<S>
}

/// Operands of `PackedKernels.inputProduct`; see `gatewise_input_product_*`.
struct InputProduct<S: Scalar> {
  let rows: Int
  let inputs: Int
  let hidden: Int
  let units: Range<Int>
  let x: UnsafePointer<S>
  let packed: UnsafePointer<S>
  var storage = WeightStorage.full
  /// Memory for the int8 codes of x, with int8 weights.
  var scratch: UnsafeMutablePointer<S>?
  let gates: UnsafeMutablePointer<S>
}

/// Operands of `PackedKernels.recurrentStep`; see `gatewise_recurrent_step_*` for shapes and aliasing.
struct RecurrentStep<S: Scalar> {
  let step: ForwardStep<S>
  let inputs: Int
  let units: Range<Int>
  let x: UnsafePointer<S>?
  let inputsDone: UnsafePointer<S>?
  let yPrevious: UnsafePointer<S>
  let packed: UnsafePointer<S>
  var storage = WeightStorage.full
  /// Memory for the int8 codes of x and y_{t-1}, with int8 weights.
  var scratch: UnsafeMutablePointer<S>?
  var reverses = false
}

/// Operands of `PackedKernels.packFactor`; see `pack_factor`.
struct FactorPacking<S: Scalar> {
  let columns: Int
  let depth: Int
  var part: Range<Int>
  /// Whether `b` is `[columns, depth]` rather than `[depth, columns]`.
  let isTransposed: Bool
  let b: UnsafePointer<S>
  let packed: UnsafeMutablePointer<S>
}

/// Operands of `PackedKernels.product`; see `gatewise_product_*`.
struct PackedProduct<S: Scalar> {
  let rows: Int
  let columns: Int
  let depth: Int
  let part: Range<Int>
  let a: UnsafePointer<S>
  let aRowStride: Int
  let aStep: Int
  let packed: UnsafePointer<S>
  let c: UnsafeMutablePointer<S>
  let adds: Bool
}

/// Operands of `PackedKernels.weightGradient`; see `gatewise_weight_gradient_*`.
struct WeightGradient<S: Scalar> {
  /// One of the two left factors and the destination of its gradient.
  struct Factor {
    /// `[rows, width]`
    let left: UnsafePointer<S>
    let width: Int
    /// `[width, columns]`
    let gradient: UnsafeMutablePointer<S>
  }

  let rows: Int
  let columns: Int
  let part: Range<Int>
  /// x with dW, nil if dW is computed elsewhere.
  let input: Factor?
  /// y_{t-1} with dR.
  let recurrent: Factor
  let delta: UnsafePointer<S>
  let bias: UnsafeMutablePointer<S>?
  let scratch: UnsafeMutablePointer<S>
}

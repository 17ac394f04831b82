internal import CGatewiseKernels

// The operands of kernels, as C declares them; pointers are to numbers of the kernels' type.
typealias ForwardStep = gatewise_forward_step
typealias BackwardStep = gatewise_backward_step
typealias GatePacking = gatewise_pack_gates
typealias InputProduct = gatewise_input_product
typealias RecurrentStep = gatewise_recurrent_step
typealias FactorPacking = gatewise_pack_factor
typealias PackedProduct = gatewise_product
typealias WeightGradient = gatewise_weight_gradient

/// The kernels of one instruction set: the tables of `CGatewiseKernels`, called with the operands that C declares.
///
/// An engine takes its kernels when it is made and keeps them. Weights are packed for the products: a row's result has
/// the same bits for any number of rows and for any part of the units. A packed copy can only be used with the
/// instruction set that made it; it needs no alignment, but is read fastest at a multiple of 64 bytes.
struct Kernels<S: Scalar>: @unchecked Sendable {
  /// The instruction set these kernels use.
  let instructionSet: InstructionSet
  // Constants, which threads may share.
  private let table: UnsafePointer<gatewise_kernels>
  private let int8: UnsafePointer<gatewise_int8_kernels>

  /// Takes the kernels of a set from its table for S; nil if the processor does not support it.
  init?(_ set: InstructionSet, _ table: UnsafePointer<gatewise_kernels>?) {
    guard let table, let int8 = gatewise_int8_kernels_for(set.isa) else { return nil }
    (instructionSet, self.table, self.int8) = (set, table, int8)
  }

  /// Takes the kernels of one instruction set.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if the processor does not support it.
  init(for set: InstructionSet) throws {
    guard let kernels = S._routines.kernels(set) else {
      throw GatewiseError.invalidArgument(
        "The \(set.rawValue) kernels cannot run on this processor; choose one of "
          + InstructionSet.supported.map(\.rawValue).joined(separator: ", ") + ".")
    }
    self = kernels
  }

  /// Returns the kernels of the current instruction set: the one named by `GATEWISE_ISA`, otherwise the fastest.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if `GATEWISE_ISA` names an unknown or unsupported set.
  static func current() throws -> Kernels { try Kernels(for: InstructionSet.current()) }

  // MARK: The step

  /// Activations, c and h of one step from its pre-activations (Equations, Forward).
  func forwardStep(_ step: ForwardStep) { withUnsafePointer(to: step) { table.pointee.forward_step($0) } }

  /// The gate deltas of one step and the cell error for the previous step (Equations, Backward).
  func backwardStep(_ step: BackwardStep) { withUnsafePointer(to: step) { table.pointee.backward_step($0) } }

  // MARK: A layer's products

  /// Returns the units of one part, a whole number of panels.
  func part(_ part: Int, of parts: Int, ofUnits units: Int) -> Range<Int> {
    table.pointee.part_start(units, part, parts)..<table.pointee.part_start(units, part + 1, parts)
  }

  /// The number of elements of packed W, R and b.
  func packedCount(inputs: Int, hidden: Int, _ storage: WeightStorage) -> Int {
    storage == .int8
      ? int8.pointee.packed_count(inputs, hidden) : table.pointee.packed_count(inputs, hidden, storage.format)
  }

  /// The number of elements of scratch memory for so many rows, with weights in 8 bits; else 0.
  func scratchCount(rows: Int, inputs: Int, hidden: Int, _ storage: WeightStorage) -> Int {
    storage == .int8 ? int8.pointee.scratch_count(rows, inputs, hidden) : 0
  }

  /// Packs W, R and b for `inputProduct` and `recurrentStep`.
  func packGates(_ layer: GatePacking) {
    let pack = layer.storage == GATEWISE_INT8 ? int8.pointee.pack_gates : table.pointee.pack_gates
    withUnsafePointer(to: layer) { pack!($0) }
  }

  /// gates = x·W + b.
  func inputProduct(_ product: InputProduct) {
    let multiply = product.storage == GATEWISE_INT8 ? int8.pointee.input_product : table.pointee.input_product
    withUnsafePointer(to: product) { multiply!($0) }
  }

  /// x·W + y_{t-1}·R + b, then the step forward (Equations, Forward).
  func recurrentStep(_ step: RecurrentStep) {
    let run = step.storage == GATEWISE_INT8 ? int8.pointee.recurrent_step : table.pointee.recurrent_step
    withUnsafePointer(to: step) { run!($0) }
  }

  // MARK: Other products

  /// The number of elements of a packed B `[depth, columns]`.
  func factorCount(columns: Int, depth: Int) -> Int { table.pointee.packed_factor_count(columns, depth) }

  /// Packs some columns of B for `product`.
  func packFactor(_ factor: FactorPacking) { withUnsafePointer(to: factor) { table.pointee.pack_factor($0) } }

  /// Packs all of B, or of Bᵀ if `isTransposed`, on this thread.
  ///
  /// - Parameter memory: `factorCount` elements.
  func pack(_ matrix: MatrixView<S>, isTransposed: Bool, into memory: VectorView<S>) -> RightFactor<S> {
    assert(matrix.stride == matrix.columns || matrix.rows <= 1, "the rows of B must be contiguous")
    let (depth, columns) = isTransposed ? (matrix.columns, matrix.rows) : (matrix.rows, matrix.columns)
    assert(memory.count >= factorCount(columns: columns, depth: depth), "B does not fit in \(memory.count) elements")
    packFactor(
      FactorPacking(
        columns: columns, depth: depth, first: 0, end: columns, transposed: isTransposed, b: matrix.base,
        packed: memory.base))
    return RightFactor(packed: memory, depth: depth, columns: columns, kernels: self)
  }

  /// C = A·B or C += A·B: the errors of the backward pass (Equations, Backward), and all products outside the step.
  func product(_ product: PackedProduct) { withUnsafePointer(to: product) { table.pointee.product($0) } }

  /// The number of elements of scratch memory for `weightGradient`.
  func weightGradientScratch(rows: Int, columns: Int) -> Int { table.pointee.weight_gradient_scratch(rows, columns) }

  /// dW = xᵀ·δ, dR = y_{t-1}ᵀ·δ, db = Σ δ.
  func weightGradient(_ sums: WeightGradient) { withUnsafePointer(to: sums) { table.pointee.weight_gradient($0) } }

  // MARK: Element by element

  /// y = σ(x)
  func sigmoid(_ count: Int, _ x: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>) { table.pointee.sigmoid(count, x, y) }

  /// y = tanh(x)
  func tanh(_ count: Int, _ x: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>) { table.pointee.tanh(count, x, y) }

  /// y = σ(x)
  func sigmoid(_ x: VectorView<S>, into y: VectorView<S>) { sigmoid(x.count, x.base, y.base) }

  /// y = tanh(x)
  func tanh(_ x: VectorView<S>, into y: VectorView<S>) { tanh(x.count, x.base, y.base) }

  /// y = softmax(x); returns the logarithm of the sum of exponentials.
  func softmax(_ count: Int, _ x: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>) -> S {
    S(table.pointee.softmax(count, x, y))
  }

  /// y += x
  func add(_ count: Int, _ x: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>) { table.pointee.add(count, x, y) }

  /// y += a ∘ b
  func multiplyAdd(_ count: Int, _ a: UnsafePointer<S>, _ b: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>) {
    table.pointee.multiply_add(count, a, b, y)
  }
}

extension Kernels {
  /// The bound of δ of a clip; one that is too small for S stays a bound.
  func bound(_ clip: Double?) -> S? { clip.map { max(S($0), S.leastNonzeroMagnitude) } }

  /// y += x
  func add(_ x: VectorView<S>, to y: VectorView<S>) {
    assert(x.count == y.count, "\(x.count) elements are added to \(y.count)")
    add(x.count, x.base, y.base)
  }

  /// y += a ∘ b
  func multiplyAdd(_ a: VectorView<S>, _ b: VectorView<S>, to y: VectorView<S>) {
    assert(a.count == y.count && b.count == y.count, "\(a.count) products of \(b.count) are added to \(y.count)")
    multiplyAdd(y.count, a.base, b.base, y.base)
  }
}

/// The peephole weights of a layer, `[H]` each, or none.
struct Peepholes<S: Scalar> {
  var i: VectorView<S>?
  var f: VectorView<S>?
  var o: VectorView<S>?
}

/// The storage of a layer's weights during a forward pass.
///
/// For a single sequence the speed is limited by reading the weights from the cache: fewer bytes are faster. The
/// setting applies to W and R, except for rows of W that tokens select, which are read in full precision; biases,
/// peepholes and the readout are unchanged. Formats other than `full` need `Float` and the tile path.
public enum WeightStorage: String, Sendable, CaseIterable {
  /// Unchanged.
  case full
  /// W and R rounded to bfloat16, to nearest, ties to even: half the bytes. The relative error of a weight is at most
  /// 2⁻⁸ (0.4 %); the arithmetic is unchanged, and the outputs are exactly those of a model with the rounded weights.
  case bfloat16
  /// W and R in 8 bits, a quarter of the bytes: integers q from -127 to 127 with a scale s for every column, that is
  /// for every gate of every unit, s = (largest magnitude) / 127. The error of a weight is at most s/2.
  ///
  /// At every step each row of x_t and of y_{t-1} is quantized in the same way, with its own scale:
  ///
  ///     a_t = b + s_x s_W ∘ (q_x · q_W) + s_y s_R ∘ (q_y · q_R)
  ///
  /// The products are exact in 32 bits, the rest is in `Float`. A row with a NaN or infinite element makes all
  /// pre-activations NaN; a row whose largest magnitude is below 2⁻¹⁰⁰ counts as zero.
  case int8

  /// The same for the kernels.
  var format: gatewise_storage {
    switch self {
    case .full: GATEWISE_FULL
    case .bfloat16: GATEWISE_BFLOAT16
    case .int8: GATEWISE_INT8
    }
  }

  /// The widest x or y for which no sum of `int8` products overflows 32 bits.
  static let widestInt8Row = Int(GATEWISE_INT8_WIDEST)
}

/// The right factor B `[depth, columns]` of matrix products in the form that a path needs: packed for the tile path,
/// unchanged for OpenBLAS.
///
/// On the tile path every element of a product is one chain over the depth: its bits depend only on its row of A and
/// its column of B. A packed B serves any number of products, on several threads at once.
struct RightFactor<S: Scalar> {
  /// The number of terms of every sum.
  let depth: Int
  /// The number of columns of B, and of every product with it.
  let columns: Int
  private let content: Content

  private enum Content {
    case packed(UnsafePointer<S>, Kernels<S>)
    /// B, or Bᵀ if it is transposed.
    case matrix(MatrixView<S>, isTransposed: Bool)
  }

  /// Makes a factor for OpenBLAS from B, or from Bᵀ `[columns, depth]` if `isTransposed`.
  init(_ matrix: MatrixView<S>, isTransposed: Bool) {
    (depth, columns) = isTransposed ? (matrix.columns, matrix.rows) : (matrix.rows, matrix.columns)
    content = .matrix(matrix, isTransposed: isTransposed)
  }

  /// Makes a factor from the memory that `packFactor` filled.
  init(packed: VectorView<S>, depth: Int, columns: Int, kernels: Kernels<S>) {
    (self.depth, self.columns) = (depth, columns)
    content = .packed(packed.base, kernels)
  }

  /// Whether products take the tile path.
  var isPacked: Bool { if case .packed = content { true } else { false } }

  /// Computes C ← A·B, or C ← C + A·B if `adding`.
  ///
  /// - Parameters:
  ///   - a: A `[rows, depth]`, or Aᵀ `[depth, rows]` if `transposingA`.
  ///   - c: C `[rows, columns]`, its rows contiguous.
  ///   - part: the columns to compute, one part of `Kernels.part`, on the tile path only; nil computes all.
  func multiply(
    _ a: MatrixView<S>, transposingA: Bool = false, into c: MatrixView<S>, part: Range<Int>? = nil, adding: Bool
  ) {
    assert(c.columns == columns && (transposingA ? a.columns : a.rows) == c.rows, "rows or columns disagree")
    assert((transposingA ? a.rows : a.columns) == depth, "depths of the factors disagree")
    switch content {
    case .matrix(let b, let isTransposed):
      assert(
        part == nil && !(transposingA && isTransposed),
        "OpenBLAS computes all columns and transposes one factor at most")
      Gatewise.multiply(
        a, b, transposing: transposingA ? .left : isTransposed ? .right : .none, into: c, adding: adding)
    case .packed(let packed, let kernels):
      assert(c.stride == columns || c.rows <= 1, "the rows of C must be contiguous")
      let part = part ?? 0..<columns
      kernels.product(
        PackedProduct(
          rows: c.rows, columns: columns, depth: depth, first: part.lowerBound, end: part.upperBound, a: a.base,
          a_row_stride: transposingA ? 1 : a.stride, a_step: transposingA ? a.stride : 1, packed: packed, c: c.base,
          adds: adding))
    }
  }
}

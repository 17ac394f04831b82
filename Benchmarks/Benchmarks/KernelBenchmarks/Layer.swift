import Gatewise

/// A row-major matrix, aligned to 64 bytes like the engine's own memory.
final class Matrix<S> {
  let rows: Int
  let columns: Int
  let base: UnsafeMutablePointer<S>

  /// Creates a matrix of zeros.
  init(_ rows: Int, _ columns: Int) where S: KernelScalar {
    (self.rows, self.columns) = (rows, columns)
    let bytes = rows * columns * MemoryLayout<S>.stride
    base = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64).bindMemory(
      to: S.self, capacity: rows * columns)
    base.initialize(repeating: 0, count: rows * columns)
  }

  deinit { UnsafeMutableRawPointer(base).deallocate() }
}

/// The operands of a layer, with artificial values, for the rows of one step or of many.
final class Layer<S: KernelScalar> {
  let rows: Int
  /// H, equal to I.
  let hidden: Int
  /// 4H
  let columns: Int
  /// `[rows, H]`: the layer's input, and y_{t-1}.
  let x, y: Matrix<S>
  /// `[H, 4H]`, `[H, 4H]`, `[1, 4H]`
  let w, r, b: Matrix<S>
  /// `[rows, 4H]`: activations.
  let gates: Matrix<S>
  /// `[rows, H]`: c_{t-1}, c_t and h_t.
  let cPrevious, c, h: Matrix<S>
  /// `[rows, 4H]`: δ of the step t+1, or of every step.
  let delta: Matrix<S>
  /// `[rows, 4H]`: δ computed by a backward step.
  let newDelta: Matrix<S>
  /// `[rows, H]`: the errors of h_t and c_t.
  let dh, dc: Matrix<S>

  init(rows: Int, hidden: Int) {
    (self.rows, self.hidden, columns) = (rows, hidden, 4 * hidden)
    var random = RandomStream(seed: 1, name: "kernels")
    func draw(_ rows: Int, _ columns: Int, deviation: S = 1) -> Matrix<S> {
      let matrix = Matrix<S>(rows, columns)
      for n in 0..<rows * columns { matrix.base[n] = deviation * random.normal() }
      return matrix
    }
    // Small enough that no gate saturates for any H: denormal numbers would take longer.
    let small = 1 / S(hidden).squareRoot()
    (x, y) = (draw(rows, hidden), draw(rows, hidden))
    (w, r) = (draw(hidden, columns, deviation: small), draw(hidden, columns, deviation: small))
    b = draw(1, columns)
    (gates, delta) = (draw(rows, columns), draw(rows, columns, deviation: small))
    cPrevious = draw(rows, hidden)
    (c, h, newDelta) = (Matrix(rows, hidden), Matrix(rows, hidden), Matrix(rows, columns))
    (dh, dc) = (draw(rows, hidden), draw(rows, hidden))
    S.forwardStep(self)
  }
}

/// The sums over all rows of a layer: dW, dR and db, with the kernel's scratch memory.
final class WeightSums<S: KernelScalar> {
  let w, r, b: Matrix<S>
  let scratch: Matrix<S>

  init(_ layer: Layer<S>) {
    (w, r) = (Matrix(layer.hidden, layer.columns), Matrix(layer.hidden, layer.columns))
    b = Matrix(1, layer.columns)
    scratch = Matrix(1, S.weightGradientScratch(layer))
  }
}

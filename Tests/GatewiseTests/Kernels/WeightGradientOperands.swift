import Testing

@testable import Gatewise

/// Random operands of the sums over all steps, and the call of the kernel on guarded copies of them.
struct WeightGradientOperands<S: Scalar> {
  let rows: Int
  let columns: Int
  let inputs: Int
  let hidden: Int
  /// `[rows, I]`
  let x: [S]
  /// `[rows, H]`
  let yPrevious: [S]
  /// `[rows, columns]`
  let delta: [S]

  /// dW `[I, columns]`, dR `[H, columns]`, db `[columns]`
  struct Sums { var inputWeights, recurrentWeights, bias: [S] }

  init(rows: Int, inputs: Int, hidden: Int, columns: Int, seed: Int) {
    var random = OperandStream<S>(seed: seed, name: "WeightGradientOperands")
    (self.rows, self.columns, self.inputs, self.hidden) = (rows, columns, inputs, hidden)
    x = random.values(rows * inputs)
    yPrevious = random.values(rows * hidden)
    delta = random.values(rows * columns, 4)
  }

  /// The columns `part` of the sums, NaN in the others; dW is all NaN without `takesInput`.
  func sums(_ kernels: Kernels<S>, part: Range<Int>? = nil, takesInput: Bool = true) -> Sums {
    let part = part ?? 0..<columns
    func unset(_ count: Int) -> GuardedBuffer<S> { GuardedBuffer([S](repeating: .nan, count: count)) }
    let (x, y, delta) = (GuardedBuffer(self.x), GuardedBuffer(yPrevious), GuardedBuffer(self.delta))
    let (dW, dR, db) = (unset(inputs * columns), unset(hidden * columns), unset(columns))
    let scratch = unset(kernels.weightGradientScratch(rows: rows, columns: part.count))
    kernels.weightGradient(
      WeightGradient(
        rows: rows, columns: columns, first: part.lowerBound, end: part.upperBound,
        left: (takesInput ? UnsafeRawPointer(x.start) : nil, UnsafeRawPointer(y.start)),
        width: (takesInput ? inputs : 0, hidden), delta: delta.start,
        gradient: (takesInput ? UnsafeMutableRawPointer(dW.start) : nil, UnsafeMutableRawPointer(dR.start)),
        bias: db.start, scratch: scratch.start))
    let intact = [x, y, delta, dW, dR, db, scratch].allSatisfy(\.isIntact)
    #expect(intact && x.values == self.x && y.values == yPrevious && delta.values == self.delta)
    return Sums(inputWeights: dW.values, recurrentWeights: dR.values, bias: db.values)
  }

  var plainInputWeights: PlainProduct { plain(x, width: inputs) }
  var plainRecurrentWeights: PlainProduct { plain(yPrevious, width: hidden) }
  var plainBias: PlainProduct { plain([S](repeating: 1, count: rows), width: 1) }

  private func plain(_ left: [S], width: Int) -> PlainProduct {
    PlainProduct(
      rows: width, depth: rows, columns: columns, PlainProduct.Factor(left, width: width).transposed,
      .init(delta, width: columns))
  }
}

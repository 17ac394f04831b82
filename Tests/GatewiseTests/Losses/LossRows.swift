@testable import Gatewise

/// Four rows of K = 3 outputs with targets of both kinds; PyTorch 2.13 in float64 ran the same for the figures in these
/// tests.
enum LossRows {
  static let outputs: [Double] = [0.5, -1.25, 2, 3, 0.125, -0.75, -2.5, 1.5, 0.25, 0, 10, -40]
  static let classes: [Int32] = [2, 0, 1, 2]
  static let values: [Double] = [0.25, 0, 1, 1, 0.5, 0, 0.125, 0.75, 1, 1, 0, 1]
  static let mask: [Double] = [1, 0.25, 0, 2]

  /// The masked, weighted mean over the rows and its gradient `[4, 3]`, formed as a trainer forms them.
  static func mean<S: Scalar>(
    _ loss: some Loss, _ type: S.Type, classes: [Int32] = classes, masked: Bool = false
  ) throws -> (loss: S, gradient: [S]) {
    let (z, t) = (outputs.map { S($0) }, values.map { S($0) })
    let mask = masked ? mask.map { S($0) } : [1, 1, 1, 1]
    let kernels = try Kernels<S>.current()
    var gradient = [S](repeating: .nan, count: z.count)
    var sum: S = 0
    let judged = loss.targetKind == .classes
    let weights: [S] = (0..<4).map { judged ? S(loss.weight(ofClass: Int(classes[$0]), outputSize: 3)!) : 1 }
    var total: S = 0
    for n in 0..<4 { total += mask[n] * weights[n] }
    for n in 0..<4 {
      let rows = 3 * n..<3 * n + 3
      guard weights[n] != 0 else {
        gradient.replaceSubrange(rows, with: [0, 0, 0])
        continue
      }
      let row = value(
        of: loss, Array(z[rows]), values: Array(t[rows]), class: Int(classes[n]), scale: mask[n] / total * weights[n],
        kernels: kernels)
      sum += mask[n] / total * (weights[n] * row.loss)
      gradient.replaceSubrange(rows, with: row.slope)
    }
    return (sum, gradient)
  }

  /// ℓ of one row and its scaled slope, as a pass computes them: by the kernels, if the loss uses them.
  static func value<S: Scalar>(
    of loss: any Loss, _ outputs: [S], values: [S], class index: Int, scale: S = 1, kernels: Kernels<S>
  ) -> (loss: S, slope: [S]) {
    var (slope, scratch) = (outputs.map { _ in S.nan }, outputs.map { _ in S.nan })
    let isValues = loss.targetKind == .values
    let found = outputs.withUnsafeBufferPointer { z in
      values.withUnsafeBufferPointer { t in
        slope.withUnsafeMutableBufferPointer { slope in
          scratch.withUnsafeMutableBufferPointer { scratch in
            let row = OutputRow(
              outputs: VectorView(reading: z), values: isValues ? VectorView(reading: t) : nil, classIndex: index,
              scale: scale, slope: VectorView(slope.baseAddress!, count: slope.count),
              scratch: VectorView(scratch.baseAddress!, count: scratch.count), kernels: kernels)
            return (loss as? any KernelLoss)?.evaluate(row) ?? loss.evaluateWithoutKernels(row)
          }
        }
      }
    }
    return (found, slope)
  }
}

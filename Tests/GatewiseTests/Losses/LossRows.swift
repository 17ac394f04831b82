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
    var scratch = [S](repeating: .nan, count: 3)
    var sum: S = 0
    t.withUnsafeBufferPointer { t in
      let targets = (0..<4).map { n in
        loss.targetKind == .classes
          ? Target<S>(classIndex: classes[n]) : Target(values: t.baseAddress! + 3 * n)
      }
      var total: S = 0
      for n in 0..<4 { total += mask[n] * loss.weight(of: targets[n]) }
      gradient.withUnsafeMutableBufferPointer { gradient in
        for n in 0..<4 {
          let row = Array(z[(3 * n)..<(3 * n + 3)])
          sum +=
            mask[n] / total
            * loss.evaluate(
              outputs: row, count: 3, target: targets[n], scale: mask[n] / total,
              gradient: gradient.baseAddress! + 3 * n, scratch: &scratch, kernels: kernels)
        }
      }
    }
    return (sum, gradient)
  }
}

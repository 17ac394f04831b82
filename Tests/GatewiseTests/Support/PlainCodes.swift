@testable import Gatewise

/// Numbers as whole ones from -127 to 127 with a scale, by plain loops: what `WeightStorage.int8` says of a row or a
/// column, one number at a time.
struct PlainCodes {
  let scale: Float
  let codes: [Int]

  init(_ numbers: [Float]) {
    let largest = numbers.map(abs).max() ?? 0
    guard largest >= 0x1p-100 else {
      (scale, codes) = (0, numbers.map { _ in 0 })
      return
    }
    scale = largest / 127
    let unit = 127 / largest
    codes = numbers.map { Int(($0 * unit).rounded(.toNearestOrEven)) }
  }

  /// The columns of a matrix `[…, columns]`.
  static func columns(of matrix: [Float], count columns: Int) -> [PlainCodes] {
    (0..<columns).map { column in
      PlainCodes(stride(from: column, to: matrix.count, by: columns).map { matrix[$0] })
    }
  }

  /// scale · scale · sum of the codes' products.
  static func * (a: PlainCodes, b: PlainCodes) -> Double {
    Double(zip(a.codes, b.codes).reduce(0) { $0 + $1.0 * $1.1 }) * Double(a.scale) * Double(b.scale)
  }
}

/// A place on the drawing; y grows downwards.
struct Point: Hashable {
  let x: Double
  let y: Double

  init(_ x: Double, _ y: Double) { (self.x, self.y) = (x, y) }

  static func + (a: Point, b: Point) -> Point { Point(a.x + b.x, a.y + b.y) }
  static func - (a: Point, b: Point) -> Point { Point(a.x - b.x, a.y - b.y) }
  static func * (a: Point, factor: Double) -> Point { Point(a.x * factor, a.y * factor) }

  var length: Double { (x * x + y * y).squareRoot() }
  /// The same direction, of length 1.
  var unit: Point { length == 0 ? Point(0, 0) : self * (1 / length) }

  /// Some way on towards another one.
  func moved(_ distance: Double, towards other: Point) -> Point { self + (other - self).unit * distance }
}

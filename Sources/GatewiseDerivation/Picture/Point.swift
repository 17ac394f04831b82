/// A point of the drawing; y grows downward.
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

  /// The point moved by a distance toward another one.
  func moved(_ distance: Double, towards other: Point) -> Point { self + (other - self).unit * distance }
}

/// What beside its loss is measured of a model's outputs, as sums over the rows that count (see ``Loss``): how many
/// classes are right, or how far the outputs are from their values.
package struct OutputMeasures: Sendable, Equatable, Codable {
  /// Σ m
  package private(set) var weight = 0.0
  /// Σ m over the rows whose largest output, the first of equal ones, is that of their class; nil for targets that are
  /// values.
  package private(set) var right: Double?
  /// Σ m |z_k - t_k|, `[K]`; empty for classes.
  package private(set) var absoluteErrors: [Double] = []
  /// Σ m (z_k - t_k)², `[K]`; empty for classes.
  package private(set) var squaredErrors: [Double] = []

  /// Of no rows yet.
  package init() {}

  /// The share of classes that are right, from 0 to 1; nil for values, and where nothing counted.
  package var accuracy: Double? { weight > 0 ? right.map { $0 / weight } : nil }
  /// The mean absolute error of each output, `[K]`, in the unit of the targets.
  package var meanAbsoluteErrors: [Double] { weight > 0 ? absoluteErrors.map { $0 / weight } : [] }
  /// The root mean square error of each output, `[K]`, in the unit of the targets.
  package var rootMeanSquareErrors: [Double] {
    weight > 0 ? squaredErrors.map { ($0 / weight).squareRoot() } : []
  }

  /// Adds a row with a class.
  mutating func add<S: Scalar>(_ outputs: VectorView<S>, mask: Double, class index: Int) {
    weight += mask
    var best = 0
    for k in 1..<max(1, outputs.count) where outputs[k] > outputs[best] { best = k }
    right = (right ?? 0) + (best == index ? mask : 0)
  }

  /// Adds a row with values, `[K]`.
  mutating func add<S: Scalar>(_ outputs: VectorView<S>, mask: Double, values: VectorView<S>) {
    weight += mask
    let count = outputs.count
    if squaredErrors.isEmpty {
      (absoluteErrors, squaredErrors) = (Array(repeating: 0, count: count), Array(repeating: 0, count: count))
    }
    for k in 0..<count {
      let error = Double(outputs[k]) - Double(values[k])
      absoluteErrors[k] += mask * error.magnitude
      squaredErrors[k] += mask * error * error
    }
  }
}

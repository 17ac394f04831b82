/// A squashing function behind a clip: what goes in is brought within ±clip, and outside of it there is no slope.
///
/// Since every function is monotonic, its value tells whether the bounds were met: what a pass has kept is enough to go
/// back.
struct BoundedActivation<S: Scalar> {
  let function: Activation
  /// What goes in at most, either way.
  private let clip: S?
  /// The values at the bounds: the lesser and the greater.
  private let (low, high): (S, S)

  init(_ function: Activation, clip: Double?, _ kernels: Kernels<S>) {
    self.function = function
    self.clip = clip.map { S($0) }
    guard let bound = self.clip else {
      (low, high) = (-.infinity, .infinity)
      return
    }
    var ends = (-bound, bound)
    withUnsafeMutableBytes(of: &ends) {
      let x = VectorView($0.assumingMemoryBound(to: S.self).baseAddress!, count: 2)
      function.apply(x, into: x, kernels)
    }
    (low, high) = (min(ends.0, ends.1), max(ends.0, ends.1))
  }

  /// y = the function of x within its bounds, element by element; y may be x.
  func apply(_ x: VectorView<S>, into y: VectorView<S>, _ kernels: Kernels<S>) {
    guard let clip else { return function.apply(x, into: y, kernels) }
    if y.base != x.base { y.copy(from: x) }
    Gatewise.clip(y, to: -clip...clip)
    function.apply(y, into: y, kernels)
  }

  /// The derivative where the value is y.
  @inline(__always)
  func slope(atValue y: S) -> S {
    if clip != nil, y <= low || y >= high { return 0 }
    return function.derivative(atValue: y)
  }
}

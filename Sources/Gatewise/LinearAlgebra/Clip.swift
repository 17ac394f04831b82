/// Limits every number to `bounds`; NaN stays NaN.
func clip<S: Scalar>(_ numbers: VectorView<S>, to bounds: ClosedRange<S>) {
  for j in 0..<numbers.count {
    if numbers[j] > bounds.upperBound {
      numbers[j] = bounds.upperBound
    } else if numbers[j] < bounds.lowerBound {
      numbers[j] = bounds.lowerBound
    }
  }
}

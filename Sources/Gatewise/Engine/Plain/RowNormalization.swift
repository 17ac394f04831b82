// norm(v) = (v - mean v) ∘ scale with scale = 1/√(variance + ε), and its way back (Equations, Layer normalization).

/// v = norm(v), in place; returns the scale.
func normalize<S: Scalar>(_ v: VectorView<S>) -> S {
  let count = v.count
  var (sum, squares) = (S.zero, S.zero)
  for j in 0..<count { sum += v[j] }
  let mean = sum / S(count)
  for j in 0..<count {
    v[j] -= mean
    squares += v[j] * v[j]
  }
  let scale = 1 / S.sqrt(squares / S(count) + S(LayerNormalization.epsilon))
  for j in 0..<count { v[j] *= scale }
  return scale
}

/// The error of v from that of norm(v), in place: scale ∘ (e - mean e - norm ∘ mean (e ∘ norm)).
func unnormalize<S: Scalar>(_ e: VectorView<S>, norm: VectorView<S>, scale: S) {
  let count = e.count
  var (sum, products) = (S.zero, S.zero)
  for j in 0..<count {
    sum += e[j]
    products += e[j] * norm[j]
  }
  let (mean, slope) = (sum / S(count), products / S(count))
  for j in 0..<count { e[j] = scale * (e[j] - mean - norm[j] * slope) }
}

/// y = y ∘ gain, or y = y ∘ gain + bias.
func amplify<S: Scalar>(_ y: VectorView<S>, by gain: VectorView<S>, adding bias: VectorView<S>? = nil) {
  for j in 0..<y.count { y[j] *= gain[j] }
  guard let bias else { return }
  for j in 0..<y.count { y[j] += bias[j] }
}

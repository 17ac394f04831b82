/// Cross entropy of the softmax of the outputs with one class a row: PyTorch's `CrossEntropyLoss`.
///
///     ℓ = log Σ_k exp z_k - z_class        ∂ℓ/∂z_k = softmax(z)_k - [k = class]
///
/// The outputs z are logits; the logarithm of the sum is taken with the largest logit subtracted, so that no finite
/// logit overflows.
public struct SoftmaxCrossEntropy: KernelLoss, Equatable {
  /// What each class counts in the mean, `[K]`; nil counts all the same.
  package let classWeights: [Double]?
  /// A class index that stands for "no target here": such rows count nothing. It may lie outside 0..<K.
  package let ignoredIndex: Int?

  /// A cross entropy that counts every class the same and ignores none, unless told otherwise.
  package init(classWeights: [Double]? = nil, ignoredIndex: Int? = nil) {
    self.classWeights = classWeights
    self.ignoredIndex = ignoredIndex
  }

  /// A class for each row.
  public var targetKind: TargetKind { .classes }

  /// - Throws: `GatewiseError.shapeMismatch` where the number of class weights is not K, and
  ///   `GatewiseError.invalidArgument` where one of them is negative or not finite, or where all are zero.
  public func validate(outputSize: Int) throws(GatewiseError) {
    guard let classWeights else { return }
    guard classWeights.count == outputSize else {
      throw .shapeMismatch(name: "The list of class weights", expected: [outputSize], found: [classWeights.count])
    }
    if let k = classWeights.firstIndex(where: { !($0 >= 0 && $0.isFinite) }) {
      throw .invalidArgument(
        "The weight of class \(k) is \(classWeights[k]); a class weight is a finite number of at least 0.")
    }
    guard classWeights.contains(where: { $0 > 0 }) else {
      throw .invalidArgument("All class weights are 0, so no row would count; give at least one class a weight.")
    }
  }

  /// The weight of a class in 0 ..< K; 0 for the ignored index.
  public func weight(ofClass index: Int, outputSize: Int) -> Double? {
    if index == ignoredIndex { return 0 }
    return (0..<outputSize).contains(index) ? classWeights?[index] ?? 1 : nil
  }

  /// Returns ℓ and writes its slope, by the formulas above.
  public func evaluate<S: Scalar>(
    _ outputs: Span<S>, values: Span<S>, class: Int, slope: inout MutableSpan<S>
  ) -> S {
    evaluateByKernels(outputs, values: values, class: `class`, slope: &slope)
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func evaluate<S: Scalar>(_ row: OutputRow<S>) -> S {
    let (count, index) = (row.outputs.count, row.classIndex)
    precondition(index >= 0 && index < count, "a class outside the outputs reached the loss")
    let logit = row.outputs[index]
    let logSumExp = row.kernels.softmax(count, row.outputs.base, row.scratch.base)
    if let slope = row.slope {
      for k in 0..<count { slope[k] = row.scale * row.scratch[k] }
      slope[index] -= row.scale
    }
    return logSumExp - logit
  }
}

extension Loss where Self == SoftmaxCrossEntropy {
  /// The cross entropy of the softmax with one class a row; see ``SoftmaxCrossEntropy``.
  ///
  /// - Parameters:
  ///   - classWeights: the weight of each class in the mean, `[K]`; nil gives all the same weight.
  ///   - ignoredIndex: a class index that marks rows without a target. It may lie outside 0 ..< K.
  public static func softmaxCrossEntropy(
    classWeights: [Double]? = nil, ignoredIndex: Int? = nil
  ) -> SoftmaxCrossEntropy {
    SoftmaxCrossEntropy(classWeights: classWeights, ignoredIndex: ignoredIndex)
  }
}

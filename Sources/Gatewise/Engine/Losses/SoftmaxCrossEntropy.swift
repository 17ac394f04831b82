/// Cross entropy of the softmax of the outputs with one class a row: PyTorch's `CrossEntropyLoss`.
///
///     ℓ = log Σ_k exp z_k - z_class        ∂ℓ/∂z_k = softmax(z)_k - [k = class]
///
/// The outputs z are logits; the logarithm of the sum is taken with the largest logit subtracted, so that no finite
/// logit overflows.
public struct SoftmaxCrossEntropy: Loss, Equatable, Codable {
  /// What each class counts in the mean, `[K]`; nil counts all the same.
  public let classWeights: [Double]?
  /// A class index that stands for "no target here": such rows count nothing. It may lie outside 0..<K.
  public let ignoredIndex: Int?

  /// A cross entropy that counts every class the same and ignores none, unless told otherwise.
  public init(classWeights: [Double]? = nil, ignoredIndex: Int? = nil) {
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

  /// - Throws: `GatewiseError.invalidArgument` where the class is neither in 0..<K nor ignored.
  public func validate(classIndex: Int32, outputSize: Int, step: Int, sequence: Int) throws(GatewiseError) {
    guard Int(classIndex) != ignoredIndex, !(0..<outputSize).contains(Int(classIndex)) else { return }
    throw .invalidArgument(
      "The target of step \(step) of sequence \(sequence) is class \(classIndex), but \(outputSize) outputs have "
        + "classes 0 to \(outputSize - 1); correct the target, or name it as the ignored index.")
  }

  /// The class's weight; 0 for the ignored index.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func weight<S: Scalar>(of target: Target<S>) -> S {
    let index = Int(target.classIndex)
    if index == ignoredIndex { return 0 }
    guard let classWeights else { return 1 }
    return S(classWeights[index])
  }

  /// w ℓ and its gradient by the formulas above; see ``Loss``.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func evaluate<S: Scalar>(
    outputs: UnsafePointer<S>, count: Int, target: Target<S>, scale: S, gradient: UnsafeMutablePointer<S>?,
    scratch: UnsafeMutablePointer<S>, kernels: Kernels<S>
  ) -> S {
    let weight = weight(of: target)
    guard weight != 0 else {
      gradient?.update(repeating: 0, count: count)
      return 0
    }
    let index = Int(target.classIndex)
    precondition(index >= 0 && index < count, "a class outside the outputs reached the loss")
    let logit = outputs[index]
    let logSumExp = kernels.softmax(count, outputs, scratch)
    if let gradient {
      let factor = scale * weight
      for k in 0..<count { gradient[k] = factor * scratch[k] }
      gradient[index] -= factor
    }
    return weight * (logSumExp - logit)
  }
}

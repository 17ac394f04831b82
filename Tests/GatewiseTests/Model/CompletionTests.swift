import Testing

@testable import Gatewise

/// What completion finds, `.adam(…)` and its like, has the settings that were given to it.
@Suite struct CompletionTests {
  @Test func optimizers() {
    func check<T: Optimizer>(_ found: T, _ expected: T, _ name: String) {
      print("\(T.name): \(found)")
      #expect(found == expected && T.name == name)
    }
    check(
      .adam(learningRate: 0.5, beta1: 0.25, beta2: 0.125, epsilon: 0.01, weightDecay: 0.75),
      Adam(learningRate: 0.5, beta1: 0.25, beta2: 0.125, epsilon: 0.01, weightDecay: 0.75), "adam")
    check(
      .adamW(learningRate: 0.5, beta1: 0.25, beta2: 0.125, epsilon: 0.01, weightDecay: 0.75),
      AdamW(learningRate: 0.5, beta1: 0.25, beta2: 0.125, epsilon: 0.01, weightDecay: 0.75), "adamw")
    check(
      .lion(learningRate: 0.5, beta1: 0.25, beta2: 0.125, weightDecay: 0.75),
      Lion(learningRate: 0.5, beta1: 0.25, beta2: 0.125, weightDecay: 0.75), "lion")
    check(
      .rmsprop(learningRate: 0.5, decay: 0.25, epsilon: 0.01, momentum: 0.125, weightDecay: 0.75),
      RMSprop(learningRate: 0.5, decay: 0.25, epsilon: 0.01, momentum: 0.125, weightDecay: 0.75), "rmsprop")
    check(
      .sgd(learningRate: 0.5, momentum: 0.25, nesterov: true, weightDecay: 0.75),
      SGD(learningRate: 0.5, momentum: 0.25, nesterov: true, weightDecay: 0.75), "sgd")
  }

  @Test func losses() {
    func loss<T: Loss>(_ loss: T) -> String { "\(T.self)" }
    #expect(loss(.meanSquaredError) == "MeanSquaredError")
    #expect(loss(.binaryCrossEntropy) == "BinaryCrossEntropy")
    #expect(loss(.logisticSquaredError) == "LogisticSquaredError")
    let crossEntropy: SoftmaxCrossEntropy = .softmaxCrossEntropy(classWeights: [1, 2], ignoredIndex: 7)
    #expect(crossEntropy == SoftmaxCrossEntropy(classWeights: [1, 2], ignoredIndex: 7))
  }

  @Test func rules() throws {
    let bptt = GradientRule.bptt(segment: 3, deltaClip: 0.5).definition as? BPTT
    #expect(bptt?.segment == 3 && bptt?.deltaClip == 0.5)
    let truncated = GradientRule.truncatedBPTT(every: 2, depth: 5, deltaClip: 0.5).definition as? TruncatedBPTT
    #expect(truncated?.every == 2 && truncated?.depth == 5 && truncated?.deltaClip == 0.5)
    let cut = GradientRule.recurrentCut(peepholePaths: .outputAttached, deltaClip: 0.5).definition as? RecurrentCut
    #expect(cut?.peepholePaths == .outputAttached && cut?.deltaClip == 0.5)
    let papers =
      GradientRule.truncatedRTRL(lowerLayers: .none, peepholePaths: .attached).definition as? TruncatedRTRL
    #expect(papers?.lowerLayers == LowerLayerPaths.none && papers?.peepholePaths == .attached)
    #expect(GradientRule.rtrl.definition is RTRL)
  }
}

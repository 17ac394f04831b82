import Testing

@testable import Gatewise

/// Every loss against its PyTorch original, mean and gradient.
@Suite struct LossTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let loss: any Loss
    var classes = LossRows.classes
    var isMasked = false
    let mean: Double
    let gradient: [Double]
  }

  static let cases = [
    Case(
      testDescription: "cross entropy", loss: SoftmaxCrossEntropy(), mean: 12.64390815954603,
      gradient: [
        0.044205045526861074, 0.007681685081609108, -0.05188673060847018, -0.01850434698906503, 0.01306009105478294,
        0.005444255934282038, 0.0035092259415414515, -0.05840275554351801, 0.05489352960197655,
        1.1349467175608588e-05, 0.2499886505328244, -0.25,
      ]),
    Case(
      testDescription: "cross entropy, weights and an ignored index",
      loss: SoftmaxCrossEntropy(classWeights: [0.5, 2, 1.25], ignoredIndex: -100), classes: [2, -100, 1, 0],
      mean: 1.5527816124499292,
      gradient: [
        0.05894006070248143, 0.01024224677547881, -0.06918230747796024, 0, 0, 0, 0.00748634867528843,
        -0.12459254515950509, 0.11710619648421663, -0.133327280284173, 0.133327280284173, 2.5715497157754112e-23,
      ]),
    Case(
      testDescription: "cross entropy, weights and a mask", loss: SoftmaxCrossEntropy(classWeights: [0.5, 2, 1.25]),
      isMasked: true, mean: 32.33561379454863,
      gradient: [
        0.057038768421756224, 0.0099118517182053, -0.06695062013996153, -0.002387657676008391, 0.001685173039326831,
        0.0007024846366815533, 0, 0, 0, 2.9288947549957647e-05, 0.6451320013750307, -0.6451612903225806,
      ]),
    Case(
      testDescription: "mean squared error", loss: MeanSquaredError(), mean: 149.77864583333334,
      gradient: [
        0.041666666666666664, -0.20833333333333331, 0.16666666666666666, 0.3333333333333333, -0.0625, -0.125, -0.4375,
        0.125, -0.125, -0.16666666666666666, 1.6666666666666665, -6.833333333333333,
      ]),
    Case(
      testDescription: "mean squared error, a mask", loss: MeanSquaredError(), isMasked: true,
      mean: 365.9282852564102,
      gradient: [
        0.05128205128205129, -0.25641025641025644, 0.20512820512820515, 0.10256410256410257, -0.019230769230769232,
        -0.038461538461538464, 0, 0, 0, -0.4102564102564103, 4.102564102564103, -16.82051282051282,
      ]),
    Case(
      testDescription: "binary cross entropy", loss: BinaryCrossEntropy(), mean: 4.549618873432298,
      gradient: [
        0.03103827760015455, 0.01855834490210907, -0.009933576835176474, -0.003952156098130553, 0.002600781114479691,
        0.026735108402050584, -0.0040951516648963715, 0.005631206349470304, -0.03648529159285016,
        -0.041666666666666664, 0.08332955017760814, -0.08333333333333333,
      ]),
    Case(
      testDescription: "binary cross entropy, a mask", loss: BinaryCrossEntropy(), isMasked: true,
      mean: 10.553534213716741,
      gradient: [
        0.03820095704634407, 0.022841039879518858, -0.0122259407202172, -0.0012160480301940165, 0.000800240342916828,
        0.00822618720063095, 0, 0, 0, -0.10256410256410257, 0.20511889274488157, -0.20512820512820515,
      ]),
    Case(
      testDescription: "logistic squared error", loss: LogisticSquaredError(), mean: 0.3446575047938026,
      gradient: [
        0.02188233136913975, 0.00963761502363865, -0.003128885543419188, -0.0005356356337460786, 0.001942986158490923,
        0.017476338835458703, -0.0008612560545753688, 0.0025196233436982803, -0.02694082133885995, -0.03125,
        1.1348436715747106e-05, -1.0620885638228972e-18,
      ]),
  ]

  @Test(arguments: cases) func `agrees with PyTorch in Double`(_ example: Case) throws {
    let found = try LossRows.mean(example.loss, Double.self, classes: example.classes, masked: example.isMasked)
    let loss = relativeDifference([found.loss], [example.mean])
    let gradient = relativeDifference(found.gradient, example.gradient)
    print("\(example.testDescription): relative difference of loss \(loss), gradient \(gradient)")
    #expect(loss < 1e-14)
    #expect(gradient < 1e-13)
  }

  @Test(arguments: cases) func `agrees with PyTorch in Float`(_ example: Case) throws {
    let found = try LossRows.mean(example.loss, Float.self, classes: example.classes, masked: example.isMasked)
    let loss = relativeDifference([found.loss], [example.mean])
    let gradient = relativeDifference(found.gradient, example.gradient)
    print("\(example.testDescription): relative difference of loss \(loss), gradient \(gradient)")
    #expect(loss < 5e-7)
    #expect(gradient < 1e-6)
  }

  /// Central differences of the loss, whose error at h = 1e-5 is of the order h² = 1e-10 times the third derivative.
  @Test(
    arguments: [SoftmaxCrossEntropy(), MeanSquaredError(), BinaryCrossEntropy(), LogisticSquaredError()] as [any Loss])
  func `has the slope it says`(_ loss: any Loss) throws {
    let kernels = try Kernels<Double>.current()
    let z: [Double] = [0.3, -0.7, 1.9, -2.2, 0]
    let t: [Double] = [0.1, 0.9, 0.5, 0, 1]
    func value(_ z: [Double], scale: Double) -> (loss: Double, slope: [Double]) {
      LossRows.value(of: loss, z, values: t, class: 3, scale: scale, kernels: kernels)
    }
    let slopes = (0..<5).map { k in
      var (above, below) = (z, z)
      above[k] += 1e-5
      below[k] -= 1e-5
      return 0.25 * (value(above, scale: 7).loss - value(below, scale: 7).loss) / 2e-5
    }
    let found = value(z, scale: 0.25)
    let difference = relativeDifference(found.slope, slopes)
    print("\(type(of: loss)): relative difference from central differences \(difference)")
    #expect(difference < 1e-9)
    #expect(found.loss == value(z, scale: 7).loss)
    try #require(found.slope.allSatisfy { $0.isFinite })
    // The public function, on spans and the kernels that every processor has.
    var slope = z
    let (outputs, values) = (z.span, loss.targetKind == .values ? t : [])
    var slopeSpan = slope.mutableSpan
    let plain = loss.evaluate(outputs, values: values.span, class: 3, slope: &slopeSpan)
    #expect(relativeDifference([plain], [found.loss]) < 1e-14)
    #expect(relativeDifference(slope.map { 0.25 * $0 }, found.slope) < 1e-14)
  }
}

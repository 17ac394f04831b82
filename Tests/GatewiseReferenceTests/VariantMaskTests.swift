import GatewiseReference
import Testing

/// Masks of dropout and zoneout that keep everything, or nothing.
@Suite struct VariantMaskTests {
  private let T = 5
  private let N = 3
  private let lengths = [3, 5, 0]
  /// Two levels of two directions: D·P = 4, and twelve columns.
  private let shape = ReferenceShape(
    inputSize: 2, hiddenSizes: [3, 3], peepholes: true, bidirectional: true, projectionSize: 2)

  private func random(masks: ReferenceMasks = ReferenceMasks()) -> ReferenceProblem {
    shape.randomProblem(steps: T, batchSize: N, lengths: lengths, masks: masks, seed: 62)
  }

  /// The same mask for each of the four layers.
  private func layers(_ count: Int, of value: Double) -> [[Double]] {
    Array(repeating: Array(repeating: value, count: count), count: 4)
  }

  @Test func masksThatKeepEverything() {
    func ones(_ count: Int) -> [Double] { Array(repeating: 1, count: count) }
    let kept = random(
      masks: ReferenceMasks(
        betweenLayers: [ones(T * N * 4)], input: [ones(N * 2), ones(N * 4)], recurrent: layers(N * 2, of: 1),
        recurrentWeights: layers(24, of: 1), zoneoutCell: layers(T * N * 3, of: 0),
        zoneoutHidden: layers(T * N * 2, of: 0)))
    let free = random()
    #expect(free.outputs() == kept.outputs())
    #expect(ComplexStep.gradient(of: free) == ComplexStep.gradient(of: kept))
  }

  /// Zoneout of everything keeps the initial state, of which y is a row.
  @Test func zoneoutOfEverything() {
    let kept = random(
      masks: ReferenceMasks(zoneoutCell: layers(T * N * 3, of: 1), zoneoutHidden: layers(T * N * 2, of: 1)))
    let (outputs, v) = (kept.outputs(), kept.variables)
    #expect(outputs.hT == v.h0 && outputs.cT == v.c0)
    for n in 0..<N {
      for t in 0..<lengths[n] {
        let row = Array(outputs.y[(t * N + n) * 4..<(t * N + n + 1) * 4])
        #expect(row == Array(v.h0[2][n * 2..<n * 2 + 2] + v.h0[3][n * 2..<n * 2 + 2]))
      }
    }
  }

  /// Recurrent input, or recurrent weights, that are all dropped equal recurrent weights of zero.
  @Test func droppedRecurrence() {
    let free = random()
    var parameters = free.variables.parameters
    for tensor in shape.tensors where tensor.name.hasPrefix("weight_hh") { for j in tensor.range { parameters[j] = 0 } }
    let deaf = free.changed(parameters: parameters).outputs()
    #expect(random(masks: ReferenceMasks(recurrent: layers(N * 2, of: 0))).outputs() == deaf)
    #expect(random(masks: ReferenceMasks(recurrentWeights: layers(24, of: 0))).outputs() == deaf)
    #expect(deaf != free.outputs())
  }

  /// Values on padding, of the input, of dy and of masks, are never read in either direction.
  @Test func paddingIsNeverRead() {
    /// Rows [T, N, width] with NaN on padding where `isDirty`.
    func padded(_ rows: [Double], width: Int, _ isDirty: Bool) -> [Double] {
      rows.enumerated().map { index, value in
        isDirty && index / width / N >= lengths[index / width % N] ? .nan : value
      }
    }
    func masks(_ isDirty: Bool) -> ReferenceMasks {
      var random = SplitMix(state: 63)
      func drawn(_ width: Int) -> [Double] { padded(random.uniform(T * N * width, in: 0...1), width: width, isDirty) }
      return ReferenceMasks(
        betweenLayers: [drawn(4)], zoneoutCell: (0..<4).map { _ in drawn(3) },
        zoneoutHidden: (0..<4).map { _ in drawn(2) })
    }
    let clean = random(masks: masks(false))
    let dirty = clean.changed(
      input: padded(clean.variables.input, width: 2, true), dy: padded(clean.dy, width: 4, true), masks: masks(true))
    #expect(clean.outputs() == dirty.outputs())
    #expect(ComplexStep.gradient(of: clean) == ComplexStep.gradient(of: dirty))
    #expect(clean.outputs().y.allSatisfy { $0.isFinite })
  }
}

import Foundation
import Testing

@testable import Gatewise

@Suite("States in files")
struct StateTensorsTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func state(_ hiddenSizes: [Int], batchSize: Int) -> LSTMState<Float> {
    var next: Float = 0
    func tensors() -> [Tensor<Float>] {
      hiddenSizes.map { size in
        Tensor(
          checkedShape: [batchSize, size],
          elements: (0..<(batchSize * size)).map { _ in
            next += 1
            return next
          })
      }
    }
    return LSTMState(hidden: tensors(), cell: tensors())
  }

  @Test("A state is written and read back", arguments: [[3], [2, 2, 2], [2, 3], [3, 3, 1]])
  func roundTrip(hiddenSizes: [Int]) throws {
    let configuration = LSTMConfiguration(inputSize: 1, hiddenSizes: hiddenSizes)
    let state = state(hiddenSizes, batchSize: 4)
    try SafetensorsFile.write(state.namedTensors(hidden: "h0", cell: "c0"), to: folder.file("a"))
    let file = try SafetensorsFile(path: folder.file("a"))
    let equal = Set(hiddenSizes).count == 1
    #expect(file["h0"]?.shape == (equal ? [hiddenSizes.count, 4, hiddenSizes[0]] : nil))
    #expect(file["c0_l1"]?.shape == (equal ? nil : [4, hiddenSizes[1]]))
    #expect(try LSTMState(in: file, for: configuration, batchSize: 4) == state)
    #expect(try LSTMState<Float>(in: file, hidden: "hT", cell: "cT", for: configuration, batchSize: 4) == nil)
  }

  @Test("A missing part is zero")
  func half() throws {
    let configuration = LSTMConfiguration(inputSize: 1, hiddenSizes: [2, 2])
    let state = state([2, 2], batchSize: 3)
    try SafetensorsFile.write(StateTensors.named("c0", state.cell), to: folder.file("a"))
    let file = try SafetensorsFile(path: folder.file("a"))
    let read = try #require(try LSTMState<Float>(in: file, for: configuration, batchSize: 3))
    #expect(read.cell == state.cell)
    #expect(read.hidden == LSTMState(zerosFor: configuration, batchSize: 3).hidden)
  }

  @Test("Wrong shapes are refused with both shapes")
  func wrongShapes() throws {
    let two = LSTMConfiguration(inputSize: 1, hiddenSizes: [2, 2])
    let unequal = LSTMConfiguration(inputSize: 1, hiddenSizes: [2, 3])
    let tensor = { (shape: [Int]) in Tensor<Float>(repeating: 0, shape: shape) }
    for (tensors, configuration, words) in [
      (
        ["h0": tensor([2, 4, 2])], two, "tensor h0 has shape [2, 4, 2], but the model and the batch require [2, 3, 2]"
      ),
      (["c0": tensor([12])], two, "tensor c0 has shape [12]"),
      (["h0_l0": tensor([3, 2]), "h0_l1": tensor([3, 2])], two, "in h0 [2, 3, 2]; rename it"),
      (["h0": tensor([2, 3, 2])], unequal, "in h0_l0, h0_l1; rename it"),
      (["h0_l0": tensor([3, 2])], unequal, "has no tensor \"h0_l1\""),
      (["h0_l0": tensor([3, 2]), "h0_l1": tensor([3, 2])], unequal, "tensor h0_l1 has shape [3, 2]"),
    ] {
      try SafetensorsFile.write(tensors.map { .init($0, $1) }, to: folder.file("a"))
      let file = try SafetensorsFile(path: folder.file("a"))
      let error = #expect(throws: GatewiseError.self) {
        try LSTMState<Float>(in: file, for: configuration, batchSize: 3)
      }
      #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }
  }
}

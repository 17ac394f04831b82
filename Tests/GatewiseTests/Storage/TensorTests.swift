import Gatewise
import Testing

@Suite struct TensorTests {
  @Test func rowsMakeAMatrix() throws {
    let matrix = try Tensor<Double>(rows: [[1, 2, 3], [4, 5, 6]])
    #expect(matrix.shape == [2, 3])
    #expect(matrix.elements == [1, 2, 3, 4, 5, 6])
    #expect(matrix[1, 0] == 4)
    #expect(try Tensor<Float>(rows: []).shape == [0, 0])
  }

  @Test func raggedRowsSayWhich() {
    let error = #expect(throws: GatewiseError.self) { try Tensor<Float>(rows: [[1, 2], [3, 4], [5]]) }
    print(error?.description ?? "")
    #expect(error?.description.contains("Row 2") == true)
  }

  @Test func elementsThatDoNotFitAShapeAreWhatIsFound() {
    let error = #expect(throws: GatewiseError.self) { try Tensor<Float>(shape: [2, 3], elements: [1, 2, 3, 4, 5]) }
    print(error?.description ?? "")
    guard case .shapeMismatch(let name, expected: [6], found: [5]) = error else {
      Issue.record("\(error?.description ?? "no error")")
      return
    }
    #expect(name.contains("[2, 3]"))
    for shape in [[-1, 2], [-1, -2], [.max, 2]] {
      let error = #expect(throws: GatewiseError.self) { try Tensor<Float>(shape: shape, elements: [1, 2]) }
      print(error?.description ?? "")
      #expect(error?.description.contains("\(shape)") == true)
    }
  }

  /// `elements` can be set to any array: functions that take the tensor check the number of elements.
  @Test func anotherNumberOfElementsIsFoundWhereTheTensorIsUsed() throws {
    var x = try Tensor<Double>(shape: [3, 2, 1], elements: [1, 2, 3, 4, 5, 6])
    let model = try LSTM<Double>(LSTMConfiguration(inputSize: 1, hiddenSizes: [2]), seed: 1)
    for count in [5, 7, 0] {
      x.elements = Array(repeating: 1, count: count)
      let wrong = x
      for (name, use) in [
        ("forward", { _ = try model.forward(wrong) }),
        ("batch", { _ = try SequenceBatch(inputs: wrong) }),
        ("gradients", { _ = try model.gradients(of: wrong) }),
      ] as [(String, () throws -> Void)] {
        let error = #expect(throws: GatewiseError.self, "\(name)") { try use() }
        print("\(name), \(count) elements: \(error?.description ?? "")")
      }
      var sequence = try Tensor<Double>(shape: [6, 1], elements: [1, 2, 3, 4, 5, 6])
      sequence.elements = wrong.elements
      let short = sequence
      for (sequences, targets) in [
        ([short], ArraySource<Double>.Targets.values([[1]])),
        ([Tensor(repeating: 0, shape: [6, 1])], .valuesPerStep([short])),
      ] {
        let error = #expect(throws: GatewiseError.self) {
          try ArraySource(sequences: sequences, targets: targets, batchSize: 1)
        }
        print("source, \(count) elements: \(error?.description ?? "")")
        #expect(error?.description.contains("sequence 0") == true)
      }
    }
  }
}

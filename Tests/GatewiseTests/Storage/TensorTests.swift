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
}

import Foundation
import GatewiseReference

/// One float64 file of Tests/GatewiseTests/Fixtures, in PyTorch's arrangement.
///
/// Reads safetensors itself, so that this suite needs no code of the engine: eight bytes for the length of a JSON
/// header, the header, then the tensors' bytes.
struct PyTorchFixture {
  private let header: [String: [String: Any]]
  private let bytes: Data

  init(_ name: String) throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let file = try Data(contentsOf: folder.appendingPathComponent("../GatewiseTests/Fixtures/\(name).safetensors"))
    let length = Int(UInt64(littleEndian: file.prefix(8).withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }))
    header = try JSONSerialization.jsonObject(with: file[8..<8 + length]) as! [String: [String: Any]]
    bytes = Data(file[(8 + length)...])
  }

  func has(_ name: String) -> Bool { header[name] != nil }

  func shape(_ name: String) -> [Int] { header[name]!["shape"] as! [Int] }

  /// The values of an F64 tensor.
  func values(_ name: String) -> [Double] {
    precondition(header[name]?["dtype"] as? String == "F64", "no F64 tensor \(name)")
    return words(name).map { Double(bitPattern: $0) }
  }

  /// The values of an I64 tensor.
  func integers(_ name: String) -> [Int] {
    precondition(header[name]?["dtype"] as? String == "I64", "no I64 tensor \(name)")
    return words(name).map { Int(Int64(bitPattern: $0)) }
  }

  private func words(_ name: String) -> [UInt64] {
    let range = header[name]!["data_offsets"] as! [Int]
    return bytes.withUnsafeBytes { bytes in
      stride(from: range[0], to: range[1], by: 8).map {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt64.self))
      }
    }
  }

  /// The layers' rows [L, N, H] of a tensor, one array per layer.
  func layers(_ name: String) -> [[Double]] {
    let (values, count) = (values(name), shape(name)[0])
    let size = values.count / count
    return (0..<count).map { Array(values[$0 * size..<($0 + 1) * size]) }
  }

  /// The flat vector of `shape`, from the tensors named prefix + name: weights of products are transposed, and the two
  /// biases added if `addingBiases`.
  func flatVector(_ shape: ReferenceShape, prefix: String = "", addingBiases: Bool) -> [Double] {
    shape.tensors.flatMap { tensor -> [Double] in
      let values = values(prefix + tensor.name)
      if tensor.name.hasPrefix("weight_") || tensor.name.hasPrefix("head.") && tensor.shape.count == 2 {
        let (rows, columns) = (tensor.shape[0], tensor.shape[1])
        precondition(self.shape(prefix + tensor.name) == [columns, rows])
        return (0..<rows * columns).map { values[$0 % columns * rows + $0 / columns] }
      }
      guard addingBiases, tensor.name.hasPrefix("bias_ih") else { return values }
      let second = self.values(prefix + tensor.name.replacingOccurrences(of: "_ih_", with: "_hh_"))
      return zip(values, second).map(+)
    }
  }
}

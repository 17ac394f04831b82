import Foundation
import Gatewise
import GatewiseRuns
import Testing

@Suite("NumPy files") struct NumPyFileTests {
  private func header(_ text: String, version: UInt8 = 1) -> [UInt8] {
    let bytes = Array(text.utf8)
    let length = version == 1 ? [UInt8(bytes.count & 255), UInt8(bytes.count >> 8)] : [UInt8(bytes.count), 0, 0, 0]
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + bytes
  }

  private func dictionary(_ type: String = "<f4", _ order: String = "False", _ shape: String = "(2, 3)") -> String {
    "{'descr': '\(type)', 'fortran_order': \(order), 'shape': \(shape), }\n"
  }

  @Test("written arrays are read back bit for bit, and begin at a multiple of 64 bytes")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/x.npy"
    for shape in [[2, 3], [1, 2, 3], [6], []] {
      let count = shape.reduce(1, *)
      let values = (0..<count).map { Double($0) / 3 - 1 }
      let tensor = try Tensor(shape: shape, elements: values)
      try NumPyFile.write(tensor, to: path)
      let file = try NumPyFile(path: path)
      #expect(file.dataType == .float64 && file.tensor(Double.self) == tensor)
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)).count % 64 == 8 * count % 64)
      let single = try Tensor(shape: shape, elements: values.map { Float($0) })
      try NumPyFile.write(single, to: path)
      #expect(try NumPyFile(path: path).tensor(Float.self) == single)
      #expect(try NumPyFile(path: path).dataType == .float32)
    }
  }

  @Test("every version of the format is read")
  func versions() throws {
    let folder = try TemporaryFolder()
    let data: [UInt8] = [0, 0, 0x80, 0x3f] + Array(repeating: 0, count: 20)
    for version in UInt8(1)...3 {
      let path = try folder.file("v\(version).npy", header(dictionary(), version: version) + data)
      let tensor = try NumPyFile(path: path).tensor(Float.self)
      #expect(tensor.shape == [2, 3] && tensor.elements == [1, 0, 0, 0, 0, 0])
    }
  }

  @Test("arrays of two or three dimensions are sequences, others are rejected")
  func sequences() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/x.npy"
    try NumPyFile.write(Tensor<Float>(repeating: 1, shape: [4, 3]), to: path)
    #expect(try NumPyFile(path: path).sequences(Double.self, inputSize: 3).shape == [4, 1, 3])
    #expect(sentence { _ = try NumPyFile(path: path).sequences(Float.self, inputSize: 2) }?.contains("[4, 3]") == true)
    try NumPyFile.write(Tensor<Float>(repeating: 1, shape: [4, 0, 3]), to: path)
    #expect(sentence { _ = try NumPyFile(path: path).sequences(Float.self, inputSize: 3) }?.contains(path) == true)
    try NumPyFile.write(Tensor<Float>(repeating: 1, shape: [3]), to: path)
    #expect(sentence { _ = try NumPyFile(path: path).sequences(Float.self, inputSize: 3) } != nil)
  }

  @Test("malformed and damaged files are rejected with a specific error")
  func faults() throws {
    let folder = try TemporaryFolder()
    let data = [UInt8](repeating: 0, count: 24)
    let faults: [(String, [UInt8])] = [
      ("no NumPy file", []), ("not a NumPy file", Array("hello, this is text".utf8)),
      ("not a NumPy file", [0x93, 0x4e]), ("not a NumPy file", header(dictionary(), version: 9) + data),
      ("is truncated", [0x93] + Array("NUMPY".utf8) + [2, 0, 255, 255, 255, 255]),
      ("needs 24", header(dictionary()) + data.dropLast()), ("needs 24", header(dictionary()) + data + [0]),
      ("any file holds", header(dictionary("<f4", "False", "(4611686018427387904, 4611686018427387904)")) + data),
      ("any file holds", header(dictionary("<f8", "False", "(0, 9223372036854775807, 9223372036854775807)"))),
      ("invalid shape", header(dictionary("<f4", "False", "(-2, 3)")) + data),
      ("invalid shape", header(dictionary("<f4", "False", "(99999999999999999999,)")) + data),
      ("not NumPy's", header(dictionary("<f4", "Maybe")) + data), ("type \">f4\"", header(dictionary(">f4")) + data),
      ("type I64", header(dictionary("<i8", "False", "(3,)")) + data),
      ("structured", header("{'descr': [('x', '<f4')]}") + data),
      ("not NumPy's", header("") + data), ("not NumPy's", header("{'shape': (2, 3") + data),
    ]
    for (index, (word, bytes)) in faults.enumerated() {
      let path = try folder.file("\(index).npy", bytes)
      let found = sentence { _ = try NumPyFile(path: path) }
      #expect(found?.hasPrefix(path) == true)
      if !bytes.isEmpty { #expect(found?.contains(word) == true, "\(word)") }
    }
    let kept = try folder.file("kept.npy", "old")
    let blocked = kept + "/x.npy"
    #expect(sentence { try NumPyFile.write(Tensor<Float>(repeating: 0, shape: [1]), to: blocked) } != nil)
  }

  @Test("the header must be exactly Python's literal")
  func literal() throws {
    let folder = try TemporaryFolder()
    let data = [UInt8](repeating: 0, count: 120)
    let shapes: [(String, Bool)] = [
      ("(3, 2, 5)", true), ("(3,2,5,)", true), ("( 3 , 2 , 5 )", true), ("(30,)", true), ("(+3, 2, 5)", false),
      ("(3,,2,5)", false), ("(3 2 5)", false), ("(30)", false), ("(,30)", false), ("(03, 10)", false),
      ("(3_0,)", false), ("[3, 2, 5]", false), ("(3, 2, 5", false), ("(3, (10,))", false), ("(3L, 10L)", false),
      ("(٣, 10)", false),
    ]
    for (shape, isTaken) in shapes {
      let path = try folder.file("x.npy", header(dictionary("<f4", "False", shape)) + data)
      let found = sentence { _ = try NumPyFile(path: path) }
      #expect((found == nil) == isTaken, "\(shape)")
      #expect(isTaken || found?.hasPrefix(path) == true)
    }
    let heads: [(String, Bool)] = [
      ("{\"shape\": (30,), 'fortran_order': False, 'descr': '<f4'}  \n", true),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (30,), 'descr': '<f4'}\n", false),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (30,), 'x': '<f4'}\n", false),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (30,)} x\n", false),
      ("x {'descr': '<f4', 'fortran_order': False, 'shape': (30,)}\n", false),
      ("{'descr': '<f4' 'fortran_order': False, 'shape': (30,)}\n", false),
      ("{'descr' '<f4', 'fortran_order': False, 'shape': (30,)}\n", false),
      ("{'descr': '<f4', 'fortran_order': Falsey, 'shape': (30,)}\n", false),
    ]
    for (head, isTaken) in heads {
      let path = try folder.file("x.npy", header(head) + data)
      #expect((sentence { _ = try NumPyFile(path: path) } == nil) == isTaken, "\(head)")
    }
  }
}

import Foundation
import Testing

@testable import Gatewise

@Suite("Safetensors files")
struct SafetensorsFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("Every bit of Float, Double and Int is read back")
  func roundTrip() throws {
    let floats: [Float] = [1, -0.0, .infinity, .nan, .leastNonzeroMagnitude, 0.1]
    let doubles: [Double] = [.pi, -0.0, -.infinity, .signalingNaN, .leastNonzeroMagnitude, 1e300]
    let metadata = ["quote\"\\": "line\nbreak\u{1}\t", "umlaut ü": "🙂", "": ""]
    let path = folder.file("a.safetensors")
    try SafetensorsFile.write(
      [
        .init("f", try Tensor(shape: [2, 3], elements: floats)), .init("d", try Tensor(shape: [6], elements: doubles)),
        .init("scalar", try Tensor<Float>(shape: [], elements: [7])),
        .init("none", try Tensor<Float>(shape: [0, 4], elements: [])),
        try .init("lengths", shape: [3], integers: [0, -5, .max]),
      ], metadata: metadata, to: path)
    let file = try SafetensorsFile(path: path)
    #expect(file.metadata == metadata)
    #expect(try file.tensor("f", as: Float.self).elements.map(\.bitPattern) == floats.map(\.bitPattern))
    #expect(try file.tensor("f", as: Float.self).shape == [2, 3])
    #expect(try file.tensor("d", as: Double.self).elements.map(\.bitPattern) == doubles.map(\.bitPattern))
    #expect(try file.tensor("scalar", as: Double.self) == Tensor(shape: [], elements: [7]))
    #expect(try file.tensor("none", as: Float.self).shape == [0, 4])
    #expect(try file.integers("lengths") == [0, -5, .max])
    #expect(file["lengths"]?.elementType == .int64)
    #expect(file["absent"] == nil)
  }

  @Test("The bytes are those of the reference implementation")
  func referenceBytes() throws {
    // The file of safetensors.numpy.save_file, version 0.6, with the same tensors: larger types first, then by name.
    let path = folder.file("a.safetensors")
    try SafetensorsFile.write(
      [
        .init("b", try Tensor<Float>(shape: [1], elements: [1])),
        .init("a", try Tensor<Float>(shape: [1], elements: [2])),
        .init("c", try Tensor<Double>(shape: [1], elements: [3])), try .init("i", shape: [1], integers: [4]),
      ], metadata: ["k": "v"], to: path)
    let header =
      #"{"__metadata__":{"k":"v"},"i":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"#
      + #""c":{"dtype":"F64","shape":[1],"data_offsets":[8,16]},"#
      + #""a":{"dtype":"F32","shape":[1],"data_offsets":[16,20]},"#
      + #""b":{"dtype":"F32","shape":[1],"data_offsets":[20,24]}}"#
    let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
    let data = [4, 0x4008_0000_0000_0000, 0x3F80_0000_4000_0000].flatMap { (word: UInt64) in
      withUnsafeBytes(of: word.littleEndian) { Array($0) }
    }
    let expected = try folder.put(header: padded, data: data, "expected")
    #expect(try folder.bytes("a.safetensors") == [UInt8](Data(contentsOf: URL(fileURLWithPath: expected))))
    #expect(padded.utf8.count % 8 == 0)
  }

  @Test("Half and bfloat16 are widened exactly, Double is rounded once")
  func conversions() throws {
    let halves = (0...UInt16.max).filter { Float16(bitPattern: $0).isFinite }
    let bytes = { (words: [UInt16]) in words.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] } }
    let count = halves.count
    let path = try folder.put(
      header: #"{"h":{"dtype":"F16","shape":[\#(count)],"data_offsets":[0,\#(2 * count)]},"#
        + #""b":{"dtype":"BF16","shape":[2],"data_offsets":[\#(2 * count),\#(2 * count + 4)]}}"#,
      data: bytes(halves) + bytes([0x3F80, 0xC049]))
    let file = try SafetensorsFile(path: path)
    // The value of a half from its fields, without a conversion by the compiler.
    let expected = halves.map { word in
      let exponent = Int(word >> 10 & 31)
      let fraction = Double(word & 1023)
      let magnitude = exponent == 0 ? fraction * 0x1p-24 : (1024 + fraction) * exp2(Double(exponent - 25))
      return word >> 15 == 1 ? -magnitude : magnitude
    }
    #expect(try file.tensor("h", as: Double.self).elements == expected)
    #expect(try file.tensor("h", as: Float.self).elements == expected.map(Float.init))
    #expect(try file.tensor("b", as: Float.self).elements == [1, -3.140625])
    try SafetensorsFile.write([.init("d", Tensor(shape: [1], elements: [0.1]))], to: folder.file("d"))
    #expect(try SafetensorsFile(path: folder.file("d")).tensor("d", as: Float.self).elements == [0.1])
  }

  @Test("Integers of every size")
  func integers() throws {
    let path = try folder.put(
      header: #"{"u8":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"i8":{"dtype":"I8","shape":[2],"#
        + #""data_offsets":[2,4]},"u32":{"dtype":"U32","shape":[1],"data_offsets":[4,8]},"i16":{"dtype":"I16","#
        + #""shape":[1],"data_offsets":[8,10]},"bool":{"dtype":"BOOL","shape":[2],"data_offsets":[10,12]},"#
        + #""u64":{"dtype":"U64","shape":[1],"data_offsets":[12,20]}}"#,
      data: [1, 255, 1, 255, 255, 255, 255, 255, 0, 128, 0, 1] + [UInt8](repeating: 255, count: 8))
    let file = try SafetensorsFile(path: path)
    #expect(try file.integers("u8") == [1, 255])
    #expect(try file.integers("i8") == [1, -1])
    #expect(try file.integers("u32") == [4_294_967_295])
    #expect(try file.integers("i16") == [-32768])
    #expect(try file.integers("bool") == [0, 1])
    let error = #expect(throws: GatewiseError.self) { try file.integers("u64") }
    #expect(error?.description.contains("18446744073709551615") == true)
    let wrongType = #expect(throws: GatewiseError.self) { try file.tensor("u8", as: Float.self) }
    #expect(wrongType?.description.contains("\"u8\" has dtype U8") == true, "\(String(describing: wrongType))")
    let missing = #expect(throws: GatewiseError.self) { try file.integers("nothing") }
    #expect(missing?.description.contains("no tensor \"nothing\"; it has \"u8\"") == true)
  }

  @Test("Repeated or reserved names are refused before anything is written")
  func repeatedNames() throws {
    let tensor = try Tensor<Float>(shape: [1], elements: [1])
    for names in [["a", "a"], ["__metadata__"]] {
      #expect(throws: GatewiseError.self) {
        try SafetensorsFile.write(names.map { .init($0, tensor) }, to: folder.file("a"))
      }
    }
    #expect(folder.contents == [])
  }

  @Test("Integers that do not match a shape, and too many tensors, are refused")
  func impossibleTensors() throws {
    #expect(
      throws: GatewiseError.shapeMismatch(
        name: "the list of elements of t (its shape is [2, 2])", expected: [4], found: [3])
    ) {
      try SafetensorsFile.NamedTensor("t", shape: [2, 2], integers: [1, 2, 3])
    }
    for shape in [[-1], [Int.max, 4]] {
      let error = #expect(throws: GatewiseError.self) {
        try SafetensorsFile.NamedTensor("t", shape: shape, integers: [])
      }
      #expect(error?.description.hasPrefix("The shape \(shape) of t is not valid") == true)
    }
    let empty = try SafetensorsFile.NamedTensor("t", shape: [0], integers: [])
    let many = #expect(throws: GatewiseError.self) {
      try SafetensorsFile.write(
        Array(repeating: empty, count: SafetensorsHeader.itemLimit + 1), to: folder.file("a"))
    }
    #expect(many?.description.hasPrefix("A file can have at most \(SafetensorsHeader.itemLimit) tensors") == true)
    let long = #expect(throws: GatewiseError.self) {
      try SafetensorsFile.write(
        [empty], metadata: ["text": String(repeating: "x", count: SafetensorsHeader.lengthLimit)],
        to: folder.file("a"))
    }
    #expect(long?.description.hasPrefix("The names and metadata take") == true)
    #expect(folder.contents == [])
  }

  @Test("A tensor whose elements do not match its shape is refused and no file is left")
  func inconsistentTensor() throws {
    var tensor = try Tensor<Float>(shape: [2], elements: [1, 2])
    tensor.elements.append(3)
    let bad = tensor
    let error = #expect(throws: GatewiseError.self) {
      try SafetensorsFile.write([.init("t", bad)], to: folder.file("a"))
    }
    print(error?.description ?? "")
    guard case .shapeMismatch(_, expected: [2], found: [3]) = error else {
      Issue.record("\(error?.description ?? "no error")")
      return
    }
    #expect(folder.contents == [])
  }
}

import CZlib
import Gatewise
import GatewiseRuns

/// NumPy archives: members changed with their checksums, sizes and places repaired, or headers that lie.
struct ArchiveKind: FuzzedKind {
  let suffix = "npz"
  private let isKeras: Bool
  private let archives: [[Member]]
  private let files: [[UInt8]]

  struct Member {
    var name: String
    var bytes: [UInt8]
  }

  init(_ seeds: Seeds, isKeras: Bool) throws {
    self.isKeras = isKeras
    var archives: [[Member]] = []
    for (index, configuration) in Seeds.configurations.enumerated() {
      let model = try LSTM<Float>(configuration, seed: 1)
      if isKeras, index > 0 { break }
      archives.append(
        Self.members(
          try seeds.written("npz") {
            isKeras ? try model.writeKeras(to: $0) : try model.writeNPZ(to: $0, extras: ["vocabulary": "abc"])
          }))
    }
    let embedded = LSTMConfiguration(
      inputSize: 5, hiddenSizes: [3, 3], isBidirectional: true, embeddingSize: 2, readout: .init(outputSize: 2))
    archives.append(
      Self.members(
        try seeds.written("npz") {
          let model = try LSTM<Double>(embedded, seed: 2)
          isKeras ? try model.writeKeras(to: $0) : try model.writeNPZ(to: $0)
        }))
    self.archives = archives
    files = seeds.files("GatewiseRunsTests/Fixtures", suffix: ".npz")
  }

  /// The members of an archive that holds them stored, as Gatewise writes it.
  private static func members(_ bytes: [UInt8]) -> [Member] {
    var members: [Member] = []
    var place = 0
    func number(_ offset: Int, _ count: Int) -> Int {
      bytes[(place + offset)..<(place + offset + count)].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    while place + 30 < bytes.count, number(0, 4) == 0x0403_4b50 {
      let (nameLength, extraLength) = (number(26, 2), number(28, 2))
      let name = String(decoding: bytes[(place + 30)..<(place + 30 + nameLength)], as: UTF8.self)
      // The size is in the extra field of ZIP64.
      let size = number(30 + nameLength + 4, 8)
      let start = place + 30 + nameLength + extraLength
      members.append(Member(name: name, bytes: Array(bytes[start..<start + size])))
      place = start + size
    }
    return members
  }

  func mutant(_ random: inout RandomStream) -> [UInt8] {
    if !files.isEmpty, random.once(in: 5) { return Mutation.bytes(files.element(&random), tokens: [], &random) }
    var members = archives.element(&random)
    for _ in 0..<random.index(below: 4) where !members.isEmpty { change(&members, &random) }
    var bytes = Self.archive(members, &random)
    if random.once(in: 3) { bytes = Mutation.bytes(bytes, tokens: [], &random) }
    return bytes
  }

  private func change(_ members: inout [Member], _ random: inout RandomStream) {
    let index = random.index(below: members.count)
    let other = random.index(below: members.count)
    switch random.index(below: 9) {
    case 0: members.remove(at: index)
    case 1: members.append(members[index])
    case 2: members.swapAt(index, other)
    case 3: (members[index].bytes, members[other].bytes) = (members[other].bytes, members[index].bytes)
    case 4:
      members[index].name =
        Array(Mutation.text(members[index].name, tokens: ["/", "lstm_1/", ":0", "..", "é"], &random)).text
    case 5: members[index].bytes = NumPyKind.array(&random, isSound: true)
    case 6: members[index].bytes = NumPyKind.array(&random)
    case 7: members[index].bytes = Mutation.bytes(members[index].bytes, tokens: [], &random)
    default:
      // Many zeros, which deflate to nearly nothing.
      let count = 1 << (10 + random.index(below: random.once(in: 20) ? 14 : 8))
      let head =
        "{'descr': '\(["<f4", "|u1", "<f2", "<f8"].element(&random))', "
        + "'fortran_order': False, 'shape': (\(count),), }\n"
      let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0]
      let size = head.contains("f8") ? 8 : head.contains("f4") ? 4 : head.contains("f2") ? 2 : 1
      members[index].bytes =
        magic + UInt16(head.utf8.count).bytes + Array(head.utf8) + [UInt8](repeating: 0, count: size * count)
    }
  }

  /// An archive of members, some of them deflated, its numbers mostly right.
  private static func archive(_ members: [Member], _ random: inout RandomStream) -> [UInt8] {
    var (bytes, directory): ([UInt8], [UInt8]) = ([], [])
    let deflates = random.once(in: 2)
    let lie = random.once(in: 3) && !members.isEmpty ? random.index(below: members.count) : -1
    for (index, member) in members.enumerated() {
      let data = deflates ? deflated(member.bytes) : member.bytes
      var sum = UInt32(crc32(0, member.bytes, uInt(member.bytes.count)))
      var (size, packed, place) = (UInt32(member.bytes.count), UInt32(data.count), UInt32(bytes.count))
      if index == lie {
        let wrong = [0, 1, .max, .max - 1, UInt32(random.index(below: 1 << 24))].element(&random)
        switch random.index(below: 4) {
        case 0: sum = wrong
        case 1: size = wrong
        case 2: packed = wrong
        default: place = wrong
        }
      }
      let name = Array(member.name.utf8)
      let common =
        UInt16(20).bytes + UInt16(0).bytes + UInt16(deflates ? 8 : 0).bytes + UInt32(0).bytes + sum.bytes + packed.bytes
        + size.bytes + UInt16(truncatingIfNeeded: name.count).bytes
      directory += UInt32(0x0201_4b50).bytes + UInt16(20).bytes + common + UInt16(0).bytes + UInt16(0).bytes
      directory += UInt16(0).bytes + UInt16(0).bytes + UInt32(0).bytes + place.bytes + name
      bytes += UInt32(0x0403_4b50).bytes + common + UInt16(0).bytes + name + data
    }
    let end = UInt32(bytes.count)
    return bytes + directory + UInt32(0x0605_4b50).bytes + UInt32(0).bytes + UInt16(members.count).bytes
      + UInt16(members.count).bytes + UInt32(directory.count).bytes + end.bytes + UInt16(0).bytes
  }

  private static func deflated(_ bytes: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    let size = Int32(MemoryLayout<z_stream>.size)
    deflateInit2_(&stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
    defer { deflateEnd(&stream) }
    var (input, output) = (bytes, [UInt8](repeating: 0, count: Int(deflateBound(&stream, uLong(bytes.count)))))
    let count = input.withUnsafeMutableBufferPointer { source in
      output.withUnsafeMutableBufferPointer { target in
        (stream.next_in, stream.avail_in) = (source.baseAddress, uInt(source.count))
        (stream.next_out, stream.avail_out) = (target.baseAddress, uInt(target.count))
        deflate(&stream, Z_FINISH)
        return target.count - Int(stream.avail_out)
      }
    }
    return Array(output[..<count])
  }

  func read(_ path: String) throws {
    let file = try NPZFile(path: path)
    var refused: (any Error)?
    do {
      if isKeras {
        _ = try KerasWeights(file).model(.init(), as: Float.self)
      } else {
        _ = try ModelFile(file).model(as: Float.self)
      }
    } catch { refused = error }
    for entry in file.entries {
      if entry.elementType.isFloatingPoint {
        _ = try file.tensor(entry.name, as: Float.self)
      } else {
        _ = try file.integers(entry.name)
      }
    }
    if let refused { throw refused }
  }

  /// What the members say that they take, as far as the archive may be believed.
  func size(_ bytes: [UInt8]) -> Int {
    var size = 0
    var place = 0
    // Headers of the directory, wherever they are.
    while let found = bytes[place...].firstRange(of: [0x50, 0x4B, 1, 2]) {
      place = found.upperBound
      guard place + 24 <= bytes.count else { break }
      size += bytes[(place + 20)..<(place + 24)].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    // Gatewise reads no more than 12 MiB beyond the file's size.
    return max(bytes.count, min(size, bytes.count + 12 << 20))
  }
}

extension [UInt8] {
  var text: String { String(decoding: self, as: UTF8.self) }
}

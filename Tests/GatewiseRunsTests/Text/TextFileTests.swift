import CAllocationCounter
import Foundation
import Gatewise
import Testing

@testable import GatewiseRuns

@Suite("Texts in files") struct TextFileTests {
  /// Files kept in memory and files read in pieces, ASCII only and not, with characters on all borders of chunks.
  private static let files: [[UInt8]] = [
    TextReference.text(characters: 300_000, rare: 2, seed: 1), Array("short\n".utf8),
    TextReference.text(characters: 70_000, rare: .max, seed: 2),
    TextReference.text(characters: 9_000, rare: 5, seed: 3),
    TextReference.text(characters: 150_001, rare: 40, seed: 4),
  ]

  private func write(_ files: [[UInt8]], in folder: TemporaryFolder) throws -> [String] {
    try files.enumerated().map { try folder.file("\($0).txt", $1) }
  }

  @Test("gives the same batches as the text in memory, from any place", arguments: TextUnit.allCases, [5, 1])
  func batches(unit: TextUnit, count: Int) throws {
    let folder = try TemporaryFolder()
    let files = Array(Self.files.prefix(count))
    let data = try TextData(paths: write(files, in: folder), unit: unit, validationFraction: 0.05)
    let tokens = TextReference(files, unit: unit).tokens
    let split = tokens.count - Int((Double(tokens.count) * 0.05).rounded())
    #expect(data.training.count == split && data.validation.count == tokens.count - split)
    let (training, validation) = (Array(tokens[..<split]), Array(tokens[split...]))
    #expect(try data.training.array() == training)
    #expect(try data.validation.array() == validation)

    let (streams, window) = (7, 4099)
    var source = try data.trainingSource(Float.self, batchSize: streams, window: window)
    var batch = source.makeBatch()
    func expectBatch(_ position: Int, epoch: Int) throws {
      #expect(source.place == SourcePlace(epoch: epoch, position: position))
      #expect(try source.next(into: &batch))
      try batch.validate()
      let right = TextReference.batch(position, of: training, streams: streams, window: window)
      #expect(batch.tokens == right.tokens && batch.classes == right.classes)
      #expect(batch.continuesState == (position > 0))
    }
    for epoch in 0..<2 {
      for position in 0..<source.batchesPerEpoch { try expectBatch(position, epoch: epoch) }
      #expect(try !source.next(into: &batch))
    }
    var random = RandomStream(seed: 5)
    for _ in 0..<20 {
      let place = SourcePlace(epoch: random.index(below: 3), position: random.index(below: source.batchesPerEpoch - 1))
      try source.go(to: place)
      for position in place.position...(place.position + 1) { try expectBatch(position, epoch: place.epoch) }
    }
    print("\(unit.rawValue), \(count) files: \(tokens.count) tokens, \(source.batchesPerEpoch) batches an epoch")
    #expect(throws: GatewiseError.self) { try source.go(to: SourcePlace(epoch: 0, position: .max)) }

    var held = try #require(try data.validationSource(Float.self, batchSize: streams, window: window))
    var (position, last) = (0, held.makeBatch())
    while try held.next(into: &last) {
      let right = TextReference.batch(position, of: validation, streams: held.batchSize, window: window)
      #expect(last.tokens == right.tokens && last.classes == right.classes)
      position += 1
    }
    #expect(position == held.batchesPerEpoch)
  }

  @Test("accepts the same UTF-8 as the standard library, and keeps nothing of an invalid file")
  func validity() throws {
    let folder = try TemporaryFolder()
    var random = RandomStream(seed: 9)
    // First and following bytes on both sides of the valid ranges.
    let first: [UInt8] = [
      0x41, 0x7f, 0x80, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf4, 0xf5, 0xff,
    ]
    let following: [UInt8] = [0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0x80, 0x90, 0xa0, 0xbf, 0xc0, 0x41]
    var (valid, known): (Int, Set<Unicode.Scalar>) = (0, [])
    var scan = TextScan(unit: .characters)
    for number in 0..<2000 {
      let lead = first[random.index(below: first.count)]
      let length = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
      let cut = random.index(below: 8) == 0 ? 1 : 0
      let bytes = [lead] + (0..<max(length - 1 - cut, 0)).map { _ in following[random.index(below: following.count)] }
      let before = scan.checksum
      let part = try scan.add(DataFile(path: folder.file("\(number)", bytes)))
      let text = String(validating: bytes, as: UTF8.self)
      #expect((part == nil) == (text == nil), "\(bytes)")
      if let text {
        valid += 1
        known.formUnion(text.unicodeScalars)
        #expect(part?.count == text.unicodeScalars.count)
      } else {
        #expect(scan.checksum == before)
      }
    }
    #expect(scan.vocabulary.scalars == known.sorted())
    print("\(valid) of 2000 are UTF-8, with \(scan.vocabulary.count) different characters")
    #expect(valid > 400 && valid < 1600)
  }

  @Test("a file that becomes shorter is detected, and the place is unchanged")
  func shrinking() throws {
    let folder = try TemporaryFolder()
    for unit in TextUnit.allCases {
      let path = try folder.file("t.txt", Self.files[0])
      let data = try TextData(paths: [path], unit: unit)
      var source = try data.trainingSource(Float.self, batchSize: 3, window: 50)
      var batch = source.makeBatch()
      for _ in 0..<2 { _ = try source.next(into: &batch) }
      #expect(truncate(path, 1000) == 0)
      #expect(sentence { _ = try source.next(into: &batch) }?.contains("became shorter") == true)
      #expect(source.place.position == 2)
      #expect(sentence { _ = try data.training.array() }?.hasPrefix(path) == true)
      let handle = try #require(FileHandle(forWritingAtPath: path))
      try handle.seek(toOffset: 0)
      try handle.write(contentsOf: Data(Self.files[0]))
      try handle.close()
      #expect(try source.next(into: &batch))
      let tokens = try data.training.array()
      #expect(batch.tokens == TextReference.batch(2, of: tokens, streams: 3, window: 50).tokens)
    }
  }

  @Test("a changed file gives an error")
  func overwriting() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("t.txt", Self.files[0])
    let data = try TextData(paths: [path])
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.write(contentsOf: Data(repeating: 0xe9, count: Self.files[0].count))
    try handle.close()
    var source = try data.trainingSource(Float.self, batchSize: 3, window: 50)
    var batch = source.makeBatch()
    #expect(sentence { _ = try source.next(into: &batch) }?.contains("was changed") == true)
  }

  @Test("the steady state allocates nothing, over the ends of files and of epochs")
  func allocations() throws {
    let folder = try TemporaryFolder()
    for unit in TextUnit.allCases {
      let data = try TextData(paths: write(Self.files, in: folder), unit: unit)
      var source = try data.trainingSource(Float.self, batchSize: 5, window: 999)
      var batch = source.makeBatch()
      allocation_counter_start()
      for _ in 0..<(source.batchesPerEpoch + 3) { _ = try source.next(into: &batch) }
      let count = allocation_counter_stop()
      print("\(unit.rawValue): \(count) allocations in \(source.batchesPerEpoch) batches")
      #expect(count == 0)
    }
  }

  @Test("the fingerprint distinguishes bytes, units and splits, and depends only on them")
  func fingerprints() throws {
    let folder = try TemporaryFolder()
    var bytes = Self.files[0]
    let path = try folder.file("a.txt", bytes)
    let first = try TextData(paths: [path])
    let copy = try TextData(paths: [folder.file("b.txt", bytes)])
    #expect(first.fingerprint == copy.fingerprint)
    bytes[bytes.count - 1] = bytes.last! == 0x61 ? 0x62 : 0x61
    var seen: Set = [first.fingerprint]
    let others = [
      try TextData(paths: [path], unit: .bytes), try TextData(paths: [path], validationFraction: 0.2),
      try TextData(paths: [folder.file("b.txt", bytes)], unit: .bytes),
      try TextData(paths: [path], vocabulary: Vocabulary(charactersOf: first.vocabulary.scalars + ["\u{1}"])),
    ]
    for other in others { #expect(seen.insert(other.fingerprint).inserted) }
    print(seen.sorted())
  }
}

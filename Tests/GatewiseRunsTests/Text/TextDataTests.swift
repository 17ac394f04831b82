import Foundation
import Gatewise
import GatewiseRuns
import Testing

@Suite("Text files") struct TextDataTests {
  @Test("a folder gives its text files in order, untouched")
  func folder() throws {
    let folder = try TemporaryFolder()
    _ = try folder.file("b.swift", "B\r\n")
    _ = try folder.file("a/z.swift", "z\n")
    _ = try folder.file("a/y.md", "y\n")
    _ = try folder.file("a/.hidden.swift", "hidden")
    _ = try folder.file(".git/config.swift", "hidden")
    _ = try folder.file("a/empty.swift", "")
    _ = try folder.file("a/image.swift", [0x89, 0x50, 0, 1])
    _ = try folder.file("a/latin.swift", [0x61, 0xe9, 0x62])
    let all = try TextData(paths: [folder.path], validationFraction: 0)
    print("read", all.files.count, "skipped", all.skipped.map { URL(fileURLWithPath: $0).lastPathComponent })
    #expect(try all.vocabulary.decode(all.training.array()) == "y\nz\nB\r\n")
    #expect(all.files.count == 3 && all.skipped.count == 3)
    let swift = try TextData(paths: [folder.path], extensions: ["swift"], validationFraction: 0)
    #expect(try swift.vocabulary.decode(swift.training.array()) == "z\nB\r\n")
    let bytes = try TextData(paths: [folder.path + "/a/latin.swift"], unit: .bytes, validationFraction: 0)
    #expect(try bytes.training.array() == [0x61, 0xe9, 0x62])
  }

  @Test("the end is held out, and its characters are in the vocabulary")
  func split() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("t.txt", String(repeating: "a", count: 90) + String(repeating: "b", count: 10))
    let data = try TextData(paths: [path], validationFraction: 0.1)
    #expect(data.training.count == 90 && data.validation.count == 10)
    #expect(try data.vocabulary.decode(data.validation.array()) == String(repeating: "b", count: 10))
    #expect(data.vocabulary.count == 2)
  }

  @Test("each fault gives one sentence that names the file")
  func faults() throws {
    let folder = try TemporaryFolder()
    let faults: [(String, String)] = [
      (folder.path + "/none.txt", "none.txt"), (try folder.file("empty.txt", ""), "empty"),
      (try folder.file("nul.txt", [0x61, 0, 0x62]), "byte 1 is NUL"),
      (try folder.file("latin.txt", [0x61, 0xe9, 0x62]), "not text in UTF-8"), ("/dev/zero", "/dev/zero"),
      (try folder.file("only/x.bin", [0]).replacing("/x.bin", with: ""), "holds no text files"),
    ]
    for (path, word) in faults {
      let found = sentence { _ = try TextData(paths: [path]) }
      #expect(found?.hasPrefix(path) == true && found?.contains(word) == true)
    }
    #expect(sentence { _ = try TextData(paths: []) } != nil)
    let path = try folder.file("t.txt", "abc\nabd")
    let known = Vocabulary(charactersOf: "abc\n".unicodeScalars)
    let found = sentence { _ = try TextData(paths: [path], vocabulary: known) }
    #expect(found?.contains("line 2 has the character 'd' (U+0064)") == true)
    #expect(sentence { _ = try TextData(paths: [path], validationFraction: 1) } != nil)
  }

  @Test("a text too short for its batch and window is refused with what it needs")
  func short() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("t.txt", String(repeating: "ab", count: 50))
    let data = try TextData(paths: [path], validationFraction: 0.1)
    func source(_ batchSize: Int, _ window: Int) throws {
      let _: TextSource<Float> = try data.trainingSource(batchSize: batchSize, window: window)
    }
    try source(8, 11)
    #expect(sentence { try source(9, 10) }?.contains("need 91") == true)
    #expect(sentence { try source(.max, 2) }?.contains("too short") == true)
    #expect(sentence { try source(0, 2) } != nil)
    #expect(sentence { try source(2, 0) } != nil)
    let one = try TextData(paths: [try folder.file("u.txt", "abcdefghij")])
    #expect(sentence { let _: TextSource<Float>? = try one.validationSource(batchSize: 1, window: 4) } != nil)
    let none = try TextData(paths: [path], validationFraction: 0)
    let nothing = try none.validationSource(Float.self, batchSize: 1, window: 4)
    #expect(nothing.map(\.window) == nil)
  }
}

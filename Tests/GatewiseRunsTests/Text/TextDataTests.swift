import Foundation
import Gatewise
import GatewiseRuns
import Testing

@Suite("Text files") struct TextDataTests {
  @Test("the text files of a folder are read in order, unchanged")
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

  @Test(
    "a byte-order mark at a file's start is not part of the text, and line ends are converted on request",
    arguments: [40, 400_000], TextLineEnds.allCases)
  func markAndLineEnds(size: Int, _ lineEnds: TextLineEnds) throws {
    let folder = try TemporaryFolder()
    var random = RandomStream(seed: 8)
    // \r and \n in every order, also at the borders of files and of the pieces that are read together; a mark inside.
    let pieces = ["\r\n", "\r", "\n", "a", "bc", "é", "漢", "\u{FEFF}", "plain letters", "\r\r\n"]
    func text() -> String {
      var text = ""
      while text.utf8.count < size { text += pieces[random.index(below: pieces.count)] }
      return text
    }
    // If all characters are ASCII, there is no index.
    let ascii = String(repeating: "0123456789abcde\r\n", count: size / 17 + 1)
    let files = [text() + "\r", "\n" + text(), ascii, text()]
    let paths = try files.enumerated().map { try folder.file("\($0).txt", ($0 == 1 ? "" : "\u{FEFF}") + $1) }
    let data = try TextData(paths: paths, validationFraction: 0.3, lineEnds: lineEnds)
    let expected = files.map { file in
      lineEnds == .keep
        ? Array(file.unicodeScalars)
        : file.replacingOccurrences(of: "\r\n", with: "\n", options: .literal).unicodeScalars.map(\.self)
    }.joined()
    let scalars = try (data.training.array() + data.validation.array()).map { data.vocabulary.scalars[Int($0)] }
    #expect(scalars.elementsEqual(expected))
    #expect(data.vocabulary == Vocabulary(charactersOf: expected))
    // From any position.
    for _ in 0..<20 {
      let (first, count) = (random.index(below: data.training.count - 20), 1 + random.index(below: 19))
      let some = try data.training.array(in: first..<(first + count)).map { data.vocabulary.scalars[Int($0)] }
      #expect(some == Array(scalars[first..<(first + count)]))
    }
    let alone = try TextData(paths: [paths[2]], validationFraction: 0, lineEnds: lineEnds)
    let last = try alone.training.array(in: (alone.training.count - 1)..<alone.training.count)
    #expect(alone.vocabulary.decode(last) == "\n" && alone.vocabulary.token(of: "\u{FEFF}") == nil)
    print("\(lineEnds.rawValue), \(size) bytes a file: \(scalars.count) characters, \(data.vocabulary.count) different")
    // With bytes as the unit they are unchanged.
    let bytes = try TextData(paths: [paths[0]], unit: .bytes, validationFraction: 0)
    #expect(try bytes.training.array().prefix(3) == [0xef, 0xbb, 0xbf])
    #expect(try bytes.training.count == Data(contentsOf: URL(filePath: paths[0])).count)
    #expect(sentence { _ = try TextData(paths: [paths[0]], unit: .bytes, lineEnds: .lf) } != nil)
  }

  @Test("a file with only a byte-order mark is not text, and a given vocabulary reports a missing line end")
  func markAlone() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("only/mark.txt", "\u{FEFF}")
    #expect(sentence { _ = try TextData(paths: [path]) }?.contains("a byte-order mark and no text") == true)
    #expect(sentence { _ = try TextData(paths: [folder.path + "/only"]) }?.contains("holds no text files") == true)
    let known = Vocabulary(charactersOf: "ab\n".unicodeScalars)
    let text = try folder.file("t.txt", "\u{FEFF}ab\r\nab")
    let found = sentence { _ = try TextData(paths: [text], vocabulary: known) }
    #expect(found?.contains("line 1 has the character U+000D") == true && found?.contains("--line-ends lf") == true)
    let read = try TextData(paths: [text], validationFraction: 0, vocabulary: known, lineEnds: .lf)
    #expect(try known.decode(read.training.array()) == "ab\nab")
    // The vocabulary of a text that was trained with a mark keeps it.
    let marked = Vocabulary(charactersOf: "\u{FEFF}ab\r\n".unicodeScalars)
    #expect(try marked.decode(marked.encode("\u{FEFF}a\r\nb")) == "\u{FEFF}a\r\nb")
    #expect(try known.decode(known.encode("\u{FEFF}a\r\nb")) == "a\nb")
    #expect(sentence { _ = try known.encode("a\u{FEFF}") }?.contains("U+FEFF") == true)
    #expect(sentence { _ = try known.encode("a\rb") }?.contains("U+000D") == true)
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

  @Test("each fault has a specific error that names the file")
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

  @Test("a text too short for its batch and window is rejected with the length needed")
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

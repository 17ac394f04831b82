import Foundation
import Gatewise
import GatewiseRuns
import Testing

@Suite("Vocabularies") struct VocabularyTests {
  @Test("decoding the tokens of a text gives the same text")
  func roundTrip() throws {
    let text = "naïve e\u{301}\r\n\t👩‍🔬 \u{0}z"
    let vocabulary = Vocabulary(charactersOf: text.unicodeScalars)
    let tokens = try vocabulary.encode(text)
    print("\(text.count) characters, \(tokens.count) scalars, \(vocabulary.count) different")
    #expect(Array(vocabulary.decode(tokens).utf8) == Array(text.utf8))
    #expect(tokens.count == text.unicodeScalars.count)
    #expect(tokens.allSatisfy { $0 >= 0 && Int($0) < vocabulary.count })
    #expect(vocabulary.scalars == vocabulary.scalars.sorted())
    let bytes = try Vocabulary.bytes.encode(text)
    #expect(bytes.map { UInt8($0) } == Array(text.utf8))
    #expect(Array(Vocabulary.bytes.decode(bytes).utf8) == Array(text.utf8))
    #expect(Vocabulary.bytes.count == 256)
  }

  @Test("an unknown character of a prompt is reported with its position")
  func unknown() {
    let vocabulary = Vocabulary(charactersOf: "abc\n".unicodeScalars)
    let found = sentence { _ = try vocabulary.encode("abcéa") }
    #expect(found?.contains("Character 4 of the prompt, 'é' (U+00E9)") == true)
    #expect(sentence { _ = try vocabulary.encode("a b") }?.contains("U+0020") == true)
    #expect(vocabulary.token(of: "\u{10FFFF}") == nil)
  }

  @Test("a vocabulary in a model file is read back, and a damaged one is rejected")
  func json() throws {
    let vocabulary = Vocabulary(charactersOf: "\u{0}\u{1F}\"\\/aé\u{301}👩".unicodeScalars)
    for data in [ModelData.text(vocabulary: vocabulary), .text(vocabulary: .bytes)] {
      print(data.json)
      #expect(try ModelData.read(from: [ModelData.extraName: data.json], path: "m") == data)
    }
    #expect(try ModelData.read(from: [:], path: "m") == nil)
    for json in [
      "", "{}", #"{"text":{"vocabulary":{"unit":"characters","characters":"ba"}}}"#,
      #"{"text":{"vocabulary":{"unit":"characters","characters":""}}}"#,
      #"{"text":{"vocabulary":{"unit":"words"}}}"#,
    ] {
      let found = sentence { _ = try ModelData.read(from: [ModelData.extraName: json], path: "m.safetensors") }
      #expect(found?.hasPrefix("m.safetensors: ") == true)
    }
  }
}

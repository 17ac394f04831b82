import Foundation
import Gatewise
import GatewiseRuns
import Testing

@Suite struct RunFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func `written options are read back for any strings`() throws {
    let texts = [
      "plain", "0.001", "-3", "true", "no", "null", "~", "with space", "a: b", "#", "[x]", "{x}", "\"quoted\"",
      "back\\slash",
      "line\nbreak", "tab\t", "ü 😀", " leading", "trailing ", "*", "&a", "!tag", "|", ">", "%", "@", "`", "a#b", "1e5",
      "\u{7F}\u{1}",
    ]
    let options =
      texts.enumerated().map { RunFile.Option("option-\($0.offset)", .one($0.element)) }
      + [RunFile.Option("all", .several(texts))]
    let path = try folder.file("run.yaml", RunFile(options).text(heading: "a heading"))
    let found = try RunFile(contentsOf: path).options
    #expect(found.map(\.name) == options.map(\.name))
    #expect(found.map(\.value) == options.map(\.value))
    #expect(found.map(\.line) == Array(2...(options.count + 1)))
  }

  @Test(arguments: [
    ("hidden: [1", "is not valid YAML: line"), ("hidden", "holds no options"), ("- a\n- b", "holds no options"),
    ("# none", "holds no options"),
    ("a: 1\nhidden:", "line 2 gives hidden no value"), ("hidden: []", "gives hidden no value"),
    ("a: 1\nb: {c: 1}", "line 2 gives b no value"), ("? [x]\n: 1", "does not begin with the name of an option"),
    ("a: 1\nb: 2\na: 3", "a is given twice"), ("a: \u{1}", "is not valid YAML"),
  ])
  func `what is no run file is refused in one sentence`(_ text: String, _ words: String) throws {
    let path = try folder.file("bad.yaml", text)
    let said = try #require(sentence { _ = try RunFile(contentsOf: path) })
    #expect(said.contains(words) && said.contains("bad.yaml"), "\(said)")
  }

  @Test func `the error for a missing file names it`() throws {
    let said = try #require(sentence { _ = try RunFile(contentsOf: folder.path + "/none.yaml") })
    #expect(said.contains("none.yaml"))
  }

  @Test(arguments: ["[", "{"])
  func `a mapping whose key means more than can be compared is refused`(_ bracket: String) throws {
    var text = "a0: &a0 [x, y]\n"
    for level in 1...14 {
      let items = (0..<10).map { bracket == "[" ? "*a\(level - 1)" : "k\($0): *a\(level - 1)" }
      text += "a\(level): &a\(level) \(bracket)\(items.joined(separator: ", "))\(bracket == "[" ? "]" : "}")\n"
    }
    for key in ["? *a14\n: 1\n", "b: {*a14 : 1}\n"] {
      let path = try folder.file("bomb.yaml", text + key)
      let said = try #require(sentence { _ = try RunFile(contentsOf: path) })
      #expect(said.hasPrefix(path))
    }
  }

  @Test func `nested keys are rejected before they are compared`() throws {
    let deep = String(repeating: "{", count: 200) + "a" + String(repeating: ": 1}", count: 200) + ": 1\n"
    for text in [String(repeating: deep, count: 150), String(repeating: "? ", count: 100_000) + "a"] {
      let path = try folder.file("deep.yaml", text)
      #expect(sentence { _ = try RunFile(contentsOf: path) }?.contains("more than options need") == true)
    }
  }

  @Test func `an anchor is rejected with its line, and an ampersand in a string is not an anchor`() throws {
    let path = try folder.file("run.yaml", "seed: 1\nhidden: &sizes [128]\n")
    #expect(sentence { _ = try RunFile(contentsOf: path) }?.contains("line 2 has an anchor (&)") == true)
    let other = try folder.file("other.yaml", "text: [a&b.txt, \"&c\", 'd & e', f \u{E000}&]\nout: a & b\n")
    let values = try RunFile(contentsOf: other).options.map(\.value)
    #expect(values == [.several(["a&b.txt", "&c", "d & e", "f \u{E000}&"]), .one("a & b")])
  }
}

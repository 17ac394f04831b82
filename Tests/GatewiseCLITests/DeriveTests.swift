import Foundation
import Testing

@Suite("gatewise derive")
struct DeriveTests {
  @Test("derives a gradient in a stack of two layers, and its values agree with the engine")
  func answers() throws {
    let question = ["derive", "--layers", "2", "--weight", "layer0.forget.recurrent", "--rule", "truncated-rtrl"]
    let text = try Executable.succeed(question).output
    for words in [
      "layer0.forget.recurrent[0,0]", "One layer says", "The stack adds this",
      "from the output gate, around the cell state",
      "equation 3.12", "complex step", "lines agree with the engine",
    ] {
      #expect(text.contains(words), "\(words)")
    }
    #expect(try Executable.succeed(question).output == text)
    #expect(try Executable.succeed(question + ["--seed", "2"]).output != text)
  }

  @Test(
    "writes all formats for all rules",
    arguments: [
      "--rule bptt --format markdown", "--rule rtrl --hidden 3,1 --format text", "--rule recurrent-cut --format latex",
      "--rule truncated-rtrl --lower-layers none", "--rule truncated-rtrl --peepholes --peephole-paths all --window 1",
      "--rule tbptt --every 2 --depth 3 --window 5 --format latex", "--rule tbptt --every 4 --depth 4 --layers 1",
    ])
  func formats(_ options: String) throws {
    let arguments = ["derive", "--weight", "layer0.output.input[1,0]"] + options.split(separator: " ").map(String.init)
    let text = try Executable.succeed(arguments).output
    #expect(text.contains("agree with the engine"))
    if options.contains("latex") { #expect(text.hasPrefix("\\documentclass") && text.hasSuffix("\\end{document}\n")) }
    if options.contains("markdown") { #expect(text.hasPrefix("# ")) }
  }

  @Test("derives truncated BPTT block by block")
  func blocks() throws {
    let text = try Executable.succeed([
      "derive", "--weight", "layer0.forget.recurrent", "--rule", "tbptt", "--every", "2", "--depth", "3", "--window",
      "5",
    ]).output
    for words in [
      "The errors of steps 3 to 4 go back through steps 2 to 4.", "Block 2. The state of step 1, before the block",
      "[ f[0,k](t+1)·dc{2}[0,k](t+1) ]", "the state before a block", "recorded constant",
      "∂E_3/∂w   the errors of step 5", "complex step",
      "lines agree with the engine",
    ] {
      #expect(text.contains(words), "\(words)")
    }
  }

  @Test("writes a picture, and a page with all rules on which the given one is selected")
  func pictures() throws {
    let weight = ["derive", "--weight", "layer0.forget.recurrent[1,0]", "--rule", "truncated-rtrl"]
    let svg = try Executable.succeed(weight + ["--format", "svg"]).output
    #expect(svg.hasPrefix("<svg ") && svg.hasSuffix("</svg>\n") && svg.contains("(R1)") && !svg.contains("<script"))
    let html = try Executable.succeed(weight + ["--format", "html", "--lower-layers", "none"]).output
    #expect(html.hasPrefix("<!doctype html>") && html.hasSuffix("</html>\n"))
    #expect(html.contains("value=\"r0\" autocomplete=\"off\" checked") && html.contains("equation 3.12"))
  }

  @Test(
    "writes a file atomically, with the same bytes as standard output", arguments: ["text", "html", "svg"])
  func output(_ format: String) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "derive-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "derivation").path
    let arguments = ["derive", "--weight", "layer0.input.bias", "--format", format]
    #expect(try Executable.succeed(arguments + ["--output", file]).output.isEmpty)
    #expect(try String(contentsOfFile: file, encoding: .utf8) == Executable.succeed(arguments).output)
    try Executable.fail(arguments + ["--output", folder.path], status: 1, saying: folder.path)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["derivation"])
  }

  @Test(
    "reports invalid options in one sentence",
    arguments: [
      ("--weight layer5.forget.bias", "no layer 5"), ("--weight layer0.forget.bias[7]", "but is 7"),
      ("--weight layer0.candidate.peephole --peepholes", "candidate has no peephole"),
      ("--weight layer0.input.peephole", "--peepholes"), ("--weight forget", "names no weight"), ("", "--weight"),
      ("--weight layer0.input.bias --rule tbptt", "--every"),
      ("--weight layer0.input.bias --rule tbptt --every 3 --depth 2", "depth"),
      ("--weight layer0.input.bias --rule tbptt --every 0 --depth 2", "at least 1"),
      ("--weight layer0.input.bias --every 1 --depth 2", "--rule tbptt"),
      ("--weight layer0.input.bias --segment 2", "--segment"),
      ("--weight layer0.input.bias --rule recurrent-cut --peephole-paths all", "--peepholes"),
      ("--weight layer0.input.bias --lower-layers none", "--lower-layers"),
      ("--weight layer0.input.bias --hidden 100", "100"), ("--weight layer0.input.bias --hidden 0", "--hidden"),
      ("--weight layer0.input.bias --bidirectional", "--bidirectional"),
      ("--weight layer0.input.bias --window 0", "steps"), ("--weight layer0.input.bias --input-size 0", "inputs"),
      ("--weight layer0.input.bias --format pdf", "--format"),
      ("--weight layer9.input.bias --format html", "no layer 9"),
      ("--weight layer0.input.bias --output=", "--output"), ("--weight layer0.input.bias --layers 9", "layers"),
    ])
  func refuses(_ options: String, words: String) throws {
    try Executable.fail(["derive"] + options.split(separator: " ").map(String.init), status: 64, saying: words)
  }
}

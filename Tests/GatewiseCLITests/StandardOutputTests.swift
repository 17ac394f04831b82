import Foundation
import Gatewise
import Testing

/// Standard output that cannot be written: a full disk, a closed stream, a closed pipe.
@Suite("standard output of every command")
struct StandardOutputTests {
  private let folder: ScratchFolder
  private let model: String

  init() throws {
    folder = try ScratchFolder()
    let text = try folder.write(TrainingData.text(lines: 30), to: "text")
    try Executable.succeed(TrainingData.quickRun(on: text, out: folder.path("run")))
    model = folder.path("run/model.safetensors")
  }

  /// Runs `gatewise` in a shell that redirects its output.
  private func run(_ arguments: [String], _ shell: String) throws -> (status: Int32, errors: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["-c", shell, try Executable.url.path] + arguments
    process.standardInput = FileHandle.nullDevice
    let errors = folder.path("errors")
    _ = FileManager.default.createFile(atPath: errors, contents: nil)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle(forWritingAtPath: errors)
    try process.run()
    process.waitUntilExit()
    return (process.terminationStatus, try String(contentsOfFile: errors, encoding: .utf8))
  }

  /// Commands that print, some of them more than a buffer.
  private var commands: [[String]] {
    let derive = ["derive", "--weight", "layer0.forget.recurrent", "--rule", "bptt"]
    return [
      ["--help"], ["--version"], ["train", "--help"], ["help", "derive"], ["info"], ["info", "--json"],
      derive, derive + ["--format", "html"], ["bench", "--list"], ["bench", "--list", "--json"],
      ["check", "--hidden", "2", "--layers", "1"], ["check", "--hidden", "2", "--layers", "1", "--json"],
      ["sample", model, "--length", "5"], ["sample", model, "--length", "70000"],
      ["--generate-completion-script", "bash"],
      [
        "train", "--text", folder.path("text"), "--hidden", "4", "--batch", "2", "--window", "4", "--out",
        folder.path("none"), "--find-learning-rate",
      ],
    ]
  }

  @Test("a full disk and a closed standard output give one sentence and status 1")
  func lost() throws {
    for command in commands {
      for (shell, reason) in [("> /dev/full", "no space left on device"), (">&-", "it is closed")] {
        let (status, errors) = try run(command, "\"$0\" \"$@\" \(shell)")
        #expect(status == 1, "gatewise \(command.joined(separator: " ")) \(shell): \(errors)")
        let sentence = "Error: standard output: cannot be written to: \(reason).\n"
        #expect(errors == sentence, "\(command) \(shell): \(errors)")
      }
    }
    print("\(commands.count) commands with two kinds of standard output that cannot be written")
  }

  @Test("a closed pipe ends a command by SIGPIPE, without a message")
  func reader() throws {
    // More than a pipe's capacity, so that the command writes after the reader has closed it.
    for command in commands where command.last == "70000" || command.last == "html" {
      for ignored in ["", "trap '' PIPE; "] {
        let (status, errors) = try run(command, "\(ignored)\"$0\" \"$@\" | head -c 10; exit ${PIPESTATUS[0]}")
        #expect(status == 128 + SIGPIPE && errors == "", "\(command) \(ignored): \(status) \(errors)")
      }
    }
  }

  @Test("a command without output needs no standard output")
  func silent() throws {
    let (status, errors) = try run(["convert", model, folder.path("copy.onnx")], "\"$0\" \"$@\" >&-")
    #expect(status == 0 && errors == "", "\(errors)")
  }

  @Test("lost progress lines do not end a run; a full disk is reported at the end, a closed pipe is not")
  func progress() throws {
    let options = TrainingData.quickRun(on: folder.path("text"), out: folder.path("lost"))
    let full = try run(options, "\"$0\" \"$@\" > /dev/full")
    #expect(full.status == 1 && full.errors.contains("progress lines of the run were lost, but its files were written"))
    #expect(try folder.bytes("lost/model.safetensors") == folder.bytes("run/model.safetensors"))
    let gone = try run(options, "\"$0\" \"$@\" | head -c 1; exit ${PIPESTATUS[0]}")
    #expect(gone.status == 0 && gone.errors == "", "\(gone)")
    // A closed standard output is reported before the run starts.
    let closed = try run(options.map { $0 == folder.path("lost") ? folder.path("closed") : $0 }, "\"$0\" \"$@\" >&-")
    #expect(closed.status == 1 && closed.errors.contains("standard output: cannot be written to: it is closed."))
    #expect(!FileManager.default.fileExists(atPath: folder.path("closed")))
  }
}

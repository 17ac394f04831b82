import Foundation
import Gatewise
import Testing

/// The built executable `gatewise`, as a user runs it.
enum Executable {
  /// The exit status and output of a run.
  struct Outcome {
    let status: Int32
    let output: String
    let errors: String

    /// The lines of the output that are not empty.
    var lines: [String] { output.split(separator: "\n").map(String.init) }

    /// The JSON objects of an output that has one per line.
    func objects() throws -> [[String: Any]] {
      try lines.map { try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]) }
    }
  }

  /// Runs `gatewise` with arguments and waits until it ends.
  ///
  /// - Parameters:
  ///   - environment: variables in addition to those of the test itself.
  ///   - input: the content of its standard input.
  ///   - limits: a shell command that limits the program's resources, such as `ulimit -v 600000`.
  static func run(
    _ arguments: [String], environment: [String: String] = [:], input: String? = nil, limits: String? = nil
  ) throws -> Outcome {
    let folder = try ScratchFolder()
    let process = Process()
    process.executableURL = try url
    process.arguments = arguments
    if let limits {
      process.executableURL = URL(filePath: "/bin/bash")
      process.arguments = ["-c", "\(limits); exec \"$0\" \"$@\"", try url.path] + arguments
    }
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    // Files instead of pipes, since a full pipe would block the process.
    let (output, errors) = (folder.path("output"), folder.path("errors"))
    for path in [output, errors] { _ = FileManager.default.createFile(atPath: path, contents: nil) }
    process.standardOutput = FileHandle(forWritingAtPath: output)
    process.standardError = FileHandle(forWritingAtPath: errors)
    process.standardInput =
      try input.map { FileHandle(forReadingAtPath: try folder.write($0, to: "input")) } ?? FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
      output: try String(contentsOfFile: output, encoding: .utf8),
      errors: try String(contentsOfFile: errors, encoding: .utf8))
  }

  /// Runs `gatewise` and expects it to succeed without output on standard error.
  @discardableResult
  static func succeed(
    _ arguments: [String], environment: [String: String] = [:], input: String? = nil
  ) throws -> Outcome {
    let outcome = try run(arguments, environment: environment, input: input)
    #expect(outcome.status == 0, "gatewise \(arguments.joined(separator: " ")): \(outcome.errors)")
    #expect(outcome.errors == "")
    return outcome
  }

  /// Runs `gatewise` and expects it to fail with a status and a message that contains each of `words`.
  static func fail(
    _ arguments: [String], status: Int32, saying words: String..., environment: [String: String] = [:]
  ) throws {
    let outcome = try run(arguments, environment: environment)
    #expect(outcome.status == status, "gatewise \(arguments.joined(separator: " ")): \(outcome.errors)")
    for word in words {
      #expect(outcome.errors.contains(word), "\(outcome.errors) does not contain \(word)")
    }
    // For wrong usage, the usage follows; a failure is one line.
    if status == 1 { #expect(outcome.errors.count(where: \.isNewline) == 1, "\(outcome.errors)") }
  }

  /// The executable, in the folder of the tests' executable.
  static var url: URL {
    get throws {
      let tests = try #require(Bundle.main.executableURL)
      let url = tests.deletingLastPathComponent().appending(path: "gatewise")
      try #require(FileManager.default.isExecutableFile(atPath: url.path), "\(url.path) has not been built")
      return url
    }
  }
}

/// A temporary folder that is removed with this object.
final class ScratchFolder {
  private let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "gatewise-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// Returns the path of a file in the folder.
  func path(_ name: String) -> String { url.appending(path: name).path }

  /// Writes a text file and returns its path.
  func write(_ text: String, to name: String) throws -> String {
    try text.write(toFile: path(name), atomically: false, encoding: .utf8)
    return path(name)
  }

  /// Returns the bytes of a file.
  func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: path(name))) }

  /// The names of the files.
  var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() } }
}

import Foundation
import Gatewise
import Testing

/// Two runs into one folder.
@Suite("gatewise train, two runs into one folder")
struct TwoRunsTests {
  private let folder: ScratchFolder
  private let text: String

  init() throws {
    folder = try ScratchFolder()
    text = try folder.write(TrainingData.text(lines: 60), to: "text")
  }

  /// Returns the names of complete checkpoints; one that is being written has a temporary name.
  private func names() throws -> Set<String> {
    Set(
      try FileManager.default.contentsOfDirectory(atPath: folder.path("run/checkpoints")).filter {
        $0.hasPrefix("step-") && $0.hasSuffix(".safetensors")
      })
  }

  /// Moves the folder of a run between two saves: a file that is being written may still go to the old path.
  private func move(_ run: LongRun, to name: String) throws {
    let before = try names()
    try run.wait { ((try? names()) ?? before) != before }
    usleep(300_000)
    try FileManager.default.moveItem(atPath: folder.path("run"), toPath: folder.path(name))
  }

  @Test("the second run fails at once and names the first, which is not affected; the lock ends with the process")
  func refused() throws {
    let short = TrainingData.quickRun(on: text, out: folder.path("run"))
    let options =
      short.map { $0 == "6" ? "100000000" : $0 } + ["--checkpoint-every", "20", "--keep-checkpoints", "1000000"]
    let run = try LongRun(options, in: folder)
    try run.wait { (try? names().count) ?? 0 > 3 }
    let (before, process) = (try names(), run.process.processIdentifier)
    let task = ["train", "--task", "continual-reber", "--streams", "1", "--out", folder.path("run")]
    for second in [options, options + ["--resume"], short, short + ["--resume"], task] {
      try Executable.fail(second, status: 1, saying: folder.path("run"), "process \(process) is training into this")
      // The lock is checked before the data are read.
      try Executable.fail(
        second.map { $0 == text ? folder.path("none") : $0 }, status: 1, saying: "process \(process) is training")
    }
    #expect(run.process.isRunning)
    #expect(try names().isSuperset(of: before))
    kill(process, SIGKILL)
    run.process.waitUntilExit()
    let resumed = try LongRun(options + ["--resume"], in: folder)
    try resumed.wait(for: "Resuming from update")
    // The second of two resumed runs fails as well.
    try Executable.fail(
      options + ["--resume"], status: 1, saying: "process \(resumed.process.processIdentifier) is training")
    kill(resumed.process.processIdentifier, SIGTERM)
    try resumed.wait { !resumed.process.isRunning }
    #expect(resumed.process.terminationStatus == 0)
    #expect(!FileManager.default.fileExists(atPath: folder.path("run/run.lock")))
  }

  @Test("if a run's folder is moved, the run writes nothing to another folder of the same name")
  func moved() throws {
    let options = TrainingData.quickRun(on: text, out: folder.path("run")).map { $0 == "6" ? "100000000" : $0 }
    let run = try LongRun(options + ["--checkpoint-every", "4000"], in: folder)
    try run.wait { (try? names().count) ?? 0 > 0 }
    try move(run, to: "moved")
    let own = try folder.write("another's", to: "own")
    try FileManager.default.createDirectory(atPath: folder.path("run/checkpoints"), withIntermediateDirectories: true)
    try FileManager.default.moveItem(atPath: own, toPath: folder.path("run/model.safetensors"))
    try run.wait(for: "is no longer the folder in which the run started, and nothing is saved here")
    kill(run.process.processIdentifier, SIGTERM)
    try run.wait { !run.process.isRunning }
    #expect(run.process.terminationReason == .exit && run.process.terminationStatus == 1)
    let left = try FileManager.default.subpathsOfDirectory(atPath: folder.path("run")).sorted()
    #expect(left == ["checkpoints", "model.safetensors"], "\(left)")
    #expect(try folder.bytes("run/model.safetensors") == Data("another's".utf8))
    // The run resumes in the moved folder.
    let again = options.map { $0 == folder.path("run") ? folder.path("moved") : $0 } + ["--resume"]
    let resumed = try LongRun(again, in: folder)
    try resumed.wait(for: "Resuming from update")
    kill(resumed.process.processIdentifier, SIGTERM)
    try resumed.wait { !resumed.process.isRunning }
    #expect(resumed.process.terminationStatus == 0)
  }

  @Test("a folder that is removed and created again is another one, even with the same inode number")
  func madeAgain() throws {
    let options = TrainingData.quickRun(on: text, out: folder.path("run")).map { $0 == "6" ? "100000000" : $0 }
    for _ in 0..<4 {
      let run = try LongRun(options + ["--checkpoint-every", "4000"], in: folder)
      try run.wait { (try? names().count) ?? 0 > 0 }
      try move(run, to: "gone")
      try FileManager.default.removeItem(atPath: folder.path("gone"))
      try FileManager.default.createDirectory(atPath: folder.path("run"), withIntermediateDirectories: false)
      try run.wait(for: "nothing is saved here")
      kill(run.process.processIdentifier, SIGTERM)
      try run.wait { !run.process.isRunning }
      #expect(run.process.terminationStatus == 1)
      // The new folder is not removed, even though it is empty.
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("run")).isEmpty)
      try FileManager.default.removeItem(atPath: folder.path("run"))
    }
  }

  @Test("reports a dangling link in one sentence")
  func danglingLink() throws {
    try FileManager.default.createSymbolicLink(atPath: folder.path("link"), withDestinationPath: "/none/at/all")
    for out in ["link", "link/run"] {
      try Executable.fail(
        TrainingData.quickRun(on: text, out: folder.path(out)), status: 1,
        saying: folder.path("link"), "is a broken symbolic link; repair it, or choose another --out.")
    }
  }

  @Test("a search for a learning rate writes nothing and does not affect a run")
  func search() throws {
    let options = TrainingData.quickRun(on: text, out: folder.path("run"))
    let run = try LongRun(options.map { $0 == "6" ? "100000000" : $0 }, in: folder)
    try run.wait { FileManager.default.fileExists(atPath: folder.path("run/run.yaml")) }
    try Executable.succeed(options + ["--find-learning-rate"])
    #expect(run.process.isRunning)
    kill(run.process.processIdentifier, SIGKILL)
    run.process.waitUntilExit()
  }

  @Test("a lock file that cannot be created is reported, and the run continues")
  func noLock() throws {
    try FileManager.default.createDirectory(atPath: folder.path("run"), withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(atPath: folder.path("run/run.lock"), withDestinationPath: "/none/at/all")
    let run = try Executable.succeed(TrainingData.quickRun(on: text, out: folder.path("run")))
    #expect(run.output.contains("run cannot be locked ("), "\(run.output)")
  }
}

import Foundation
import Testing

@testable import Gatewise
@testable import GatewiseRuns

@Suite("Locks of output folders") struct FolderLockTests {
  private let scratch: TemporaryFolder
  private var path: String { scratch.path + "/a/b" }
  private var file: String { FolderLock.file(in: path) }

  init() throws { scratch = try TemporaryFolder() }

  @Test("one holder at a time, named to the next; created folders are removed with it if they are empty")
  func holders() throws {
    var first: OutputFolder? = try OutputFolder(path: path).locked()
    #expect(first?.lock?.wasLeft == false && first?.lock?.problem == nil)
    let found = sentence { _ = try OutputFolder(path: path).locked() }
    #expect(
      found == "\(path): process \(getpid()) is training into this folder; wait until it ends, or choose another --out."
    )
    // A copy that has the lock does not lock again, and keeps it.
    var copy = try first?.locked()
    first = nil
    #expect(sentence { _ = try OutputFolder(path: path).locked() } != nil)
    withExtendedLifetime(copy) {}
    copy = nil
    #expect(!FileManager.default.fileExists(atPath: scratch.path + "/a"))
  }

  @Test("a folder that was moved, and one in its place, are not the locked one")
  func place() throws {
    let folder = try OutputFolder(path: path).locked()
    #expect(sentence { try folder.requireInPlace() } == nil)
    try FileManager.default.moveItem(atPath: path, toPath: scratch.path + "/c")
    for isThere in [false, true] {
      if isThere { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false) }
      let found = sentence { try folder.requireInPlace(advice: "") }
      #expect(found == "\(path): is no longer the folder in which the run started, and nothing is saved here.")
    }
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.moveItem(atPath: scratch.path + "/c", toPath: path)
    #expect(sentence { try folder.requireInPlace() } == nil)
  }

  @Test("the lock file of a killed process locks nothing, and shows that a run was started until there is more")
  func left() throws {
    _ = try scratch.file("a/b/run.lock", "1 elsewhere\n")
    for _ in 0..<2 {
      let folder = try OutputFolder(path: path).locked()
      #expect(folder.lock?.wasLeft == true && folder.hasOnlyBegun)
    }
    do {
      let folder = try OutputFolder(path: path).locked()
      _ = try scratch.file("a/b/model.safetensors", "")
      #expect(!folder.hasOnlyBegun)
    }
    #expect(!FileManager.default.fileExists(atPath: file))
    #expect(FileManager.default.fileExists(atPath: path + "/model.safetensors"))
  }

  @Test("the error names a holder on another machine, and an unknown holder as another run")
  func strangers() throws {
    for (text, name) in [("4711 elsewhere\n", "process 4711 on elsewhere"), ("", "another run"), ("x", "another run")] {
      _ = try scratch.file("a/b/run.lock", text)
      let descriptor = open(file, O_RDWR)
      #expect(flock(descriptor, LOCK_EX) == 0)
      let found = sentence { _ = try OutputFolder(path: path).locked() }
      #expect(found?.contains(": \(name) is training into this folder") == true)
      close(descriptor)
    }
  }

  @Test("obstacles in place of the lock file are rejected")
  func inTheWay() throws {
    _ = try scratch.file("a/b/run.lock/x", "")
    #expect(sentence { _ = try OutputFolder(path: path) }?.contains("run.lock: is a folder") == true)
  }
}

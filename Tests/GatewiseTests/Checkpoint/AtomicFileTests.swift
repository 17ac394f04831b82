import Foundation
import Testing

@testable import Gatewise

@Suite("Files are written atomically")
struct AtomicFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("Pieces are written to one file, and a second write replaces it")
  func replaces() throws {
    let path = folder.file("a")
    try AtomicFile.write(to: path) { (writer) throws(GatewiseError) in
      for piece in ["one ", "", "two"] { try writer.write(piece) }
    }
    #expect(try folder.bytes("a") == Array("one two".utf8))
    try AtomicFile.write("three", to: path)
    #expect(try folder.bytes("a") == Array("three".utf8))
    #expect(folder.contents == ["a"])
  }

  @Test("An error during writing leaves the old bytes and no temporary file")
  func errorInside() throws {
    try AtomicFile.write("old", to: folder.file("a"))
    let failure = GatewiseError.invalidArgument("stop")
    #expect(throws: failure) {
      try AtomicFile.write(to: folder.file("a")) { (writer) throws(GatewiseError) in
        try writer.write("new")
        throw failure
      }
    }
    #expect(try folder.bytes("a") == Array("old".utf8))
    #expect(folder.contents == ["a"])
  }

  @Test("Reaching the file-size limit is an error, not the end of the process")
  func fileSizeLimit() async throws {
    // In a separate process, since the limit is process-wide.
    let result = try await #require(processExitsWith: .success, observing: [\.standardOutputContent]) {
      let folder = try TemporaryFolder()
      try AtomicFile.write("old", to: folder.file("a"))
      // The threads of the test runner may block all signals; the main thread of a program does not.
      var signals = sigset_t()
      sigemptyset(&signals)
      sigaddset(&signals, SIGXFSZ)
      pthread_sigmask(SIG_UNBLOCK, &signals, nil)
      var limit = rlimit(rlim_cur: 100_000, rlim_max: 100_000)
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      let error = #expect(throws: GatewiseError.self) {
        try AtomicFile.write([UInt8](repeating: 1, count: 100_001), to: folder.file("a"))
      }
      print("file-size limit: \(error.map(String.init(describing:)) ?? "no error")")
      #expect(error?.description.contains("file-size limit") == true)
      #expect(try folder.bytes("a") == Array("old".utf8))
      #expect(folder.contents == ["a"])
      // Up to the limit writing succeeds, and the signal is neither blocked nor pending.
      try AtomicFile.write([UInt8](repeating: 1, count: 100_000), to: folder.file("a"))
      pthread_sigmask(SIG_BLOCK, nil, &signals)
      #expect(sigismember(&signals, SIGXFSZ) == 0)
      sigpending(&signals)
      #expect(sigismember(&signals, SIGXFSZ) == 0)
    }
    print(String(decoding: result.standardOutputContent, as: UTF8.self))
  }

  @Test("The error names a full disk")
  func fullDisk() throws {
    // /dev/full fails every write as a full disk does, but is not a regular file, so the writer gets its descriptor.
    let descriptor = open("/dev/full", O_WRONLY)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    let error = #expect(throws: GatewiseError.self) {
      try AtomicFile.Writer(descriptor: descriptor, path: "model").write("x")
    }
    #expect(error?.description.contains("no space is left") == true, "\(String(describing: error))")
  }

  @Test("Invalid paths are refused with the reason")
  func impossiblePlaces() throws {
    try AtomicFile.write("file", to: folder.file("file"))
    try FileManager.default.createDirectory(atPath: folder.file("folder"), withIntermediateDirectories: false)
    let before = folder.contents
    for (path, words) in [
      (folder.file("missing/model"), "\(folder.path)/missing does not exist"),
      (folder.file("file/model"), "\(folder.path)/file is a file and not a folder"),
      (folder.file("file/deeper/model"), "\(folder.path)/file is a file and not a folder"),
      (folder.file("folder"), "is a folder"),
      (folder.file("folder/"), "is the name of a folder"),
      (folder.file(String(repeating: "n", count: 300)), "too long"),
      ("/dev/null", "device"),
      ("", "the path is empty"),
      (folder.file("zero\0byte"), "zero byte"),
    ] {
      let error = #expect(throws: GatewiseError.self) { try AtomicFile.write("x", to: path) }
      #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }
    #expect(folder.contents == before)
    #expect(try folder.bytes("file") == Array("file".utf8))
  }

  @Test("A link stays a link, and permissions are kept")
  func linksAndPermissions() throws {
    try AtomicFile.write("old", to: folder.file("target"))
    chmod(folder.file("target"), 0o640)
    symlink("target", folder.file("link"))
    try AtomicFile.write("new", to: folder.file("link"))
    #expect(try folder.bytes("target") == Array("new".utf8))
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.file("link")) == "target")
    var status = stat()
    stat(folder.file("target"), &status)
    #expect(status.st_mode & 0o777 == 0o640)
  }

  @Test("A file in the current folder needs no slash in its name")
  func bareName() throws {
    #expect(FileProblem.folder(of: "model") == ".")
    #expect(FileProblem.folder(of: "/model") == "/")
    #expect(FileProblem.folder(of: "a/b/model") == "a/b")
  }

  @Test("Reading an invalid path fails with the reason")
  func reading() throws {
    try folder.put([], "empty")
    try folder.put([1, 2, 3], "three")
    mkfifo(folder.file("pipe"), 0o600)
    for (path, words) in [
      (folder.file("missing"), "no such file"), (folder.path, "is a folder"), (folder.file("empty"), "empty"),
      (folder.file("pipe"), "pipe"), (folder.file("three/x"), "three is a file and not a folder"),
    ] {
      let error = #expect(throws: GatewiseError.self) { try InputFile(path: path).readAll() }
      #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }
    #expect(try InputFile(path: folder.file("three")).readAll() == [1, 2, 3])
    #expect(throws: GatewiseError.self) { try InputFile(path: folder.file("three")).readAll(limit: 2) }
  }

  @Test("A file that becomes shorter while it is open is an error")
  func shrinking() throws {
    try folder.put([UInt8](repeating: 7, count: 100), "a")
    let file = try InputFile(path: folder.file("a"))
    truncate(folder.file("a"), 50)
    let error = #expect(throws: GatewiseError.self) { try file.readAll() }
    #expect(error?.description.contains("shorter") == true, "\(String(describing: error))")
  }
}

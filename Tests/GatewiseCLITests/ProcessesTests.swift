import Foundation
import Testing

/// A program built without MPI and started by mpirun; `scripts/check/mpi` tests one built with MPI.
@Suite("gatewise train under mpirun") struct ProcessesTests {
  @Test("reports before any work that it cannot train in several processes")
  func refusals() throws {
    let folder = try ScratchFolder()
    let text = try folder.write(String(repeating: "some text to learn from\n", count: 100), to: "text")
    let several = ["OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_LOCAL_SIZE": "4"]
    let train = ["train", "--text", text, "--steps", "2", "--batch", "4", "--window", "8", "--out", folder.path("run")]
    try Executable.fail(
      train, status: 1, saying: "mpirun has started 4 processes", "built without MPI", "--traits MPI",
      environment: several)
    try Executable.fail(
      train + ["--find-learning-rate"], status: 64, saying: "--find-learning-rate runs in one process",
      environment: several)
    try Executable.fail(
      ["train", "--task", "continual-reber", "--out", folder.path("run")], status: 64,
      saying: "--task runs in one process",
      environment: several)
    try Executable.fail(train + ["--rank-timeout", "0"], status: 64, saying: "--rank-timeout", "above 0")
    #expect(!FileManager.default.fileExists(atPath: folder.path("run")))
    // mpirun -n 1 is like a start without mpirun.
    try Executable.succeed(train, environment: several.mapValues { $0 == "4" ? "1" : $0 })
  }
}

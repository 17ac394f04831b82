import ArgumentParser
import Foundation
import Gatewise
import GatewiseRuns

#if MPI
  import GatewiseMPI

  extension MPIJob: RunGroup {}
#endif

/// The processes that `mpirun` has started, this one among them.
enum Processes {
  /// The number of processes; 1 without `mpirun`.
  static let count = number("OMPI_COMM_WORLD_SIZE") ?? 1
  /// The rank of this process, from 0.
  static let rank = number("OMPI_COMM_WORLD_RANK") ?? 0
  /// The number of processes on this machine.
  private static let countHere = number("OMPI_COMM_WORLD_LOCAL_SIZE") ?? 1

  private static func number(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap { Int($0) } }

  /// Checks that this is the only process, so that a command does not run several times at once by mistake.
  ///
  /// - Parameter what: the option that needs a single process.
  static func requireOne(for what: String) throws {
    guard count > 1 else { return }
    throw ValidationError("\(what) runs in one process, but mpirun has started \(count); run it without mpirun.")
  }

  /// The writer of a run's progress. With several processes only the first one writes, in plain lines, since mpirun
  /// passes output on to files and terminals alike.
  static var writer: ProgressWriter {
    guard count > 1 else { return ProgressWriter() }
    return ProgressWriter(to: rank == 0 ? .standardOutput : .nullDevice, isTerminal: false)
  }

  /// The number of threads of each process on this machine; nil if there is one process or the environment sets it.
  static var usualThreads: Int? {
    guard countHere > 1, ProcessInfo.processInfo.environment[ThreadTeam.environmentVariable] == nil else { return nil }
    // A process bound to some processors gets at most its share of all: several may be bound to the same processors.
    return max(1, min(ThreadTeam.processors, ProcessInfo.processInfo.processorCount / countHere))
  }

  #if MPI
    /// The job, from `join` until `leave`. Only the main thread reads and writes it.
    nonisolated(unsafe) private static var job: MPIJob?

    /// Joins the job, or returns nil if this is the only process.
    ///
    /// - Parameter timeout: seconds after which a process that does not answer is given up.
    static func join(timeout: Double) throws -> (any RunGroup)? {
      guard count > 1 else { return nil }
      job = try MPIJob(timeout: timeout) { StopSignals.hasArrived }
      StopSignals.catchAll()
      return job
    }

    /// Reports lost processes, even during a long update of this process.
    static func watch(_ lost: LostProcesses) throws { try job?.watch { Failure.report(lost.sentence($0)) } }

    /// Leaves the job in an orderly way, as all processes do.
    static func leave() {
      job?.leave()
      job = nil
    }

    /// Ends the whole job after a failure of this process.
    static func abort() { job?.abort() }
  #else
    /// Returns nil, for a single process.
    ///
    /// - Throws: `GatewiseError.invalidArgument` if there are several processes.
    static func join(timeout: Double) throws -> (any RunGroup)? {
      guard count > 1 else { return nil }
      throw GatewiseError.invalidArgument(
        "mpirun has started \(count) processes, but this gatewise is built without MPI; build it with "
          + "swift build -c release --traits MPI, or run it without mpirun.")
    }

    static func watch(_ lost: LostProcesses) throws {}

    static func leave() {}

    static func abort() {}
  #endif
}

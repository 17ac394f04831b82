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
  /// How many there are; 1 where this one was started alone.
  static let count = number("OMPI_COMM_WORLD_SIZE") ?? 1
  /// The number of this one, from 0.
  static let rank = number("OMPI_COMM_WORLD_RANK") ?? 0
  /// How many of them are on this machine.
  private static let countHere = number("OMPI_COMM_WORLD_LOCAL_SIZE") ?? 1

  private static func number(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap { Int($0) } }

  /// Checks that a command does not run several times at once by mistake.
  ///
  /// - Parameter what: what is for one process alone.
  static func requireOne(for what: String) throws {
    guard count > 1 else { return }
    throw ValidationError("\(what) is for one process, but mpirun has started \(count); leave mpirun out.")
  }

  /// Shows the progress of a run, of several processes only the first one's: on plain lines, as mpirun passes on to files and
  /// terminals alike.
  static var writer: ProgressWriter {
    guard count > 1 else { return ProgressWriter() }
    return ProgressWriter(to: rank == 0 ? .standardOutput : .nullDevice, isTerminal: false)
  }

  /// Threads for each of the processes on this machine; nil where there is one, or the environment says.
  static var usualThreads: Int? {
    guard countHere > 1, ProcessInfo.processInfo.environment[ThreadTeam.environmentVariable] == nil else { return nil }
    // Bound to some processors, each may have no more than its share of all: several are bound to the same ones.
    return max(1, min(ThreadTeam.processors, ProcessInfo.processInfo.processorCount / countHere))
  }

  #if MPI
    /// The job, from when it was entered until it is left. Only the main thread reads and writes it.
    nonisolated(unsafe) private static var job: MPIJob?

    /// Enters the job; nil where this process was started alone.
    ///
    /// - Parameter timeout: after how many seconds processes that do not answer are given up.
    static func join(timeout: Double) throws -> (any RunGroup)? {
      guard count > 1 else { return nil }
      job = try MPIJob(timeout: timeout) { StopSignals.hasArrived }
      StopSignals.catchAll()
      return job
    }

    /// Tells of lost processes also while this one is at an update that takes long.
    static func watch(_ lost: LostProcesses) throws { try job?.watch { Failure.report(lost.sentence($0)) } }

    /// Leaves the job in order, as all do.
    static func leave() {
      job?.leave()
      job = nil
    }

    /// Ends the whole job where this process fails in it.
    static func abort() { job?.abort() }
  #else
    /// Nil: this process is alone.
    ///
    /// - Throws: `GatewiseError.invalidArgument` where it is not.
    static func join(timeout: Double) throws -> (any RunGroup)? {
      guard count > 1 else { return nil }
      throw GatewiseError.invalidArgument(
        "mpirun has started \(count) processes, but this gatewise is built without MPI; build it with "
          + "swift build -c release --traits MPI, or leave mpirun out.")
    }

    static func watch(_ lost: LostProcesses) throws {}

    static func leave() {}

    static func abort() {}
  #endif
}

/// Where and how the engine computes: a thread team, an instruction set and a path for the products of a layer.
///
/// No number of threads changes a result, and by the tile nothing of OpenBLAS does. `avx512`, `avx2` and `neon` give the
/// same bits; `portable`, on processors without fused multiply-adds, and the plain path differ from them by rounding.
public struct Execution: Sendable {
  /// The threads that share the work.
  public let team: ThreadTeam
  /// The instruction set of the kernels.
  public let instructionSet: InstructionSet
  /// How the products of a layer are done.
  public let recurrentPath: RecurrentPath

  /// The process's thread team and the fastest instruction set, or what the environment says.
  ///
  /// - Throws: `GatewiseError.invalidArgument` where `GATEWISE_NUM_THREADS` or `GATEWISE_ISA` cannot be followed.
  public static func standard() throws -> Execution {
    Execution(
      team: try .shared(), instructionSet: try .current(), recurrentPath: try .current())
  }

  /// A team, an instruction set and a path chosen by the caller.
  public init(team: ThreadTeam, instructionSet: InstructionSet, recurrentPath: RecurrentPath = .tile) {
    self.team = team
    self.instructionSet = instructionSet
    self.recurrentPath = recurrentPath
  }

  /// What `standard()` gives, on a team of its own.
  ///
  /// - Throws: `GatewiseError.invalidArgument` for a number of threads outside 1...1024, and as `standard()` does.
  public static func threads(_ threads: Int) throws -> Execution {
    guard (1...1024).contains(threads) else {
      throw GatewiseError.invalidArgument("\(threads) is no number of threads; give one from 1 to 1024.")
    }
    return Execution(
      team: ThreadTeam(threads: threads), instructionSet: try .current(), recurrentPath: try .current())
  }
}

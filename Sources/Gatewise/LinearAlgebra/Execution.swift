/// Where and how the engine computes: a thread team and an instruction set.
///
/// Neither changes a result between thread counts; instruction sets differ by rounding.
public struct Execution: Sendable {
  /// The threads that share the work.
  public let team: ThreadTeam
  /// The instruction set of the gate arithmetic.
  public let instructionSet: InstructionSet

  /// The process's thread team and the fastest instruction set, or what the environment says.
  ///
  /// - Throws: `GatewiseError.invalidArgument` where `GATEWISE_NUM_THREADS` or `GATEWISE_ISA` cannot be followed.
  public static func standard() throws -> Execution {
    Execution(team: try ThreadTeam.shared(), instructionSet: try InstructionSet.current())
  }

  /// A team and an instruction set chosen by the caller.
  public init(team: ThreadTeam, instructionSet: InstructionSet) {
    self.team = team
    self.instructionSet = instructionSet
  }

  /// The same instruction set on a team of its own.
  ///
  /// - Throws: `GatewiseError.invalidArgument` for a number of threads outside 1...1024, and as `standard()` does.
  public static func threads(_ threads: Int) throws -> Execution {
    guard (1...1024).contains(threads) else {
      throw GatewiseError.invalidArgument("\(threads) is no number of threads; give one from 1 to 1024.")
    }
    return Execution(team: ThreadTeam(threads: threads), instructionSet: try InstructionSet.current())
  }
}

/// How the engine computes: its thread team, its instruction set and the path of a layer's products.
///
/// The number of threads changes no result, and on the tile path neither does OpenBLAS. `avx512`, `avx2` and `neon`
/// give the same bits; `portable`, on processors without fused multiply-adds, and the plain path differ from them by
/// rounding.
public struct Execution: Sendable {
  /// The threads that share the work.
  package let team: ThreadTeam
  /// The instruction set of the kernels.
  package let instructionSet: InstructionSet
  /// The path that computes the products of a layer.
  package let recurrentPath: RecurrentPath

  /// Returns the process's thread team and the fastest instruction set, unless environment variables choose others.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if `GATEWISE_NUM_THREADS`, `GATEWISE_ISA` or `GATEWISE_KERNELS` is
  ///   invalid.
  public static func standard() throws -> Execution {
    Execution(
      team: try .shared(), instructionSet: try .current(), recurrentPath: try .current())
  }

  /// Whether OpenBLAS's thread count stays unchanged on the plain path; false by default. Set it before the first use
  /// of a model.
  ///
  /// With OpenBLAS's own threads results would depend on their number, and the number is process-wide. On its first use
  /// the plain path therefore sets OpenBLAS to one thread and runs its products from a team. A program that needs
  /// OpenBLAS's threads for its own work may keep them; results of the plain path may then depend on their number.
  public static var keepsOpenBLASThreads: Bool {
    get { OpenBLAS.keepsThreads.load(ordering: .relaxed) }
    set { OpenBLAS.keepsThreads.store(newValue, ordering: .relaxed) }
  }

  /// Makes an execution from a team, an instruction set and a path.
  public init(team: ThreadTeam, instructionSet: InstructionSet, recurrentPath: RecurrentPath = .tile) {
    self.team = team
    self.instructionSet = instructionSet
    self.recurrentPath = recurrentPath
  }

  /// Returns the execution of `standard()` with a new team of `threads` threads.
  ///
  /// - Throws: `GatewiseError.invalidArgument` for a number of threads outside 1...1024, and the errors of
  ///   `standard()`.
  public static func threads(_ threads: Int) throws -> Execution {
    guard (1...1024).contains(threads) else {
      throw GatewiseError.invalidArgument("The number of threads must be from 1 to 1024, but is \(threads).")
    }
    return Execution(
      team: ThreadTeam(threads: threads), instructionSet: try .current(), recurrentPath: try .current())
  }
}

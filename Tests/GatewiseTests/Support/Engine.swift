@testable import Gatewise

/// One way in which the engine can compute here: an instruction set and a path for the recurrent product.
struct Engine: Sendable, CustomStringConvertible {
  let set: InstructionSet
  let path: RecurrentPath

  /// All that this processor runs, the plain path among them.
  static let all = InstructionSet.supported.flatMap { set in
    RecurrentPath.allCases.map { Engine(set: set, path: $0) }
  }

  var description: String { "\(set), \(path)" }

  func execution(on team: ThreadTeam? = nil) throws -> Execution {
    Execution(team: try team ?? .shared(), instructionSet: set, recurrentPath: path)
  }
}

import Gatewise

/// Rounds that another program asks for, so that engines take turns: a line of standard input is a round, answered by a
/// line of JSON. The end of the input ends it.
enum BenchTurns {
  /// Says first that the work is ready.
  private struct Ready: Encodable {
    let name: String
    let threads: Int
    /// By how much the first run raised the peak memory above model and data; absent where the system does not say.
    let memoryGrowth: Int?
  }

  private struct Turn: Encodable {
    let seconds: Double
    let gflops: Double
    let sgemmGflops: Double
  }

  static func run(_ shape: BenchShape, execution: Execution) throws {
    let rounds = try BenchRounds(shape, execution: execution)
    try answer(Ready(name: shape.name, threads: execution.team.threads, memoryGrowth: rounds.memoryGrowth))
    while readLine() != nil {
      let sample = try rounds.next()
      try answer(Turn(seconds: sample.seconds, gflops: sample.gflops, sgemmGflops: sample.sgemmGflops))
    }
  }

  private static func answer(_ value: some Encodable) throws {
    try StandardOutput.print(JSONLine.text(value))
    try StandardOutput.flush()
  }
}

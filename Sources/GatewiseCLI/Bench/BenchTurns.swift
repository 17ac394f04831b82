import Gatewise

/// Rounds that another program requests, so that engines alternate: each line of standard input runs a round, which
/// prints a line of JSON, until the end of the input.
enum BenchTurns {
  /// The first line, which reports that the work is ready.
  private struct Ready: Encodable {
    let name: String
    let threads: Int
    /// Bytes by which the first run raised the peak memory above model and data; absent if unknown.
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

@testable import Gatewise

/// What must change no bit: OpenBLAS's core, the instruction set, the number of threads, the cut and the order of the
/// batch.
struct PromiseSetting: CustomStringConvertible {
  /// The core that OpenBLAS must have taken; nil for any.
  let core: String?
  let set: InstructionSet
  let threads: Int
  /// The sequences of each part of the batch.
  let parts: [[Int]]

  /// Setting `index` of a problem: any of `cores` (none: whichever there is), of `sets`, and 1 ... 9 threads.
  init(_ index: Int, of promise: PromiseProblem, cores: [String], sets: [InstructionSet]) {
    var random = RandomStream(seed: UInt64(promise.number * 1000 + index), name: "promise setting")
    core = cores.isEmpty ? nil : cores[random.index(below: cores.count)]
    set = sets[random.index(below: sets.count)]
    threads = 1 + random.index(below: 9)
    let N = promise.problem.batchSize
    var order = Array(0..<N)
    guard promise.allowsOtherOrder, index > 0 else {
      parts = [order]
      return
    }
    random.shuffle(&order)
    var parts: [[Int]] = []
    while !order.isEmpty {
      let count = 1 + random.index(below: order.count)
      parts.append(Array(order.prefix(count)))
      order.removeFirst(count)
    }
    self.parts = parts
  }

  private init(core: String?, set: InstructionSet, threads: Int, parts: [[Int]]) {
    (self.core, self.set, self.threads, self.parts) = (core, set, threads, parts)
  }

  /// The same with the batch as it is.
  func whole(_ batchSize: Int) -> PromiseSetting {
    PromiseSetting(core: core, set: set, threads: threads, parts: [Array(0..<batchSize)])
  }

  var description: String {
    "OpenBLAS \(core ?? OpenBLAS.core), \(set), \(threads) threads, parts of \(parts.map(\.count)) sequences"
  }
}

import Foundation
import Gatewise

extension RunGroup {
  /// Whether this process is the first, the only one that writes.
  var isFirst: Bool { rank == 0 }

  /// Returns the first process's value in every process, so that differences by rounding between machines do not make
  /// processes diverge.
  func agreed<Value: Codable>(_ value: Value) throws -> Value {
    let encoder = JSONEncoder()
    let (infinity, nan) = ("inf", "nan")
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: infinity, negativeInfinity: "-" + infinity, nan: nan)
    // Only lists and objects are valid top-level JSON everywhere.
    let own = isFirst ? try encoder.encode([value]) : Data()
    let count = try firsts([Int64(own.count)])[0]
    let bytes = Data(try firsts(isFirst ? Array(own) : Array(repeating: UInt8(0), count: Int(count))))
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: infinity, negativeInfinity: "-" + infinity, nan: nan)
    return try decoder.decode([Value].self, from: bytes)[0]
  }

  /// Returns the first process's numbers in every process; all must have equally many.
  func firsts<Number: BitwiseCopyable>(_ numbers: [Number]) throws -> [Number] {
    // An interrupted broadcast may still write later, so its memory is not freed.
    let shared = UnsafeMutableBufferPointer<Number>.allocate(capacity: numbers.count)
    _ = shared.initialize(from: numbers)
    try broadcast(UnsafeMutableRawBufferPointer(shared))
    defer { shared.deallocate() }
    return Array(shared)
  }

  /// Returns the processes whose value differs from that of the first.
  func differing<Value: Codable & Equatable>(_ value: Value) throws -> [Int] {
    var differs = [Double](repeating: 0, count: count)
    differs[rank] = try agreed(value) == value ? 0 : 1
    try sums(of: &differs)
    return differs.indices.filter { differs[$0] > 0 }
  }

  /// Returns, in the first process, the state of all sequences, to which the others send theirs; nil if it is not
  /// carried over, and in the other processes. No process waits for any but the first.
  ///
  /// - Parameters:
  ///   - own: The state of this process's sequences.
  ///   - step: The update after which the state was taken, the same in all processes.
  ///   - isLast: Whether this process ends with it: a process that is asked to stop may end while the first still saves
  ///     the same update's checkpoint.
  ///   - lastShares: In the first process, the last shares of processes that send no more.
  ///   - batchSize: N of all processes.
  /// - Throws: `ProcessGroupInterruption.lost`, also for a process that is at another update.
  func gathered<S: Scalar>(
    _ own: LSTMState<S>?, step: Int, isLast: Bool, lastShares: inout [Int: CarriedShare<S>], of batchSize: Int,
    _ configuration: LSTMConfiguration
  ) throws -> LSTMState<S>? {
    if !isFirst {
      var header = [Int64(step), own == nil ? 0 : 1, isLast ? 1 : 0]
      try header.withUnsafeMutableBytes { try send(UnsafeRawBufferPointer($0)) }
      try own?.numbers.withUnsafeBytes { try send($0) }
      return nil
    }
    var all = LSTMState<S>(zerosFor: configuration, batchSize: batchSize)
    var isCarried = own != nil
    for other in 0..<count {
      let rows = SourceShare(rank: other, count: count).sequences(of: batchSize)
      if other == rank {
        if let own { all.replace(rows, with: own.numbers) }
        continue
      }
      let share = try lastShares[other] ?? receiveShare(of: all.width * rows.count, from: other)
      if share.isLast { lastShares[other] = share }
      guard share.step == step else { throw ProcessGroupInterruption.lost(ranks: [other]) }
      if let numbers = share.numbers { all.replace(rows, with: numbers) }
      isCarried = isCarried && share.numbers != nil
    }
    return isCarried ? all : nil
  }

  private func receiveShare<S: Scalar>(of count: Int, from other: Int) throws -> CarriedShare<S> {
    var header: [Int64] = [0, 0, 0]
    try header.withUnsafeMutableBytes { try receive($0, from: other) }
    var share = CarriedShare<S>(step: Int(header[0]), isLast: header[2] == 1)
    guard header[1] == 1 else { return share }
    var numbers = [S](repeating: 0, count: count)
    try numbers.withUnsafeMutableBytes { try receive($0, from: other) }
    share.numbers = numbers
    return share
  }
}

/// The state that a process carries from window to window, as sent to the first process.
struct CarriedShare<S: Scalar> {
  /// The update after which the state was taken.
  let step: Int
  /// Whether the process sends nothing more.
  let isLast: Bool
  /// The state of its sequences; nil if no window continues the previous one.
  var numbers: [S]?
}

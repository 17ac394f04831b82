import Foundation
import Gatewise

extension RunGroup {
  /// Whether this process is the first, which alone writes.
  var isFirst: Bool { rank == 0 }

  /// The first process's value, in every process: what differs by a bit on machines of several kinds must not lead them
  /// apart.
  func agreed<Value: Codable>(_ value: Value) throws -> Value {
    let encoder = JSONEncoder()
    let (infinity, nan) = ("inf", "nan")
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: infinity, negativeInfinity: "-" + infinity, nan: nan)
    // Of JSON's values, only lists and objects stand alone everywhere.
    let own = isFirst ? try encoder.encode([value]) : Data()
    let count = try firsts([Int64(own.count)])[0]
    let bytes = Data(try firsts(isFirst ? Array(own) : Array(repeating: UInt8(0), count: Int(count))))
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: infinity, negativeInfinity: "-" + infinity, nan: nan)
    return try decoder.decode([Value].self, from: bytes)[0]
  }

  /// The first process's numbers, in every process; all have as many.
  func firsts<Number: BitwiseCopyable>(_ numbers: [Number]) throws -> [Number] {
    // What is broken off may still be written later: its memory is then left to it.
    let shared = UnsafeMutableBufferPointer<Number>.allocate(capacity: numbers.count)
    _ = shared.initialize(from: numbers)
    try broadcast(UnsafeMutableRawBufferPointer(shared))
    defer { shared.deallocate() }
    return Array(shared)
  }

  /// The processes whose value is not that of the first.
  func differing<Value: Codable & Equatable>(_ value: Value) throws -> [Int] {
    var differs = [Double](repeating: 0, count: count)
    differs[rank] = try agreed(value) == value ? 0 : 1
    try sums(of: &differs)
    return differs.indices.filter { differs[$0] > 0 }
  }

  /// The state of all sequences in the first process, to which the others send theirs; nil where it is not carried on, and
  /// in the others. No process waits for any but the first.
  ///
  /// - Parameters:
  ///   - own: of this process's sequences.
  ///   - step: the update after which it is, the same in all.
  ///   - isLast: whether this process ends with it: one that is asked to stop may end while the first is still to save
  ///     the same update's checkpoint.
  ///   - lastShares: in the first, the last ones of others: they send no more.
  ///   - batchSize: N of all.
  /// - Throws: `ProcessGroupInterruption.lost`, also with a process that stands after another update.
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

/// What a process carries from window to window, on its way to the first.
struct CarriedShare<S: Scalar> {
  /// The update after which it is.
  let step: Int
  /// Whether the process sends nothing more.
  let isLast: Bool
  /// Of its sequences; nil where no window goes on from the one before.
  var numbers: [S]?
}

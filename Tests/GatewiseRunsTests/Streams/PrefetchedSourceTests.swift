import CAllocationCounter
import Foundation
import Gatewise
import Testing

@testable import GatewiseRuns

/// A source of batches of one number, with epochs of seven, and errors and pauses on demand.
private struct NumberSource: ResumableSource {
  var place = SourcePlace()
  /// The calls that fail, counted from 0.
  var faults: Set<Int> = []
  var pause: useconds_t = 0
  let owner = Owner()
  private var calls = 0

  /// Lives as long as a copy of the source.
  final class Owner: Sendable {}

  init(faults: Set<Int> = [], pause: useconds_t = 0) { (self.faults, self.pause) = (faults, pause) }

  func makeBatch() -> SequenceBatch<Float> {
    var batch = SequenceBatch<Float>(steps: 1, batchSize: 1, inputSize: 1, outputSize: 1)
    batch.inputs = [-1]
    batch.targets = [-1]
    return batch
  }

  mutating func next(into batch: inout SequenceBatch<Float>) throws(GatewiseError) -> Bool {
    if pause > 0 { usleep(pause) }
    defer { calls += 1 }
    if faults.contains(calls) { throw .invalidArgument("call \(calls)") }
    guard place.position < 7 else {
      place = SourcePlace(epoch: place.epoch + 1)
      return false
    }
    batch.inputs[0] = Float(place.epoch * 7 + place.position)
    batch.targets[0] = batch.inputs[0] / 2
    place.position += 1
    return true
  }

  mutating func go(to place: SourcePlace) throws(GatewiseError) {
    try place.validate(count: 7)
    self.place = place
  }
}

@Suite("Prefetched sources") struct PrefetchedSourceTests {
  /// The result of a call, and the place of the source afterwards.
  private func call(_ source: inout some ResumableSource<Float>, _ batch: inout SequenceBatch<Float>) -> String {
    do {
      let found = try source.next(into: &batch)
      return "\(found) \(batch.inputs[0]) \(batch.targets[0]) \(source.place)"
    } catch {
      return "\(error) \(batch.inputs[0]) \(source.place)"
    }
  }

  @Test("order, places and errors equal those of the base", arguments: [0, 300])
  func order(pause: UInt32) throws {
    let faults: Set = [3, 4, 9, 20]
    var base = NumberSource(faults: faults)
    var source = PrefetchedSource(NumberSource(faults: faults, pause: pause))
    var (right, found) = (base.makeBatch(), source.makeBatch())
    for step in 0..<60 {
      #expect(source.place == base.place)
      // Two batches alternate: the result of the last call stays valid until the next.
      let held = found.inputs[0]
      if pause > 0, step % 5 == 0 { usleep(2 * pause) }
      #expect(found.inputs[0] == held)
      #expect(call(&source, &found) == call(&base, &right))
    }
    print("after 60 calls:", source.place)
  }

  /// As under `ulimit -u 3`, or in a container with few processes.
  @Test("without a thread, batches are prepared on request")
  func threadless() throws {
    let faults: Set = [3, 4, 9, 20]
    var base = NumberSource(faults: faults)
    var starts = 0
    var source = PrefetchedSource(NumberSource(faults: faults)) { (_) throws(GatewiseError) in
      starts += 1
      throw .invalidArgument("no thread")
    }
    var (right, found) = (base.makeBatch(), source.makeBatch())
    for step in 0..<60 {
      if step == 30 {
        try base.go(to: SourcePlace(epoch: 5, position: 2))
        try source.go(to: SourcePlace(epoch: 5, position: 2))
      }
      #expect(source.place == base.place)
      #expect(call(&source, &found) == call(&base, &right))
    }
    print("after 60 calls without a thread:", source.place)
    #expect(starts == 1)
  }

  @Test("moving to a place discards the batch prepared ahead")
  func places() throws {
    var source = PrefetchedSource(NumberSource())
    var batch = source.makeBatch()
    var random = RandomStream(seed: 1)
    for _ in 0..<200 {
      let place = SourcePlace(epoch: random.index(below: 3), position: random.index(below: 8))
      try source.go(to: place)
      #expect(source.place == place)
      var base = NumberSource()
      try base.go(to: place)
      var right = base.makeBatch()
      right.inputs[0] = batch.inputs[0]
      right.targets[0] = batch.targets[0]
      for _ in 0..<random.index(below: 4) { #expect(call(&source, &batch) == call(&base, &right)) }
      // A place that does not exist leaves the source, and its prepared batch, unchanged.
      #expect(throws: GatewiseError.self) { try source.go(to: SourcePlace(epoch: 0, position: 8)) }
      #expect(call(&source, &batch) == call(&base, &right))
    }
  }

  @Test("the thread ends with the source, used or not")
  func end() throws {
    weak var owner: NumberSource.Owner?
    for calls in 0..<3 {
      func use() throws {
        let base = NumberSource(pause: 1000)
        owner = base.owner
        let source = PrefetchedSource(base)
        var batch = source.makeBatch()
        for _ in 0..<calls { _ = try source.next(into: &batch) }
      }
      try use()
      for _ in 0..<5000 where owner != nil { usleep(1000) }
      #expect(owner == nil)
    }
  }

  @Test("the steady state allocates nothing")
  func allocations() throws {
    let source = PrefetchedSource(NumberSource())
    var batch = source.makeBatch()
    for _ in 0..<10 { _ = try source.next(into: &batch) }
    allocation_counter_start()
    for _ in 0..<1000 { _ = try source.next(into: &batch) }
    let count = allocation_counter_stop()
    print("\(count) allocations in 1000 batches")
    #expect(count == 0)
  }
}

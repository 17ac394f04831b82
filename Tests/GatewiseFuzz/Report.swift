import Foundation

/// Mutants of one format with numbers in a range, for one worker.
struct Chunk: Codable {
  let format: String
  let seed: UInt64
  let numbers: Range<Int>
}

/// What became of a mutant that failed.
struct Failure: Codable {
  let number: Int
  let what: String
}

/// What a worker says of the mutants it has read.
struct Report: Codable {
  var tried = 0
  var refused = 0
  var failures: [Failure] = []
  /// The longest time on the processor, in seconds, and the greatest growth of resident memory beyond what the mutant's
  /// size allows anyway, in bytes.
  var (mostSeconds, mostMemory): (Double, Int) = (0, 0)

  mutating func add(_ other: Report) {
    (tried, refused, failures) = (tried + other.tried, refused + other.refused, failures + other.failures)
    (mostSeconds, mostMemory) = (max(mostSeconds, other.mostSeconds), max(mostMemory, other.mostMemory))
  }
}

/// What no mutant may exceed.
enum Limits {
  static let seconds = 2.0
  static let memory = 32 << 20
  /// Seconds without any progress after which a worker is ended.
  static let patience = 30.0
}

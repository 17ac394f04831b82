import Foundation
import Testing

@testable import Gatewise

/// The same bits of every result, whatever core OpenBLAS takes, on every instruction set with fused multiply-adds, for
/// every number of threads, and of each sequence for every cut and order of the batch.
///
/// `scripts/check/cores` runs these tests once for every core, with more configurations, and compares what they write.
@Suite struct PromiseTests {
  /// "first-last" of the configurations that are drawn.
  private static let configurations = ProcessInfo.processInfo.environment["GATEWISE_PROMISES"]
  /// The cores that settings are drawn from, with commas between them; this process runs those of its own core.
  private static let cores = (ProcessInfo.processInfo.environment["GATEWISE_PROMISE_CORES"] ?? "")
    .split(separator: ",").map(String.init)
  /// A file for what was found, a line each: the configuration, what must agree, the kind of result, its bits, how it
  /// was made.
  private static let output = ProcessInfo.processInfo.environment["GATEWISE_PROMISE_OUTPUT"]

  private static var numbers: ClosedRange<Int> {
    let bounds = (configurations ?? "0-11").split(separator: "-").compactMap { Int($0) }
    return bounds[0]...bounds[1]
  }

  @Test func `no setting changes a bit`() throws {
    let fusing = [InstructionSet.avx512, .avx2, .neon].filter(\.isSupported)
    var (lines, found, compared, differing) = ([String](), [String: (UInt64, String)](), 0, [String]())
    func take(_ promise: PromiseProblem, _ group: String, _ setting: PromiseSetting, _ path: RecurrentPath) throws {
      if let core = setting.core, core.lowercased() != OpenBLAS.core.lowercased() { return }
      for (kind, bits) in try PromiseBits(promise, setting, path: path).results {
        let key = "\(promise.number)\t\(group)\t\(kind)"
        lines.append("\(key)\t\(String(bits, radix: 16))\t\(setting)")
        if let (other, how) = found[key] {
          compared += 1
          if bits != other { differing.append("\(key): \(setting) differs from \(how)") }
        } else {
          found[key] = (bits, "\(setting)")
        }
      }
    }
    for number in Self.numbers {
      let promise = try PromiseProblem(number)
      for index in 0..<12 where !fusing.isEmpty {
        try take(promise, "fusing", PromiseSetting(index, of: promise, cores: Self.cores, sets: fusing), .tile)
      }
      for index in 0..<3 {
        let setting = PromiseSetting(100 + index, of: promise, cores: Self.cores, sets: [.portable])
        try take(promise, "portable", setting, .tile)
      }
      // OpenBLAS's products depend on its core and on their rows: threads alone must not matter there.
      for index in 0..<2 {
        var setting = PromiseSetting(200 + index, of: promise, cores: [], sets: [try .current()])
        setting = setting.whole(promise.problem.batchSize)
        try take(promise, "plain, \(OpenBLAS.core)", setting, .plain)
      }
    }
    print(
      "\(Self.numbers.count) configurations, \(lines.count) results, \(compared) compared, \(differing.count) differ")
    #expect(differing.isEmpty, "\(differing.prefix(5))")
    #expect(compared > 0)
    guard let output = Self.output else { return }
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: output))
  }
}

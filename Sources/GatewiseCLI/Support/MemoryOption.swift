import ArgumentParser
import Gatewise

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// `--memory`, which means the same in every command that has it.
struct MemoryOption: ParsableArguments {
  @Flag(help: "Print the planned memory and the peak memory at the end, on standard error.")
  var memory = false

  /// Prints the planned and the peak memory if `--memory` is given.
  func report() {
    guard memory else { return }
    let most = PeakMemory.most.map { MemoryLimit.text(Double($0)) } ?? "an unknown amount"
    let line = Array("Memory: \(MemoryLimit.text(MemoryLimit.planned)) planned, \(most) at peak.\n".utf8)
    _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}

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
  @Flag(help: "Print at the end, on standard error, how much memory was reckoned with and how much it was at most.")
  var memory = false

  /// Prints it, where it is asked for.
  func report() {
    guard memory else { return }
    let most = PeakMemory.most.map { MemoryLimit.text(Double($0)) } ?? "an unknown amount"
    let line = Array("Memory: \(MemoryLimit.text(MemoryLimit.planned)) reckoned with, \(most) at most.\n".utf8)
    _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}

import ArgumentParser
import Gatewise

/// `gatewise info`
struct Info: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows the version, the processor, the kernels, OpenBLAS and the threads.")

  func run() throws {
    print("gatewise \(GatewiseCommand.version)")
  }
}

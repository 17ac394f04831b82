import ArgumentParser

/// The options `--hidden`, `--layers` and `--peepholes` of a plain stack of layers.
struct StackOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Hidden units of all layers, or of each layer from the lowest, for example 64,32.", valueName: "h"))
  var hidden: SizeList?

  @Option(help: ArgumentHelp("Number of layers.", valueName: "n"))
  var layers: Int?

  @Flag(help: "Add peephole connections from the cell state to the gates.")
  var peepholes = false

  /// The flags that were given.
  var given: [String] {
    [("--hidden", hidden != nil), ("--layers", layers != nil), ("--peepholes", peepholes)].filter(\.1).map(\.0)
  }

  func validate() throws {
    if let layers, !(1...1000).contains(layers) {
      throw ValidationError("--layers must be from 1 to 1000, but is \(layers).")
    }
    if let hidden, hidden.sizes.isEmpty {
      throw ValidationError(
        "--hidden must be a positive size, or one for each layer (for example 64,32), but is \(hidden.text).")
    }
    if let layers, let sizes = hidden?.sizes, sizes.count > 1, sizes.count != layers {
      throw ValidationError(
        "--hidden gives \(sizes.count) layers, but --layers gives \(layers); leave one of them out.")
    }
  }

  /// Returns the hidden size of each layer, the lowest first. The default is `layers` layers with `hidden` units each.
  func hiddenSizes(hidden: Int, layers: Int) -> [Int] {
    let sizes = self.hidden?.sizes ?? [hidden]
    return sizes.count > 1 ? sizes : Array(repeating: sizes[0], count: self.layers ?? layers)
  }
}

/// A list of positive numbers, separated by commas.
struct SizeList: ExpressibleByArgument, Sendable {
  /// The argument.
  let text: String
  /// The numbers; empty if the argument is not such a list, which `StackOptions` reports.
  let sizes: [Int]

  init(argument: String) {
    text = argument
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    sizes = parts.allSatisfy { ($0 ?? 0) >= 1 } ? parts.compactMap { $0 } : []
  }
}

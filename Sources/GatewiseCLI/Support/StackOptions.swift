import ArgumentParser

/// `--hidden`, `--layers` and `--peepholes`: a plain stack of layers.
struct StackOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Hidden units of every layer, or of each layer from the lowest, for example 64,32.", valueName: "h"))
  var hidden: SizeList?

  @Option(help: ArgumentHelp("Number of layers.", valueName: "n"))
  var layers: Int?

  @Flag(help: "Let the gates see the cell state through peephole weights.")
  var peepholes = false

  /// The flags that were given.
  var given: [String] {
    [("--hidden", hidden != nil), ("--layers", layers != nil), ("--peepholes", peepholes)].filter(\.1).map(\.0)
  }

  func validate() throws {
    if let layers, !(1...1000).contains(layers) {
      throw ValidationError("--layers \(layers) is no number of layers; give one from 1 to 1000.")
    }
    if let hidden, hidden.sizes.isEmpty {
      throw ValidationError(
        "--hidden \(hidden.text) names no sizes; give one of at least 1, or one for each layer, for example 64,32.")
    }
    if let layers, let sizes = hidden?.sizes, sizes.count > 1, sizes.count != layers {
      throw ValidationError(
        "--hidden gives \(sizes.count) layers, but --layers gives \(layers); leave one of them out.")
    }
  }

  /// The hidden size of every layer, the lowest first, with `hidden` units in each of `layers` layers where not given.
  func hiddenSizes(hidden: Int, layers: Int) -> [Int] {
    let sizes = self.hidden?.sizes ?? [hidden]
    return sizes.count > 1 ? sizes : Array(repeating: sizes[0], count: self.layers ?? layers)
  }
}

/// Positive numbers with commas between them.
struct SizeList: ExpressibleByArgument, Sendable {
  /// What was said.
  let text: String
  /// The numbers; none where it is not such a list, which `StackOptions` answers in a sentence of its own.
  let sizes: [Int]

  init(argument: String) {
    text = argument
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    sizes = parts.allSatisfy { ($0 ?? 0) >= 1 } ? parts.compactMap { $0 } : []
  }
}

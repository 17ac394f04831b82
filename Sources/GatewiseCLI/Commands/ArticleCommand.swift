import ArgumentParser
import GatewiseDerivation

/// The hidden command `gatewise derive-article`, which `scripts/make-derivation` runs.
struct ArticleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "derive-article",
    abstract: "Writes the book's article \"The backward pass, derived\" to standard output.",
    shouldDisplay: false)

  func run() throws {
    try StandardOutput.print(BackwardArticle().text, terminator: "")
  }
}

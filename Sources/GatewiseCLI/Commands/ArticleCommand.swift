import ArgumentParser
import GatewiseDerivation

/// `gatewise derive-article`, for `scripts/make-derivation`.
struct ArticleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "derive-article",
    abstract: "Writes the book's article \"The backward pass, derived\" to standard output.",
    shouldDisplay: false)

  func run() throws {
    try StandardOutput.print(BackwardArticle().text, terminator: "")
  }
}

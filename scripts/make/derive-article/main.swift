// Writes the book's article "The backward pass, derived" to standard output, for scripts/make/derivation.

import GatewiseDerivation

print(try BackwardArticle().text, terminator: "")

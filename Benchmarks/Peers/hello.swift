// A minimal Swift program, with which the start of `gatewise` is compared.
import Foundation

print("Hello at \(Date())")

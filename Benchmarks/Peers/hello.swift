// The least that a Swift program can do: what the start of `gatewise` is compared with.
import Foundation

print("Hello at \(Date())")

import Gatewise
import SwiftProtobuf

// The attributes of an LSTM node. Ignoring one would give a model that computes something else.

extension GraphReader {
  /// Checks that the node has only attributes of the operator, each of its type.
  func checkAttributes(of node: Node) throws(GatewiseError) {
    for attribute in node.proto.attribute {
      let fits: Bool
      switch attribute.name {
      case "hidden_size", "input_forget", "layout", "output_sequence": fits = attribute.hasI
      case "clip": fits = attribute.hasF
      case "direction": fits = attribute.hasS
      case "activations": fits = attribute.floats.isEmpty && attribute.ints.isEmpty && !attribute.hasS
      case "activation_alpha", "activation_beta":
        fits = attribute.strings.isEmpty && attribute.ints.isEmpty && !attribute.hasF
      default:
        throw node.problem(
          "has the attribute \(quoted(attribute.name)), which the LSTM operator does not have; write the file again")
      }
      guard fits else {
        throw node.problem("has a value of another type for its attribute \(attribute.name); write the file again")
      }
    }
  }

  /// An attribute that is 0 or 1; by default 0.
  func isSet(_ name: String, of node: Node) throws(GatewiseError) -> Bool {
    switch node.integer(name) ?? 0 {
    case 0: return false
    case 1: return true
    case let number: throw node.problem("has the \(name) \(number), but 0 or 1 is expected; write the file again")
    }
  }
}

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// An extent of an input or output: a number, or a name if it is open.
enum Dimension {
  case number(Int)
  case name(String)
}

extension ONNXValueInfoProto {
  /// An input or output of a graph.
  init(_ name: String, _ type: ONNXElementType, _ shape: [Dimension]) {
    self.init()
    self.name = name
    self.type.tensorType.elemType = type.rawValue
    self.type.tensorType.shape.dim = shape.map { dimension in
      .with {
        switch dimension {
        case .number(let number): $0.dimValue = Int64(number)
        case .name(let name): $0.dimParam = name
        }
      }
    }
  }
}

extension ONNXAttributeProto {
  private init(_ name: String, _ type: AttributeType) {
    self.init()
    (self.name, self.type) = (name, type)
  }

  static func integer(_ name: String, _ number: Int) -> Self {
    var attribute = Self(name, .int)
    attribute.i = Int64(number)
    return attribute
  }

  static func integers(_ name: String, _ numbers: [Int]) -> Self {
    var attribute = Self(name, .ints)
    attribute.ints = numbers.map { Int64($0) }
    return attribute
  }

  static func number(_ name: String, _ number: Double) -> Self {
    var attribute = Self(name, .float)
    attribute.f = Float(number)
    return attribute
  }

  static func numbers(_ name: String, _ numbers: [Double]) -> Self {
    var attribute = Self(name, .floats)
    attribute.floats = numbers.map { Float($0) }
    return attribute
  }

  static func text(_ name: String, _ text: String) -> Self {
    var attribute = Self(name, .string)
    attribute.s = Data(text.utf8)
    return attribute
  }

  static func texts(_ name: String, _ texts: [String]) -> Self {
    var attribute = Self(name, .strings)
    attribute.strings = texts.map { Data($0.utf8) }
    return attribute
  }
}

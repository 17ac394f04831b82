import Gatewise

/// A node of the graph: its attributes by name, and errors that name it.
struct Node {
  let proto: ONNXNodeProto
  let path: String
  private let index: Int

  init(_ proto: ONNXNodeProto, index: Int, path: String) {
    (self.proto, self.index, self.path) = (proto, index, path)
  }

  /// The operator; for other domains with the domain as prefix.
  var kind: String {
    proto.domain.isEmpty || proto.domain == "ai.onnx" ? proto.opType : "\(proto.domain).\(proto.opType)"
  }

  /// The name of the node in errors.
  var name: String {
    let own = proto.name.isEmpty ? proto.output.first { !$0.isEmpty } ?? "" : proto.name
    return own.isEmpty ? "node \(index) (\(kind))" : "node \(quoted(own)) (\(kind))"
  }

  /// The name of an input; empty if omitted.
  func input(_ place: Int) -> String { place < proto.input.count ? proto.input[place] : "" }

  /// Returns an error that begins with the node; `what` continues the sentence.
  func problem(_ what: String) -> GatewiseError { .file(path: path, problem: "\(name) \(what).") }

  func attribute(_ name: String) -> ONNXAttributeProto? { proto.attribute.first { $0.name == name } }

  func integer(_ name: String) -> Int? { attribute(name).flatMap { $0.hasI ? Int($0.i) : nil } }

  func integers(_ name: String) -> [Int]? { attribute(name)?.ints.map { Int($0) } }

  func number(_ name: String) -> Double? { attribute(name).flatMap { $0.hasF ? Self.decimal($0.f) : nil } }

  func numbers(_ name: String) -> [Double] { attribute(name)?.floats.map(Self.decimal) ?? [] }

  /// A value written as 0.01 is the Double 0.01, not the nearest Float.
  private static func decimal(_ number: Float) -> Double { Double("\(number)") ?? Double(number) }

  func text(_ name: String) -> String? {
    attribute(name).flatMap { $0.hasS ? String(decoding: $0.s, as: UTF8.self) : nil }
  }

  func texts(_ name: String) -> [String] {
    attribute(name)?.strings.map { String(decoding: $0, as: UTF8.self) } ?? []
  }
}

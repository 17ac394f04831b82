import Foundation
import Gatewise

/// Safetensors files of models and of checkpoints: tensors and texts changed with lengths, places and checksums
/// repaired, or headers that lie.
struct TensorsKind: FuzzedKind {
  let suffix = "safetensors"
  private let isCheckpoint: Bool
  private let seeds: [Content]

  private struct Item {
    var name: String
    var type: String
    var shape: [Int]
    var bytes: [UInt8]
  }

  private struct Content {
    var items: [Item]
    var texts: [String: String]
  }

  private static let tokens = [
    "\"a\":", "{", "}", "[", "]", ",", ":", "\\u0041", "\\ud83d\\ude00", "\\ud800", "\\n", "\\", "\"", "F32", "F64",
    "BF16",
    "I64", "U64", "BOOL", "F8_E4M3", "\"__metadata__\":{}", "\"dtype\":\"F32\"", "\"shape\":[]",
    "\"data_offsets\":[0,0]", "null", "\u{0}", "é", "\u{1}",
  ]
  private static let jsonTokens =
    tokens + ["\"layers\":", "true", "\"format\":", "1e400", "\"hiddenSizes\":[1,2]", "\"cell\":"]

  init(_ seeds: Seeds, isCheckpoint: Bool) throws {
    self.isCheckpoint = isCheckpoint
    self.seeds = try Seeds.configurations.map { configuration in
      let model = try LSTM<Float>(configuration, seed: 1)
      let path = "\(seeds.folder)/seed.safetensors"
      defer { unlink(path) }
      if isCheckpoint {
        let moments = [Float](repeating: 0.5, count: 2 * model.parameters.count)
        let state = TrainingState(model: model, optimizer: OptimizerState(step: 3, moments: moments))
        try TrainingCheckpoint(state, notes: ["place": "4", "best": "0.5"]).write(to: path)
      } else {
        try model.write(to: path, extras: ["vocabulary": "abc"])
      }
      return try Self.content(path)
    }
  }

  private static func content(_ path: String) throws -> Content {
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    let file = try SafetensorsFile(path: path)
    let items = file.entries.map {
      Item(name: $0.name, type: $0.elementType.rawValue, shape: $0.shape, bytes: Array(bytes[$0.byteRange]))
    }
    return Content(items: items, texts: file.metadata)
  }

  func mutant(_ random: inout RandomStream) -> [UInt8] {
    var content = seeds.element(&random)
    for _ in 0..<random.index(below: 4) { change(&content, &random) }
    if isCheckpoint, !random.once(in: 4) { repairChecksum(&content) }
    var header = Array(Self.header(content).utf8)
    if random.once(in: 3) { header = Mutation.bytes(header, tokens: Self.tokens, &random) }
    if random.once(in: 60) { header = nested(&random) }
    let length = random.once(in: 30) ? UInt64.max >> UInt64(random.index(below: 64)) : UInt64(header.count)
    let bytes = length.bytes + header + content.items.flatMap(\.bytes)
    return random.once(in: 8) ? Mutation.bytes(bytes, tokens: [], &random) : bytes
  }

  private func change(_ content: inout Content, _ random: inout RandomStream) {
    if !content.texts.isEmpty, random.once(in: 3) {
      let key = content.texts.keys.sorted().element(&random)
      content.texts[key] = Mutation.text(content.texts[key]!, tokens: Self.jsonTokens, &random).text
      return
    }
    guard !content.items.isEmpty else { return }
    let index = random.index(below: content.items.count)
    var item = content.items[index]
    switch random.index(below: 9) {
    case 0:
      content.items.remove(at: index)
      return
    case 1: content.items.append(item)
    case 2: content.items.swapAt(index, random.index(below: content.items.count))
    case 3:
      item.name = Mutation.text(item.name, tokens: ["_reverse", "l1", "l9", "model.", "head.weight"], &random).text
    case 4: item.shape.reverse()
    case 5: item.shape.insert(1, at: random.index(below: item.shape.count + 1))
    case 6:
      item.type = ["F64", "F16", "BF16", "I64", "U8"].element(&random)
      let size = ["F64": 8, "F16": 2, "BF16": 2, "I64": 8, "U8": 1][item.type]!
      item.bytes = [UInt8](repeating: 0x3C, count: item.shape.reduce(size, *))
    case 7:
      // Another extent, with as many numbers.
      guard !item.shape.isEmpty else { return }
      item.shape[random.index(below: item.shape.count)] = random.index(below: 12)
      item.type = "F32"
      item.bytes = [UInt8](repeating: 0, count: item.shape.reduce(4, *))
    default: item.bytes = item.bytes.map { random.once(in: 9) ? 0xFF : $0 }
    }
    content.items[index] = item
  }

  private static func header(_ content: Content) -> String {
    func quoted(_ text: String) -> String {
      let data = try? JSONEncoder().encode([text])
      return String(String(decoding: data ?? Data("[\"\"]".utf8), as: UTF8.self).dropFirst().dropLast())
    }
    var members: [String] = []
    if !content.texts.isEmpty {
      let texts = content.texts.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
      members.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
    }
    var place = 0
    for item in content.items {
      let end = place + item.bytes.count
      let shape = item.shape.map(String.init).joined(separator: ",")
      members.append(
        "\(quoted(item.name)):{\"dtype\":\"\(item.type)\",\"shape\":[\(shape)],\"data_offsets\":[\(place),\(end)]}")
      place = end
    }
    return "{\(members.joined(separator: ","))}"
  }

  /// A header that is deep, or long, or all escapes.
  private func nested(_ random: inout RandomStream) -> [UInt8] {
    let count = 1 << random.index(below: 18)
    return switch random.index(below: 5) {
    case 0: Array((String(repeating: "{\"a\":", count: count) + String(repeating: "}", count: count)).utf8)
    case 1: Array(("{\"a\":" + String(repeating: "[", count: count)).utf8)
    case 2: Array(("{\"__metadata__\":{\"a\":\"" + String(repeating: "\\u00e9", count: count) + "\"}}").utf8)
    case 3:
      Array(
        ("{"
          + (0..<count).map { "\"\($0)\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,0]}" }.joined(
            separator: ",")
          + "}").utf8)
    default:
      Array(
        ("{"
          + (0..<count).map { "\"\($0)\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}" }.joined(
            separator: ",")
          + "}").utf8)
    }
  }

  private func repairChecksum(_ content: inout Content) {
    var sum = Checksum()
    for (key, text) in content.texts.sorted(by: { $0.key < $1.key }) where key != "gatewise.checksum" {
      sum.add(key)
      sum.add(text)
    }
    for item in content.items.sorted(by: { $0.name < $1.name }) {
      sum.add("\(item.name) \(item.type) \(item.shape)")
      sum.add(item.bytes)
    }
    content.texts["gatewise.checksum"] = sum.text
  }

  func read(_ path: String) throws {
    if isCheckpoint {
      _ = try TrainingCheckpoint<Float>(contentsOf: path)
      return
    }
    let file = try SafetensorsFile(path: path)
    for entry in file.entries.prefix(100) {
      if entry.elementType.isFloatingPoint {
        _ = try file.tensor(entry.name, as: Float.self)
      } else if let integers = try? file.integers(entry.name), integers.count != entry.count {
        throw Disagreement(description: "\(entry.name) has \(integers.count) numbers, but \(entry.count) are said")
      }
    }
    _ = try ModelFile(contentsOf: path).model(as: Float.self)
  }
}

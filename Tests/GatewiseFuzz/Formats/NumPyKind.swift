import Gatewise
import GatewiseRuns

/// Arrays of NumPy, in memory and as tables.
struct NumPyKind: FuzzedKind {
  let suffix = "npy"
  private let seeds: [[UInt8]]

  private static let types = [
    "<f4", "<f8", "<f2", "<i8", "<i4", "<i2", "|i1", "<u8", "<u4", "<u2", "|u1", "|b1", ">f4", "<c8", "|S4", "<M8[ns]",
    "|O",
  ]
  private static let shapes = [
    "(2, 3)", "(+3, 2, 5)", "(3,,2,5)", "(3 2 5)", "(6)", "(6,)", "()", "(0, 5)", "(-1, 2)", "(1, 2, 3,)", "( 2,3 )",
    "(4611686018427387904, 4611686018427387904)", "(0, 9223372036854775807, 9223372036854775807)", "(03, 2)", "[2, 3]",
    "(2, 3", "(2L, 3L)", "(1_0, 2)", "(2, (3))", "(٣, 2)",
  ]
  private static let tokens =
    types + shapes + [
      "'descr': ", "'fortran_order': ", "'shape': ", "True", "False", ", ", "{", "}", "(", ")", "'", "\"", "\n", "\\",
      "#",
    ]

  init(_ seeds: Seeds) throws {
    self.seeds =
      try [[2, 3], [4], [5, 1, 2]].flatMap { shape in
        let count = shape.reduce(1, *)
        return [
          try seeds.written("npy") {
            try NumPyFile.write(Tensor(shape: shape, elements: (0..<count).map(Float.init)), to: $0)
          },
          try seeds.written("npy") {
            try NumPyFile.write(Tensor(shape: shape, elements: (0..<count).map(Double.init)), to: $0)
          },
        ]
      } + seeds.files("GatewiseRunsTests/Fixtures", suffix: ".npy")
  }

  func mutant(_ random: inout RandomStream) -> [UInt8] {
    if random.once(in: 3) { return Mutation.bytes(seeds.element(&random), tokens: Self.tokens, &random) }
    return Self.array(&random)
  }

  /// An array whose head has its right length, and mostly as many numbers as it says.
  static func array(_ random: inout RandomStream, isSound: Bool = false) -> [UInt8] {
    let extents = (0..<random.index(below: 4)).map { _ in random.index(below: 6) }
    let isWild = !isSound && random.once(in: 2)
    let shape =
      isWild && random.once(in: 2)
      ? shapes.element(&random)
      : "(\(extents.map(String.init).joined(separator: ", "))\(extents.count == 1 ? "," : ""))"
    let type = isWild ? types.element(&random) : types[random.index(below: 12)]
    let order = random.once(in: 4) ? "True" : "False"
    var items = ["'descr': '\(type)'", "'fortran_order': \(order)", "'shape': \(shape)"]
    if isWild, random.once(in: 3) { items.swapAt(0, random.index(below: 3)) }
    if isWild, random.once(in: 6) { items.append(items.element(&random)) }
    var text = Array("{\(items.joined(separator: ", ")), }\n".utf8)
    if isWild, random.once(in: 2) { text = Mutation.bytes(text, tokens: tokens, &random) }
    let version = UInt8(1 + random.index(below: 3))
    let length = version == 1 ? UInt16(truncatingIfNeeded: text.count).bytes : UInt32(text.count).bytes
    let size = Int(String(type.filter(\.isNumber))) ?? 1
    let count = extents.reduce(min(size, 8), *)
    let data = (0..<count).map { _ in UInt8(random.index(below: 256)) }
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + text + data
  }

  func read(_ path: String) throws {
    var refused: GatewiseError?
    do throws(GatewiseError) {
      let table = try NumPyTable(path: path)
      let chosen = Array(table.columns.reversed().prefix(3))
      let rows = try table.rows(of: chosen)
      var values = [Double](repeating: 0, count: rows.rowCount * chosen.count)
      try rows.read(0..<rows.rowCount, into: &values, at: 0)
    } catch { refused = error }
    let file = try NumPyFile(path: path)
    let (single, double) = (file.tensor(Float.self), file.tensor(Double.self))
    guard single.elements.count == double.elements.count, single.shape == file.shape else {
      throw Disagreement(description: "the array has \(single.shape) numbers and \(double.shape)")
    }
    if let refused { throw refused }
  }
}

// OpenBLAS chooses its kernels when it is loaded, from a list of known processors; on a processor newer than its list
// it may use kernels that are twenty years old. Then only the plain path, LAPACK and comparisons with SGEMM are slow:
// no result of the default path comes from OpenBLAS.

extension OpenBLAS {
  /// The environment variable that names the core whose kernels OpenBLAS uses. It is read when OpenBLAS is loaded,
  /// which is before the program starts.
  package static let coreVariable = "OPENBLAS_CORETYPE"

  /// Generations of vector instructions that kernels are written for, in order of age, the oldest first.
  enum Generation: Int, Comparable {
    case sse, avx, avx2, avx512

    static func < (a: Generation, b: Generation) -> Bool { a.rawValue < b.rawValue }

    /// The name in messages.
    var name: String {
      switch self {
      case .sse: "SSE"
      case .avx: "AVX"
      case .avx2: "AVX2"
      case .avx512: "AVX-512"
      }
    }

    /// The generation of an OpenBLAS core, nil if the core is unknown.
    init?(core: String) {
      switch core.lowercased() {
      case "skylakex", "cooperlake", "sapphirerapids": self = .avx512
      case "haswell", "zen", "excavator": self = .avx2
      case "sandybridge", "bulldozer", "piledriver", "steamroller": self = .avx
      case "prescott", "core2", "penryn", "dunnington", "nehalem", "atom", "nano", "opteron", "opteron_sse3",
        "barcelona", "bobcat", "katmai", "coppermine", "northwood", "banias", "athlon":
        self = .sse
      default: return nil
      }
    }

    /// The generation of this processor, nil if it lacks AVX2.
    static let ofProcessor: Generation? =
      InstructionSet.avx512.isSupported ? .avx512 : InstructionSet.avx2.isSupported ? .avx2 : nil
  }

  /// The cores whose kernels this processor supports, the newest first.
  package static var fittingCores: [String] {
    guard let processor = Generation.ofProcessor else { return [] }
    return (processor == .avx512 ? ["SkylakeX"] : []) + ["Haswell", "Zen"]
  }

  /// Whether OpenBLAS runs kernels for vector instructions older than this processor's.
  package static var coreIsOld: Bool { isOld(core: core, on: Generation.ofProcessor) }

  static func isOld(core: String, on processor: Generation?) -> Bool {
    guard let processor, let core = Generation(core: core) else { return false }
    return core < processor
  }

  /// A sentence that says what to set if OpenBLAS runs kernels for an older processor; nil if it does not.
  package static var coreAdvice: String? { advice(core: core, on: Generation.ofProcessor, fitting: fittingCores) }

  static func advice(core: String, on processor: Generation?, fitting: [String]) -> String? {
    guard isOld(core: core, on: processor), let processor, let fit = fitting.first else { return nil }
    return
      "OpenBLAS runs kernels for \(core), which are older than this processor's \(processor.name): set "
      + "\(coreVariable)=\(fit) before the program starts for a faster plain path."
  }

  /// Returns whether short products of integers, whose sums are exact, equal those of plain loops. Some kernels of some
  /// versions of OpenBLAS give wrong results on some processors.
  package static func shortProductsAreRight() -> Bool {
    prepare()
    return shortProductsAreRight(Float.self) && shortProductsAreRight(Double.self)
  }

  private static func shortProductsAreRight<S: Scalar>(_: S.Type) -> Bool {
    let sizes = [(1, 1, 1), (1, 48, 33), (3, 5, 2), (8, 16, 8), (13, 31, 17), (17, 4, 64), (33, 65, 40), (64, 64, 100)]
    for (rows, columns, depth) in sizes {
      for transposition in [Transposition.none, .left, .right] {
        for adding in [false, true] {
          guard isRight(S.self, rows, columns, depth, transposition, adding: adding) else { return false }
        }
      }
    }
    return true
  }

  private static func isRight<S: Scalar>(
    _: S.Type, _ rows: Int, _ columns: Int, _ depth: Int, _ transposition: Transposition, adding: Bool
  ) -> Bool {
    var (a, b) = ((0..<rows * depth).map { S($0 * 7 % 11 - 5) }, (0..<depth * columns).map { S($0 * 5 % 13 - 6) })
    var c = (0..<rows * columns).map { S(adding ? $0 % 9 : 0) }
    var right = c
    for i in 0..<rows {
      for j in 0..<columns {
        for k in 0..<depth {
          right[i * columns + j] +=
            a[transposition == .left ? k * rows + i : i * depth + k]
            * b[transposition == .right ? j * depth + k : k * columns + j]
        }
      }
    }
    a.withUnsafeMutableBufferPointer { a in
      b.withUnsafeMutableBufferPointer { b in
        c.withUnsafeMutableBufferPointer { c in
          multiply(
            transposition == .left
              ? MatrixView(a.baseAddress!, rows: depth, columns: rows)
              : MatrixView(a.baseAddress!, rows: rows, columns: depth),
            transposition == .right
              ? MatrixView(b.baseAddress!, rows: columns, columns: depth)
              : MatrixView(b.baseAddress!, rows: depth, columns: columns),
            transposing: transposition, into: MatrixView(c.baseAddress!, rows: rows, columns: columns), adding: adding)
        }
      }
    }
    return c == right
  }
}

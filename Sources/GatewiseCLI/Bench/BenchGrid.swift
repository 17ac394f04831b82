import Gatewise

/// The rows that are measured if no shape is given, here and in comparisons with other engines (`scripts/compare`).
enum BenchGrid {
  /// Training, inference, then special cases: Float64, sequences of different lengths, both directions, projections,
  /// reduced weights, one step of a session.
  static let rows: [BenchShape] = {
    let dense = [
      row(L: 1, H: 64, N: 32, T: 64),
      row(L: 2, H: 128, N: 32, T: 64),
      row(L: 2, H: 256, N: 64, T: 64),
      row(L: 2, H: 512, N: 64, T: 50),
      row(L: 2, H: 1024, N: 64, T: 25),
      row(L: 4, H: 256, N: 16, T: 50),
      row(L: 1, I: 2, H: 128, N: 32, T: 500),
      row(L: 1, H: 32, N: 8, T: 1000),
      row(L: 1, H: 512, N: 1, T: 100),
      row(L: 2, H: 256, N: 1, T: 100),
      row(L: 1, H: 64, N: 1, T: 100),
    ]
    return dense
      + dense.map { $0.with { $0.mode = .infer } }
      + [
        row(L: 1, H: 64, N: 32, T: 64).with { $0.dtype = .float64 },
        row(L: 2, H: 256, N: 64, T: 64).with { $0.dtype = .float64 },
        row(L: 1, H: 64, N: 32, T: 64).with { $0.shortest = 16 },
        row(L: 2, H: 256, N: 64, T: 64).with { $0.shortest = 16 },
        row(L: 2, H: 256, N: 64, T: 64).with { $0.isBidirectional = true },
        row(L: 1, H: 128, N: 32, T: 64).with { $0.isBidirectional = true },
        row(L: 2, H: 256, N: 64, T: 64).with { ($0.mode, $0.isBidirectional) = (.infer, true) },
        row(L: 2, H: 256, N: 64, T: 64).with { ($0.isBidirectional, $0.shortest) = (true, 16) },
        row(L: 2, H: 512, N: 32, T: 50).with { $0.projectionSize = 128 },
        row(L: 2, H: 512, N: 32, T: 50).with { ($0.mode, $0.projectionSize) = (.infer, 128) },
        row(L: 1, H: 512, N: 1, T: 100).with { ($0.mode, $0.weights) = (.infer, .bfloat16) },
        row(L: 1, H: 64, N: 1, T: 1).with { $0.mode = .step },
        row(L: 2, H: 256, N: 1, T: 1).with { $0.mode = .step },
        row(L: 2, H: 256, N: 1, T: 1).with { ($0.mode, $0.weights) = (.step, .bfloat16) },
      ]
  }()

  /// Returns the row for training L layers of H units on N sequences of T steps with I inputs (default: H).
  private static func row(L: Int, I: Int? = nil, H: Int, N: Int, T: Int) -> BenchShape {
    BenchShape(layers: L, inputSize: I ?? H, hiddenSize: H, batch: N, window: T)
  }
}

extension BenchShape {
  /// Returns a changed copy of this row.
  fileprivate func with(_ change: (inout BenchShape) -> Void) -> BenchShape {
    var copy = self
    change(&copy)
    return copy
  }
}

import Testing

@testable import Gatewise

/// Products with a right factor on the tile path and by OpenBLAS, against plain loops in Double.
@Suite struct RightFactorTests {
  @Test(arguments: InstructionSet.supported)
  func `both paths, either factor transposed, assigned or added`(_ set: InstructionSet) throws {
    var worst = 0.0
    for (rows, columns, depth) in [(1, 1, 1), (7, 33, 20), (40, 5, 300), (3, 70, 0), (64, 154, 64)] {
      for (a, b) in [(false, false), (true, false), (false, true)] {
        for adding in [false, true] {
          let found = try products(set, rows, columns, depth, transposingA: a, transposingB: b, adding: adding)
          let blas = Agreement.difference(found.blas, found.plain)
          worst = max(worst, Agreement.difference(found.tile, found.plain), blas)
        }
      }
    }
    print("\(set): products against plain loops: worst \(worst)")
    #expect(worst < 1e-14)
  }

  private func products(
    _ set: InstructionSet, _ rows: Int, _ columns: Int, _ depth: Int, transposingA: Bool, transposingB: Bool,
    adding: Bool
  ) throws -> (tile: [Double], blas: [Double], plain: [Double]) {
    let kernels = try Kernels<Double>(for: set)
    var random = OperandStream<Double>(seed: rows, name: "RightFactor")
    var (a, b) = (random.values(rows * depth) + [0], random.values(depth * columns) + [0])
    let before = random.values(rows * columns)
    var plain = adding ? before : [Double](repeating: 0, count: rows * columns)
    for i in 0..<rows {
      for j in 0..<columns {
        for k in 0..<depth {
          plain[i * columns + j] +=
            a[transposingA ? k * rows + i : i * depth + k] * b[transposingB ? j * depth + k : k * columns + j]
        }
      }
    }
    var packed = [Double](repeating: .nan, count: kernels.factorCount(columns: columns, depth: depth) + 1)
    var (tile, blas) = (before, before)
    a.withUnsafeMutableBufferPointer { a in
      b.withUnsafeMutableBufferPointer { b in
        packed.withMutableView { packed in
          let (a, b) = (a.baseAddress!, b.baseAddress!)
          let left = MatrixView(a, rows: transposingA ? depth : rows, columns: transposingA ? rows : depth)
          let right = MatrixView(b, rows: transposingB ? columns : depth, columns: transposingB ? depth : columns)
          let factors = [
            kernels.pack(right, isTransposed: transposingB, into: packed),
            RightFactor(right, isTransposed: transposingB),
          ]
          tile.withUnsafeMutableBufferPointer {
            factors[0].multiply(
              left, transposingA: transposingA, into: MatrixView($0.baseAddress!, rows: rows, columns: columns),
              adding: adding)
          }
          blas.withUnsafeMutableBufferPointer {
            factors[1].multiply(
              left, transposingA: transposingA, into: MatrixView($0.baseAddress!, rows: rows, columns: columns),
              adding: adding)
          }
        }
      }
    }
    return (tile, blas, plain)
  }
}

import Testing

@testable import Gatewise

/// Views of rows and vectors: places, strides, and what writes through them.
@Suite struct ViewTests {
  @Test func `rows and columns of a matrix`() {
    var numbers = (0..<12).map(Float.init)
    numbers.withMutableView { all in
      let matrix = all.matrix(rows: 3, columns: 4)
      #expect(matrix[1][2] == 6)
      let part = matrix.columns(1..<3)
      #expect(part.columns == 2 && part.stride == 4 && part[2][0] == 9)
      #expect(part.rows(1..<3).rows == 2 && part.from(2)[0][1] == 10 && matrix.rows(from: 1, count: 1)[0][0] == 4)
      #expect(matrix.elements.count == 12)
      part.fill(-1)
    }
    #expect(numbers == [0, -1, -1, 3, 4, -1, -1, 7, 8, -1, -1, 11])
    numbers.withMutableView { $0.matrix(at: 4, rows: 2, columns: 4).fill(5) }
    #expect(numbers == [0, -1, -1, 3, 5, 5, 5, 5, 5, 5, 5, 5])
  }

  @Test func `parts of a vector`() {
    var numbers: [Double] = [1, 2, 3, 4]
    numbers.withMutableView { all in
      #expect(all[1..<3].count == 2 && all.from(3)[0] == 4 && all.vector(at: 2, count: 2)[1] == 4)
      all[2..<4].copy(from: all[0..<2])
      all[0] = 9
    }
    #expect(numbers == [9, 2, 1, 2])
    let sum = numbers.withView { view in (0..<view.count).reduce(0) { $0 + view[$1] } }
    #expect(sum == 14)
  }

  @Test func `nothing has a view too`() {
    var none: [Float] = []
    #expect(none.withView { $0.count } == 0)
    #expect(none.withMutableView { $0.count } == 0)
    #expect(VectorView<Float>.empty.matrix(rows: 0, columns: 3).elements.count == 0)
  }

  @Test func `a kernel adds through views`() throws {
    let kernels = try Kernels<Float>.current()
    var (x, y, a): ([Float], [Float], [Float]) = ([1, 2, 3], [10, 20, 30], [2, 2, 2])
    x.withMutableView { x in
      y.withMutableView { y in
        a.withMutableView { a in
          kernels.add(x, to: y)
          kernels.multiplyAdd(a, x, to: y)
        }
      }
    }
    #expect(y == [13, 26, 39])
    #expect(kernels.bound(nil) == nil && kernels.bound(0.5) == 0.5 && kernels.bound(1e-60)! > 0)
  }

  @Test func `functions of both number types`() {
    #expect(abs(Float.log(onePlus: 1e-8) - 1e-8) < 1e-15 && abs(Double.log(onePlus: 1e-12) - 1e-12) < 1e-23)
    #expect(Float.sqrt(2) == Float(2).squareRoot() && Double.sqrt(2) == 2.0.squareRoot())
  }
}

import Foundation
import GatewiseTasks

/// The network of the continual embedded Reber grammar and its training, from the paper's equations in plain scalar
/// loops. Shares no code with the engine.
struct PaperNetwork {
  private static let (inputs, cells, blocks, outputs) = (7, 8, 4, 7)
  /// `[I + H + 1][20]`: rows x, y, 1; columns i, f of each block, g of each cell, o of each block.
  private var w = [[Double]](repeating: [Double](repeating: 0, count: 20), count: 16)
  /// `[H + I + 1][7]`: rows y, x, 1.
  private var v = [[Double]](repeating: [Double](repeating: 0, count: 7), count: 16)
  private var c = [Double](repeating: 0, count: 8)
  private var y = [Double](repeating: 0, count: 8)
  /// ∂c_k/∂w of the weights of i, f and g from row m: `[3][16][8]`.
  private var traces = [[[Double]]](
    repeating: [[Double]](repeating: [Double](repeating: 0, count: 8), count: 16), count: 3)
  private var u = [Double](repeating: 0, count: 16)
  private var gates = [Double](repeating: 0, count: 20)
  private var squashed = [Double](repeating: 0, count: 8)
  /// The outputs of the last step.
  private(set) var output = [Double](repeating: 0, count: 7)

  /// Takes the parameters in the order of the model's layout: W, R, b of i, f and o, and the readout from h, from x,
  /// and b.
  init(_ parameters: [Double]) {
    var next = parameters.makeIterator()
    for m in 0..<15 { for j in 0..<20 { w[m][j] = next.next()! } }
    for j in [Int](0..<8) + (16..<20) { w[15][j] = next.next()! }
    for m in 0..<16 { for k in 0..<7 { v[m][k] = next.next()! } }
    precondition(next.next() == nil)
  }

  /// The parameters in the same order.
  var parameters: [Double] {
    w[..<15].flatMap { $0 } + ([Int](0..<8) + (16..<20)).map { w[15][$0] } + v.flatMap { $0 }
  }

  mutating func reset() {
    c = c.map { _ in 0 }
    y = y.map { _ in 0 }
    traces = traces.map { $0.map { $0.map { _ in 0 } } }
  }

  mutating func step(_ symbol: ReberSymbol) {
    func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    u = (0..<7).map { $0 == symbol.rawValue ? 1 : 0 } + y + [1]
    let net = (0..<20).map { j in (0..<16).reduce(0.0) { $0 + u[$1] * w[$1][j] } }
    for b in 0..<4 {
      let (i, f, o) = (logistic(net[b]), logistic(net[4 + b]), logistic(net[16 + b]))
      (gates[b], gates[4 + b], gates[16 + b]) = (i, f, o)
      for k in [2 * b, 2 * b + 1] {
        let s = logistic(net[8 + k])
        let factors = [(4 * s - 2) * i * (1 - i), c[k] * f * (1 - f), i * 4 * s * (1 - s)]
        for kind in 0..<3 { for m in 0..<16 { traces[kind][m][k] = f * traces[kind][m][k] + factors[kind] * u[m] } }
        c[k] = f * c[k] + i * (4 * s - 2)
        squashed[k] = 2 * logistic(c[k]) - 1
        y[k] = o * squashed[k]
      }
    }
    for k in 0..<7 {
      output[k] = logistic((0..<8).reduce(v[8 + symbol.rawValue][k] + v[15][k]) { $0 + y[$1] * v[$1][k] })
    }
  }

  mutating func learn(_ symbol: ReberSymbol, _ targets: [Double], rate: Double) {
    let delta = (0..<7).map { (output[$0] - targets[$0]) * output[$0] * (1 - output[$0]) }
    let error = (0..<8).map { k in (0..<7).reduce(0.0) { $0 + v[k][$1] * delta[$1] } }
    for k in 0..<7 {
      for h in 0..<8 { v[h][k] -= rate * delta[k] * y[h] }
      v[8 + symbol.rawValue][k] -= rate * delta[k]
      v[15][k] -= rate * delta[k]
    }
    for b in 0..<4 {
      let o = gates[16 + b]
      for k in [2 * b, 2 * b + 1] {
        let e = error[k] * o * (1 - squashed[k] * squashed[k]) / 2
        for m in 0..<16 {
          w[m][b] -= rate * e * traces[0][m][k]
          w[m][4 + b] -= rate * e * traces[1][m][k]
          if m < 15 { w[m][8 + k] -= rate * e * traces[2][m][k] }
          w[m][16 + b] -= rate * error[k] * squashed[k] * o * (1 - o) * u[m]
        }
      }
    }
  }
}

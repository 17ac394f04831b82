import Foundation

@testable import Gatewise

/// A scalar network in which only some nets of a layer see that y_{t-1} of their layer changes, differentiated forward:
/// every number has a slope along one direction, and a constant has none. Written from the equations; it shares no code
/// with the engine.
///
/// Its objective is that of `Drawn`: Σ y ∘ dy over all outputs, h ∘ dh and c ∘ dc over the last states.
struct StoppedNetwork {
  let drawn: Drawn
  /// Whether y_{t-1} changes for the nets i, f, g and o; else it is a constant.
  let isOpen: [Bool]

  /// A change of all variables.
  struct Direction {
    var parameters: [Double]
    var input: [Double]
    var hidden: [[Double]]
    var cells: [[Double]]
  }

  private struct Number {
    var value = 0.0
    var slope = 0.0

    var constant: Number { Number(value: value) }

    static func + (a: Number, b: Number) -> Number { Number(value: a.value + b.value, slope: a.slope + b.slope) }

    static func * (a: Number, b: Number) -> Number {
      Number(value: a.value * b.value, slope: a.value * b.slope + a.slope * b.value)
    }

    var sigmoid: Number {
      let s = 1 / (1 + exp(-value))
      return Number(value: s, slope: s * (1 - s) * slope)
    }

    var bent: Number {
      let y = tanh(value)
      return Number(value: y, slope: (1 - y * y) * slope)
    }
  }

  /// No change.
  var nothing: Direction {
    func zeros(_ tensors: [Tensor<Double>]) -> [[Double]] { tensors.map { $0.elements.map { _ in 0 } } }
    return Direction(
      parameters: drawn.model.parameters.map { _ in 0 }, input: drawn.denseInput.map { _ in 0 },
      hidden: zeros(drawn.initialState!.hidden), cells: zeros(drawn.initialState!.cell))
  }

  /// ∂E/∂ every variable, one after the other.
  func gradient() -> Direction {
    var (gradient, unit) = (nothing, nothing)
    func fill(_ path: WritableKeyPath<Direction, [Double]>) {
      for index in gradient[keyPath: path].indices {
        unit[keyPath: path][index] = 1
        gradient[keyPath: path][index] = slope(along: unit)
        unit[keyPath: path][index] = 0
      }
    }
    fill(\.parameters)
    fill(\.input)
    for l in gradient.hidden.indices {
      fill(\.hidden[l])
      fill(\.cells[l])
    }
    return gradient
  }

  /// The derivative of the objective along a direction.
  func slope(along direction: Direction) -> Double {
    let (model, N, I) = (drawn.model, drawn.batch.batchSize, drawn.batch.inputSize)
    func numbers(_ values: some Sequence<Double>, _ slopes: some Sequence<Double>) -> [Number] {
      zip(values, slopes).map { Number(value: $0, slope: $1) }
    }
    let all = numbers(model.parameters, direction.parameters)
    let input = numbers(drawn.denseInput, direction.input)
    func tensor(_ name: String) -> [Number] { model.layout[name].map { Array(all[$0.range]) } ?? [] }
    let sizes = model.configuration.hiddenSizes
    var sum = Number()
    for n in 0..<N {
      let steps = drawn.batch.lengths?[n] ?? drawn.batch.steps
      var rows = (0..<steps).map { t in Array(input[(t * N + n) * I..<(t * N + n + 1) * I]) }
      for (l, H) in sizes.enumerated() {
        let (W, R) = (tensor("weight_ih_l\(l)"), tensor("weight_hh_l\(l)"))
        let (b, p) = (tensor("bias_ih_l\(l)"), tensor("peephole_l\(l)"))
        let own = n * H..<(n + 1) * H
        var h = numbers(drawn.initialState!.hidden[l].elements[own], direction.hidden[l][own])
        var c = numbers(drawn.initialState!.cell[l].elements[own], direction.cells[l][own])
        for t in 0..<steps {
          var a = b
          for net in 0..<4 {
            for j in net * H..<(net + 1) * H {
              for (m, x) in rows[t].enumerated() { a[j] = a[j] + x * W[m * 4 * H + j] }
              for (m, y) in h.enumerated() { a[j] = a[j] + (isOpen[net] ? y : y.constant) * R[m * 4 * H + j] }
            }
          }
          for k in 0..<H {
            if !p.isEmpty { (a[k], a[H + k]) = (a[k] + p[k] * c[k], a[H + k] + p[H + k] * c[k]) }
            c[k] = a[H + k].sigmoid * c[k] + a[k].sigmoid * a[2 * H + k].bent
            if !p.isEmpty { a[3 * H + k] = a[3 * H + k] + p[2 * H + k] * c[k] }
            h[k] = a[3 * H + k].sigmoid * c[k].bent
          }
          rows[t] = h
        }
        for k in 0..<H {
          let (dh, dc) = (drawn.finalStateGradient.hidden[l], drawn.finalStateGradient.cell[l])
          sum = sum + h[k] * Number(value: dh.elements[n * H + k]) + c[k] * Number(value: dc.elements[n * H + k])
        }
      }
      let top = sizes.last!
      for t in 0..<steps {
        for k in 0..<top {
          sum = sum + rows[t][k] * Number(value: drawn.outputGradient.elements[(t * N + n) * top + k])
        }
      }
    }
    return sum.slope
  }

  /// The relative differences of gradients of the engine from this network's, tensor by tensor.
  func differences(of found: Gradients<Double>, from gradient: Direction) -> [NamedDifference] {
    var differences: [NamedDifference] = drawn.model.layout.entries.map {
      ($0.name, Agreement.difference(Array(found.parameters[$0.range]), Array(gradient.parameters[$0.range])))
    }
    differences.append(("dx", Agreement.difference(found.input.elements, gradient.input)))
    for l in gradient.hidden.indices {
      let (h, c) = (found.initialState.hidden[l].elements, found.initialState.cell[l].elements)
      differences.append(("dh0 of layer \(l)", Agreement.difference(h, gradient.hidden[l])))
      differences.append(("dc0 of layer \(l)", Agreement.difference(c, gradient.cells[l])))
    }
    return differences
  }
}

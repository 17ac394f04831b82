import Testing

@testable import Gatewise

/// One step forward and backward against the formulas of the book's Equations as scalars in wide arithmetic.
@Suite struct KernelStepTests {
  static let hiddenSizes = Array(1...40) + [64]

  /// One column of a row after a forward step.
  struct Unit {
    var i, f, g, o, c, h: Wide

    /// The book's Equations, Forward.
    init(a: [Wide], cPrevious: Wide, p: [Wide]) {
      i = wideSigmoid(a[0] + p[0] * cPrevious)
      f = wideSigmoid(a[1] + p[1] * cPrevious)
      g = wideTanh(a[2])
      c = f * cPrevious + i * g
      o = wideSigmoid(a[3] + p[2] * c)
      h = o * wideTanh(c)
    }
  }

  @Test(arguments: InstructionSet.supported)
  func forward(_ set: InstructionSet) throws {
    try checkForward(Float.self, set)
    try checkForward(Double.self, set)
  }

  private func checkForward<S: Scalar>(_: S.Type, _ set: InstructionSet) throws {
    let kernels = try Kernels<S>(for: set)
    var worst = 0.0
    for H in Self.hiddenSizes {
      for rows in 1...5 {
        for peepholes in [false, true] {
          let operands = StepOperands<S>(rows: rows, hidden: H, peepholes: peepholes, seed: UInt64(H * 8 + rows))
          let step = operands.forward(kernels, inPlace: false)
          #expect(operands.forward(kernels, inPlace: true) == step)
          for row in 0..<rows {
            for j in 0..<H {
              let unit = Unit(
                a: (0..<4).map { Wide(operands.preActivations[row * 4 * H + $0 * H + j]) },
                cPrevious: Wide(operands.cPrevious[row * H + j]), p: operands.peepholes(at: j))
              let activations = (0..<4).map { step.gates[row * 4 * H + $0 * H + j] }
              let found = activations + [step.c[row * H + j], step.h[row * H + j]]
              for (value, reference) in zip(found, [unit.i, unit.f, unit.g, unit.o, unit.c, unit.h]) {
                worst = max(worst, Double(abs(Wide(value) - reference) / Wide(S.ulpOfOne)))
              }
            }
          }
        }
      }
    }
    print("\(set) \(S.self): forward step \(worst) ulp of 1")
    #expect(worst <= 4)
  }

  /// δ of one column and the error for step t-1: the book's Equations, Backward.
  static func backward(
    _ gates: [Wide], cPrevious: Wide, c: Wide, dh: Wide, dc: Wide, p: [Wide]
  ) -> (delta: [Wide], dc: Wide) {
    let (i, f, g, o) = (gates[0], gates[1], gates[2], gates[3])
    let deltaO = dh * wideTanh(c) * o * (1 - o)
    let dc = dh * o * (1 - wideTanh(c) * wideTanh(c)) + p[2] * deltaO + dc
    let deltaF = dc * cPrevious * f * (1 - f)
    let deltaI = dc * g * i * (1 - i)
    let deltaG = dc * i * (1 - g * g)
    return ([deltaI, deltaF, deltaG, deltaO], dc * f + p[0] * deltaI + p[1] * deltaF)
  }

  @Test(arguments: InstructionSet.supported)
  func backward(_ set: InstructionSet) throws {
    try checkBackward(Float.self, set)
    try checkBackward(Double.self, set)
  }

  private func checkBackward<S: Scalar>(_: S.Type, _ set: InstructionSet) throws {
    let kernels = try Kernels<S>(for: set)
    var worst = 0.0
    for H in Self.hiddenSizes {
      for rows in 1...5 {
        for peepholes in [false, true] {
          let operands = StepOperands<S>(rows: rows, hidden: H, peepholes: peepholes, seed: UInt64(H * 8 + rows))
          let step = operands.forward(kernels, inPlace: false)
          let found = operands.backward(kernels, of: step, inPlace: false)
          #expect(operands.backward(kernels, of: step, inPlace: true) == found)
          for row in 0..<rows {
            for j in 0..<H {
              let n = row * H + j
              let reference = Self.backward(
                (0..<4).map { Wide(step.gates[row * 4 * H + $0 * H + j]) }, cPrevious: Wide(operands.cPrevious[n]),
                c: Wide(step.c[n]), dh: Wide(operands.dh[n]), dc: Wide(operands.dc[n]), p: operands.peepholes(at: j))
              let values = (0..<4).map { found.delta[row * 4 * H + $0 * H + j] } + [found.dc[n]]
              for (value, reference) in zip(values, reference.delta + [reference.dc]) {
                worst = max(worst, Double(abs(Wide(value) - reference) / Wide(S.ulpOfOne)))
              }
            }
          }
        }
      }
    }
    print("\(set) \(S.self): backward step \(worst) ulp of 1")
    #expect(worst <= 8)
  }

  /// The backward step against central differences of the forward formulas: E = dh·h + dc·c of one step.
  @Test(arguments: InstructionSet.supported, [false, true])
  func backwardIsTheDerivative(_ set: InstructionSet, peepholes: Bool) throws {
    let kernels = try Kernels<Double>(for: set)
    let H = 7
    let operands = StepOperands<Double>(rows: 3, hidden: H, peepholes: peepholes, seed: 5)
    let found = operands.backward(kernels, of: operands.forward(kernels, inPlace: false), inPlace: false)
    var worst = 0.0
    for row in 0..<3 {
      for j in 0..<H {
        let n = row * H + j
        let a = (0..<4).map { Wide(operands.preActivations[row * 4 * H + $0 * H + j]) }
        func E(_ a: [Wide], _ cPrevious: Wide) -> Wide {
          let unit = Unit(a: a, cPrevious: cPrevious, p: operands.peepholes(at: j))
          return Wide(operands.dh[n]) * unit.h + Wide(operands.dc[n]) * unit.c
        }
        func derivative(_ along: Int) -> Wide {
          let h: Wide = 1e-6
          let values = [h, -h].map { h in
            var (a, cPrevious) = (a, Wide(operands.cPrevious[n]))
            if along < 4 { a[along] += h } else { cPrevious += h }
            return E(a, cPrevious)
          }
          return (values[0] - values[1]) / (2 * h)
        }
        let values = (0..<4).map { found.delta[row * 4 * H + $0 * H + j] } + [found.dc[n]]
        for along in 0..<5 { worst = max(worst, Double(abs(Wide(values[along]) - derivative(along)))) }
      }
    }
    print("\(set): backward step against central differences \(worst), peepholes \(peepholes)")
    #expect(worst <= 1e-9)
  }
}

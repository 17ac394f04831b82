extension ScalarNetwork {
  /// Returns the part of E of `ReferenceProblem` that the given sequences contribute, after rerunning the levels from
  /// `lowest` to the highest with the current variables.
  mutating func objective(from lowest: Int = 0, sequences: Range<Int>) -> Number {
    var E: Number = 0
    for n in sequences {
      let length = problem.lengths[n]
      if case .truncated(let every, let depth) = problem.rule {
        // The end of a sequence is such a point too; there the final state contributes.
        for end in stride(from: every, to: length, by: every) {
          run(from: lowest, sequence: n, steps: max(0, end - depth)..<end)
          E += outputTerms(sequence: n, steps: end - every..<end)
        }
        run(from: lowest, sequence: n, steps: max(0, length - depth)..<length)
        E += outputTerms(sequence: n, steps: max(0, length - 1) / every * every..<length)
      } else {
        run(from: lowest, sequence: n, steps: 0..<length)
        E += outputTerms(sequence: n, steps: 0..<length)
      }
      E += finalTerms(sequence: n)
    }
    return E
  }

  /// Σ y∘dy over some steps of a sequence. A readout on the last step belongs to the last of them.
  private func outputTerms(sequence n: Int, steps: Range<Int>) -> Number {
    let (N, width, y) = (problem.batchSize, shape.rowSize, self.y)
    let isEnd = steps.upperBound == problem.lengths[n]
    var E: Number = 0
    for t in shape.readsLastStepOnly ? (isEnd ? 0..<1 : 0..<0) : steps {
      for j in (t * N + n) * width..<(t * N + n + 1) * width { E += y[j] * Number(problem.dy[j]) }
    }
    return E
  }

  /// Σ y∘dhT + Σ c∘dcT + Σ gates∘dgT of a sequence. c is the remembered state.
  private func finalTerms(sequence n: Int) -> Number {
    var E: Number = 0
    for (k, P) in shape.stateSizes.enumerated() {
      for j in n * P..<(n + 1) * P { E += h[k][j] * Number(problem.dhT[k][j]) }
    }
    for (k, H) in shape.cellStateSizes.enumerated() {
      for j in n * H..<(n + 1) * H { E += c[k][j] * Number(problem.dcT[k][j]) }
    }
    for (k, G) in shape.gateSizes.enumerated() {
      for j in n * G..<(n + 1) * G { E += gates[k][j] * Number(problem.dgT[k][j]) }
    }
    return E
  }
}

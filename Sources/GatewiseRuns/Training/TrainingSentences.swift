import Gatewise

extension TrainingPlan {
  /// Describes the run in a few lines.
  public func sentences(for data: RunData, parameterCount: Int) -> [String] {
    let hidden = configuration.hiddenSizes
    let sizes = configuration.hasEqualHiddenSizes ? "\(hidden[0])" : hidden.map(String.init).joined(separator: ", ")
    let directions = configuration.isBidirectional ? " in both directions" : ""
    let layers = (hidden.count == 1 ? "1 layer of \(sizes)" : "\(hidden.count) layers of \(sizes)") + directions
    let parameters = "\(parameterCount) parameters"
    let learned: String
    switch data {
    case .text(let data):
      let files = data.files.count == 1 ? "1 file" : "\(data.files.count) files"
      learned =
        "\(data.training.count) \(data.vocabulary.unit.rawValue) of \(files) to train on, "
        + "\(data.validation.count) held out; vocabulary \(data.vocabulary.count)"
    case .forecast(let data):
      learned =
        "\(data.firstHeldOutRow) rows to train on, \(data.series.rowCount - data.firstHeldOutRow) held out; "
        + "inputs \(data.series.encoding.inputColumns.joined(separator: ", "))"
    case .classification(let data):
      learned =
        "\(data.training.count) sequences to train on, \(data.validation.count) held out; "
        + "classes \(data.encoding.classes.joined(separator: ", "))"
    }
    let windows = if case .classification = data { "whole sequences" } else { "windows of \(window)" }
    let parts = accumulation > 1 ? ", \(accumulation) batches each" : ""
    let average = averageDecay.map { ", weights averaged with decay \($0)" } ?? ""
    let segments = rule.request.segment.map { ", \($0) steps at a time" } ?? ""
    let batch = "\(batchSize) \(data.usesTokens ? "streams" : "sequences")"
    let rate = Format.significant(optimizer.learningRate, digits: 3)
    return [
      "Data: \(learned).", "Model: \(layers), \(parameters).",
      "Run: \(steps) updates of \(batch) in \(windows)\(segments)\(parts), "
        + "\(type(of: optimizer).name) \(rate)\(average), seed \(seed).",
    ]
  }
}

extension TrainingRun.Outcome {
  /// Returns the results of the run: time, throughput, and the figures on the held-out data.
  ///
  /// After runs of some seconds the throughput is related to this machine's SGEMM rate, which takes a moment to
  /// measure; not if OpenBLAS runs kernels for an older processor, whose rate says nothing about the machine: a
  /// sentence reports it.
  ///
  /// - Parameter threads: The threads of that rate; nil leaves it out.
  public func sentences(threads: Int?) -> [String] {
    let rate = Double(steps) / max(seconds, 1e-9)
    var throughput =
      "\(steps) updates in \(Format.time(seconds: seconds)): \(Format.significant(rate, digits: 3)) a second, "
      + "\(Format.significant(gigaflops, digits: 3)) GF/s in products"
    let advice = OpenBLAS.coreAdvice
    if let threads, seconds > 5, advice == nil, OpenBLAS.hasRoomForProductRate(threads: threads) {
      let product = (0..<3).map { _ in OpenBLAS.productRate(threads: threads) }.sorted()[1]
      throughput +=
        " (\(Int((100 * gigaflops / product).rounded())) % of this machine's SGEMM rate, "
        + "\(Format.significant(product, digits: 3)) GF/s on \(threads == 1 ? "1 thread" : "\(threads) threads"))"
    }
    var lines = [throughput + "."]
    if let advice { lines.append(advice) }
    if case .patience(let validations) = end {
      lines.append(
        "Ended early: \(validations) validations in a row brought no improvement; "
          + (leavesBest
            ? "the best model is kept."
            : keepsOther
              ? "the best could not be read again, so the existing model is kept."
              : "the best could not be read again, so the last is kept."))
    }
    if skipped > 0 { lines.append("Skipped \(skipped) bad \(skipped == 1 ? "batch" : "batches").") }
    return lines + (figures?.sentences ?? [])
  }
}

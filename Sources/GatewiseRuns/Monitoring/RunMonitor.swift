import Gatewise

/// Writes the logs of a run: a line of `log.jsonl` at intervals and at every validation and, if requested, the same for
/// TensorBoard with histograms of the parameters and text samples.
final class RunMonitor<S: Scalar> {
  private let log: RunLog
  private let events: EventFile?
  private let layers: LayerMonitor
  private let execution: Execution

  /// Opens the logs of a run at update `step`; their entries of later updates are removed.
  ///
  /// - Throws: `GatewiseError.file` if they cannot be written.
  init(
    _ model: LSTM<S>, folder: OutputFolder, after step: Int, writesEvents: Bool, execution: Execution
  ) throws(GatewiseError) {
    if writesEvents { try CheckpointFolder.create(folder.events) }
    events = writesEvents ? try EventFile(folder: folder.events, purgeStep: step + 1) : nil
    // Last, since it empties an existing log.
    log = try RunLog(path: folder.entries, resumingAfter: step == 0 ? nil : step)
    layers = LayerMonitor(model)
    self.execution = execution
  }

  /// Writes the measurements of some updates.
  ///
  /// - Parameters:
  ///   - entry: Losses, rate and time; norms, and at a validation saturation, are added.
  ///   - gradient: The gradient of the last update, before clipping.
  ///   - batch: The batch of the last update.
  ///   - data: The training data; a text model writes a sample at a validation.
  func record(
    _ entry: RunLogEntry, _ model: LSTM<S>, gradient: [S], batch: SequenceBatch<S>, data: RunData
  ) throws {
    let (gradients, weights) = (try layers.norms(of: gradient), try layers.norms(of: model.parameters))
    var saturation: [LayerFigure]?
    // The first of several processes may have no sequence of a short batch.
    if entry.validation != nil, batch.batchSize > 0 {
      var batch = batch
      // The state with which the batch began is gone; starting from the initial state shows the same gates.
      batch.continuesState = false
      // Skipped if memory does not suffice for the gates of a whole window, which a rule in segments does without.
      let pass = try? model.forward(batch, recordsLayers: true, execution: execution)
      saturation = try pass.map { try layers.saturation(of: $0.layers, lengths: batch.lengths) }
    }
    var line = entry
    line.setLayers(gradientNorms: gradients, weightNorms: weights, saturation: saturation)
    try log.append(line)
    guard let events else { return }
    for (tag, value) in [
      ("loss/training", entry.loss), ("loss/validation", entry.validation), ("gradient norm", entry.gradientNorm),
      ("learning rate", entry.learningRate), ("rows per second", entry.rowsPerSecond),
    ] {
      if let value { try events.scalar(tag, value, step: entry.step) }
    }
    for (name, value) in entry.metrics?.numbers ?? [] {
      if let value { try events.scalar("\(name)/validation", value, step: entry.step) }
    }
    for (name, values) in entry.metrics?.errors ?? [] {
      for (target, value) in (values ?? [:]).sorted(by: { $0.key < $1.key }) {
        try events.scalar("\(name)/\(target)", value, step: entry.step)
      }
    }
    try events.scalars("gradient", gradients, step: entry.step)
    try events.scalars("weights", weights, step: entry.step)
    if let saturation { try events.scalars("saturation", saturation, step: entry.step) }
    if entry.validation != nil {
      for part in model.layout.entries {
        try events.histogram("parameters/\(part.name)", of: model.parameters[part.range], step: entry.step)
      }
      if case .text(let data) = data {
        try events.text("sample", try sample(model, data.vocabulary, step: entry.step), step: entry.step)
      }
    }
    try events.flush()
  }

  /// Returns a sample with each line indented: TensorBoard reads Markdown, and shows such lines unchanged.
  private func sample(_ model: LSTM<S>, _ vocabulary: Vocabulary, step: Int) throws -> String {
    let sampler = try TextSampler(
      model, vocabulary: vocabulary, temperature: 0.7, seed: UInt64(step), execution: execution)
    var bytes: [UInt8] = []
    for _ in 0..<200 { bytes += try sampler.next() }
    let text = String(decoding: bytes, as: UTF8.self)
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    return lines.map { "    " + $0 }.joined(separator: "\n")
  }
}

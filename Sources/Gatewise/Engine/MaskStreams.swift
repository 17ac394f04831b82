/// The random masks of a model's layers, each told apart by a name of its own (see `Regularization`).
package struct MaskStreams: Sendable {
  /// Of every layer.
  private let betweenLayers: [UInt64]
  private let inputs: [UInt64]
  /// Of every direction of every layer.
  private let recurrent: [UInt64]
  private let recurrentWeights: [UInt64]
  private let zoneoutCell: [UInt64]
  private let zoneoutHidden: [UInt64]
  private let rates: Regularization
  /// Whose the rows of sequences are; nil where the batch is whole.
  var rows: MaskRows?

  package init(_ configuration: LSTMConfiguration) {
    let suffixes = configuration.directionSuffixes
    func ofLayers(_ name: String) -> [UInt64] {
      (0..<configuration.layerCount).map { DropMask.stream(named: "\(name)_l\($0)") }
    }
    func ofDirections(_ name: String) -> [UInt64] { suffixes.map { DropMask.stream(named: name + $0) } }
    betweenLayers = ofLayers("dropout")
    inputs = ofLayers("input_dropout")
    recurrent = ofDirections("recurrent_dropout")
    recurrentWeights = ofDirections("drop_connect")
    zoneoutCell = ofDirections("zoneout_c")
    zoneoutHidden = ofDirections("zoneout_h")
    rates = configuration.regularization
  }

  /// On what layer l reads, by step and sequence: rows t·N + n. Nil where nothing is dropped.
  package func betweenLayers(_ l: Int, _ seed: UInt64) -> DropMask? {
    l == 0 ? nil : mask(rates.betweenLayers, seed, betweenLayers[l])
  }

  /// On what layer l reads, by sequence: rows n.
  package func inputs(_ l: Int, _ seed: UInt64) -> DropMask? { mask(rates.inputs, seed, inputs[l]) }

  /// On y_{t-1} of direction k, by sequence: rows n.
  package func recurrent(_ k: Int, _ seed: UInt64) -> DropMask? { mask(rates.recurrent, seed, recurrent[k]) }

  /// On R of direction k: its own rows.
  package func recurrentWeights(_ k: Int, _ seed: UInt64) -> DropMask? {
    var mask = mask(rates.recurrentWeights, seed, recurrentWeights[k])
    mask?.rows = nil
    return mask
  }

  /// Where it drops, c_{t-1} of direction k is kept, by step and sequence: rows t·N + n.
  package func zoneoutCell(_ k: Int, _ seed: UInt64) -> DropMask? { mask(rates.zoneoutCell, seed, zoneoutCell[k]) }

  /// Where it drops, y_{t-1} of direction k is kept, by step and sequence: rows t·N + n.
  package func zoneoutHidden(_ k: Int, _ seed: UInt64) -> DropMask? {
    mask(rates.zoneoutHidden, seed, zoneoutHidden[k])
  }

  private func mask(_ rate: Double, _ seed: UInt64, _ stream: UInt64) -> DropMask? {
    guard rate > 0 else { return nil }
    var mask = DropMask(rate: rate, seed: seed, stream: stream)
    mask.rows = rows
    return mask
  }
}

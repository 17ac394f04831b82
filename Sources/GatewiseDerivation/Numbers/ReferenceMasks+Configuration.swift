import Gatewise
import GatewiseReference

extension ReferenceMasks {
  /// The engine's dropout and zoneout masks for a seed; without a seed, the mean of zoneout.
  package init(_ configuration: LSTMConfiguration, dropping seed: UInt64?, steps T: Int, batchSize N: Int) {
    let (suffixes, layers) = (configuration.directionSuffixes, 0..<configuration.layerCount)
    let rates = configuration.regularization
    let (hidden, cells) = (configuration.hiddenStateSizes, configuration.cellStateSizes)
    func factors(_ mask: DropMask?, rows: Int, width: Int) -> [Double] {
      (0..<rows * width).map { mask?.factor($0 / width, $0 % width) ?? 1 }
    }
    /// The zoneout masks z of the states of all directions.
    func zoneout(_ rate: Double, _ widths: [Int], _ name: String) -> [[Double]]? {
      guard rate > 0 else { return nil }
      return widths.enumerated().map { k, width in
        let mask = MaskStream(name + suffixes[k], rate: rate).mask(seed)
        return (0..<T * N * width).map { place in
          mask.map { $0.drops(place / width, place % width) ? 1 : 0 } ?? rate
        }
      }
    }
    self.init()
    zoneoutCell = zoneout(rates.zoneoutCell, cells, "zoneout_c")
    zoneoutHidden = zoneout(rates.zoneoutHidden, hidden, "zoneout_h")
    guard let seed else { return }
    if rates.betweenLayers > 0 {
      betweenLayers = layers.dropFirst().map {
        factors(
          MaskStream("dropout_l\($0)", rate: rates.betweenLayers).mask(seed), rows: T * N,
          width: configuration.inputSize(ofLayer: $0))
      }
    }
    if rates.inputs > 0 {
      input = layers.map {
        factors(
          MaskStream("input_dropout_l\($0)", rate: rates.inputs).mask(seed), rows: N,
          width: configuration.inputSize(ofLayer: $0))
      }
    }
    if rates.recurrent > 0 {
      recurrent = zip(suffixes, hidden).map {
        factors(MaskStream("recurrent_dropout\($0)", rate: rates.recurrent).mask(seed), rows: N, width: $1)
      }
    }
    if rates.recurrentWeights > 0 {
      let shape = ReferenceShape(configuration)
      recurrentWeights = suffixes.map { suffix in
        let weights = shape.tensor(named: "weight_hh\(suffix)")!.shape
        let stream = MaskStream("drop_connect\(suffix)", rate: rates.recurrentWeights)
        return factors(stream.mask(seed), rows: weights[0], width: weights[1])
      }
    }
  }
}

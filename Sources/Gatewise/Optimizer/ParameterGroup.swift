/// A group of parameters with its own learning rate or weight decay, or of frozen parameters.
///
/// Parameters in no group use the optimizer's settings.
public struct ParameterGroup: Sendable, Equatable {
  /// The ranges of the parameters in the flat vector; `ParameterLayout` gives a tensor's range.
  package var ranges: [Range<Int>]
  /// A factor of the learning rate, ≥ 0.
  package var learningRateScale: Double
  /// The weight decay, ≥ 0; nil uses the optimizer's.
  package var weightDecay: Double?
  /// Whether the parameters stay bit-identical. Their gradients are then excluded from the norm, and their moments do
  /// not change.
  package var isFrozen: Bool

  /// Makes a group; the defaults are the settings of parameters in no group.
  public init(
    ranges: [Range<Int>], learningRateScale: Double = 1, weightDecay: Double? = nil, isFrozen: Bool = false
  ) {
    self.ranges = ranges
    self.learningRateScale = learningRateScale
    self.weightDecay = weightDecay
    self.isFrozen = isFrozen
  }

  func validate() throws(GatewiseError) {
    try require(
      learningRateScale >= 0 && learningRateScale.isFinite, "learning rate scale of a parameter group",
      learningRateScale, "a finite number of at least 0")
    if let weightDecay {
      try require(
        weightDecay >= 0 && weightDecay.isFinite, "weight decay of a parameter group", weightDecay,
        "a finite number of at least 0")
    }
  }
}

/// A contiguous run of parameters with the same settings.
struct ParameterRun: Sendable, Equatable {
  var range: Range<Int>
  var learningRateScale: Double
  var weightDecay: Double?

  /// Returns the runs of all parameters that are not frozen, in the order of the flat vector.
  ///
  /// - Throws: `GatewiseError.invalidArgument` if a range is outside the parameters or two ranges overlap.
  static func runs(of groups: [ParameterGroup], parameterCount: Int) throws(GatewiseError) -> [ParameterRun] {
    var grouped: [(range: Range<Int>, group: ParameterGroup)] = []
    for group in groups {
      try group.validate()
      for range in group.ranges where !range.isEmpty {
        guard range.lowerBound >= 0, range.upperBound <= parameterCount else {
          throw .invalidArgument(
            "A parameter group has the range \(range), but the parameters are 0..<\(parameterCount).")
        }
        grouped.append((range, group))
      }
    }
    grouped.sort { $0.range.lowerBound < $1.range.lowerBound }

    var runs: [ParameterRun] = []
    var end = 0
    for (index, (range, group)) in grouped.enumerated() {
      guard range.lowerBound >= end else {
        throw .invalidArgument(
          "The ranges \(grouped[index - 1].range) and \(range) of parameter groups overlap; a parameter may belong "
            + "to only one group.")
      }
      if end < range.lowerBound { runs.append(ParameterRun(range: end..<range.lowerBound, learningRateScale: 1)) }
      if !group.isFrozen {
        runs.append(
          ParameterRun(range: range, learningRateScale: group.learningRateScale, weightDecay: group.weightDecay))
      }
      end = range.upperBound
    }
    if end < parameterCount { runs.append(ParameterRun(range: end..<parameterCount, learningRateScale: 1)) }
    return runs
  }

  /// Splits this run into pieces of at most `length` parameters.
  func pieces(length: Int) -> [ParameterRun] {
    stride(from: range.lowerBound, to: range.upperBound, by: length).map { start in
      var piece = self
      piece.range = start..<Swift.min(start + length, range.upperBound)
      return piece
    }
  }
}

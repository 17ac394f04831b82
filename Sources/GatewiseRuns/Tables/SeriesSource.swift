import Gatewise

/// A series from a given step to its last with carried state, in which only the last part counts.
public struct SeriesSource<S: Scalar>: BatchSource {
  private var reader: SeriesReader
  private let steps: Range<Int>
  private let firstCounted: Int
  private let window: Int
  private var position: Int

  /// Creates a source of some steps of a series, of which those from `firstCounted` on count.
  init(_ reader: SeriesReader, steps: Range<Int>, firstCounted: Int, window: Int) {
    (self.reader, self.steps, self.firstCounted, self.window) = (reader, steps, firstCounted, window)
    position = steps.lowerBound
  }

  /// Returns a batch of one sequence of T steps with a mask.
  public func makeBatch() -> SequenceBatch<S> {
    var batch = SequenceBatch<S>(
      steps: min(window, steps.count), batchSize: 1, inputSize: reader.encoding.inputSize,
      outputSize: reader.encoding.outputSize)
    batch.inputs = [0]
    batch.targets = [0]
    batch.mask = [0]
    batch.resizeArrays()
    return batch
  }

  /// Reads the next T steps into `batch`; returns false at the end of the series. Allocates nothing.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public mutating func next(into batch: inout SequenceBatch<S>) throws(GatewiseError) -> Bool {
    guard position < steps.upperBound else {
      position = steps.lowerBound
      return false
    }
    batch.steps = min(window, steps.upperBound - position)
    batch.batchSize = 1
    batch.resizeArrays()
    batch.continuesState = position > steps.lowerBound
    try reader.read(position..<(position + batch.steps), hasTargets: true)
    for t in 0..<batch.steps {
      reader.putInputs(of: t, into: &batch.inputs, at: t * batch.inputSize)
      reader.putTargets(of: t, into: &batch.targets, at: t * batch.outputSize)
      batch.mask?[t] = position + t < firstCounted ? 0 : 1
    }
    position += batch.steps
    return true
  }
}

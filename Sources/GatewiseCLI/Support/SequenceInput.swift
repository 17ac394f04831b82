import Gatewise
import GatewiseRuns

/// Input sequences from a file of tensors: `x`, and optionally `lengths`, `h0`, `c0` and, for cells with gate
/// recurrence, `g0`.
///
/// `gradients` and `predict` read the same tensors.
struct SequenceInput<S: Scalar> {
  /// `[T, N, I]`
  let x: Tensor<S>
  /// `[N]`; nil if every sequence has T steps.
  let lengths: [Int]?
  /// The state before the first step; nil if the file does not contain it.
  let initialState: LSTMState<S>?

  /// Reads the sequences for a model from `file`.
  ///
  /// - Throws: `GatewiseError.file` naming the tensor that is missing or does not fit the model.
  init(_ file: any TensorFile, for configuration: LSTMConfiguration) throws {
    let x: Tensor<S> = try file.tensor("x")
    guard x.shape.count == 3, x.shape[2] == configuration.inputSize, x.shape[1] > 0 else {
      throw GatewiseError.file(
        path: file.path,
        problem: "tensor x has shape \(x.shape), but the model expects [T, N, \(configuration.inputSize)]"
          + " with at least one sequence.")
    }
    self.x = x
    lengths = try Self.lengths(in: file, steps: x.shape[0], batchSize: x.shape[1])
    initialState = try Self.state(
      in: file, hidden: "h0", cell: "c0", gates: "g0", for: configuration, batchSize: x.shape[1])
    // Zeros for the missing half would silently replace the model's learned values.
    if configuration.learnsInitialState, let lone = Self.loneHalf(of: file) {
      throw GatewiseError.file(
        path: file.path,
        problem: "has only \(lone), but the model has a learned initial state; give both h0 and c0, or neither.")
    }
  }

  /// Returns the data type of the computation: that of `x`, which all other tensors must have as well.
  ///
  /// - Parameter others: the names of the other tensors that are read, without `_l0` and so on.
  /// - Throws: `GatewiseError.file` naming the tensor of another type.
  static func dataType(of file: any TensorFile, others: [String]) throws -> DataType {
    guard let x = file["x"] else {
      // This throws the file's own error, which lists its tensors.
      _ = try file.integers("x")
      preconditionFailure("a tensor that is not there was read")
    }
    guard let type = DataType(rawValue: x.elementType.rawValue) else {
      throw GatewiseError.file(
        path: file.path,
        problem: "tensor x has dtype \(x.elementType.rawValue), but F32 or F64 is expected; convert it first.")
    }
    for entry in file.entries where others.contains(where: { entry.name == $0 || entry.name.hasPrefix("\($0)_l") }) {
      guard entry.elementType == x.elementType else {
        throw GatewiseError.file(
          path: file.path,
          problem: "tensor \(entry.name) has dtype \(entry.elementType.rawValue), but x has \(type.rawValue);"
            + " give both the same dtype.")
      }
    }
    return type
  }

  /// Returns a state, with zeros for missing parts, or nil if all parts are missing.
  static func state(
    in file: any TensorFile, hidden: String, cell: String, gates: String, for configuration: LSTMConfiguration,
    batchSize: Int
  ) throws -> LSTMState<S>? {
    try LSTMState(in: file, hidden: hidden, cell: cell, gates: gates, for: configuration, batchSize: batchSize)
  }

  /// Returns h, c and the gates of every direction of every layer.
  ///
  /// - Throws: `GatewiseError.file` naming the tensor that is missing.
  static func records(in file: any TensorFile, for configuration: LSTMConfiguration) throws -> [LayerRecord<S>] {
    try configuration.directionSuffixes.map {
      LayerRecord(
        hidden: try file.tensor("h" + $0), cells: try file.tensor("c" + $0), gates: try file.tensor("gates" + $0))
    }
  }

  private static func loneHalf(of file: any TensorFile) -> String? {
    let halves = ["h0", "c0"].filter { half in file[half] != nil || file["\(half)_l0"] != nil }
    return halves.count == 1 ? halves[0] : nil
  }

  private static func lengths(in file: any TensorFile, steps: Int, batchSize: Int) throws -> [Int]? {
    guard let entry = file["lengths"] else { return nil }
    guard entry.shape == [batchSize] else {
      throw GatewiseError.file(
        path: file.path,
        problem: "tensor lengths has shape \(entry.shape), but x has \(batchSize) sequences, so [\(batchSize)] is"
          + " expected.")
    }
    let lengths = try file.integers("lengths")
    if let n = lengths.firstIndex(where: { !(0...steps).contains($0) }) {
      throw GatewiseError.file(
        path: file.path,
        problem: "tensor lengths holds \(lengths[n]) for sequence \(n), but x has \(steps) steps, so 0...\(steps) is"
          + " expected.")
    }
    return lengths
  }
}

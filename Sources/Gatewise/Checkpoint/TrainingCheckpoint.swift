#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A training run in one safetensors file, from which another process resumes with the same bits.
///
/// The file has the model in the form of a model file, and loads as one. It also has the optimizer's moments,
/// `optimizer.INDEX` `[P]` each in the order of the parameters; the state carried between windows, `carried.h`
/// `[L·D, N, H]` and so on; the average of the weights, `average` `[P]`, if there is one; and under `gatewise.training`
/// the number of updates and the caller's notes. `gatewise.checksum` covers all of this and is verified on reading.
///
///     try TrainingCheckpoint(trainer.state).write(to: "checkpoint.safetensors")
///     try trainer.restore(TrainingCheckpoint(contentsOf: "checkpoint.safetensors").state)
public struct TrainingCheckpoint<S: Scalar>: Sendable {
  /// The state from which a trainer resumes.
  public var state: TrainingState<S>
  /// The caller's own data, for example the place in the data and the best loss so far.
  public var notes: [String: String]
  /// The names of the model's tensors in the file.
  package var names: ModelNames
  /// The text stored with the model, as in a model file.
  package var extras: [String: String]

  static var metadataKey: String { CheckpointMetadata.key }

  /// Makes a checkpoint from its parts.
  public init(
    _ state: TrainingState<S>, notes: [String: String] = [:], names: ModelNames = ModelNames(),
    extras: [String: String] = [:]
  ) {
    (self.state, self.notes, self.names, self.extras) = (state, notes, names, extras)
  }

  /// Writes the checkpoint atomically. Cost: two passes over the numbers.
  ///
  /// - Throws: `GatewiseError.notFinite` if a parameter is NaN or infinite, `GatewiseError.file` if the file cannot be
  ///   written. An existing file is then unchanged.
  public func write(to path: String) throws(GatewiseError) {
    var (tensors, metadata) = try state.model.content(for: path, names: names, extras: extras)
    tensors += momentTensors
    if let carried = state.carried {
      tensors += carried.namedTensors(
        hidden: "carried.h", cell: "carried.c", gates: "carried.g",
        isBidirectional: state.model.configuration.isBidirectional)
    }
    if let average = state.average {
      tensors.append(Self.vector(CheckpointMetadata.averageName, average.parameters[...]))
    }
    let training = CheckpointMetadata(
      step: state.optimizer.step, moments: momentTensors.map(\.name), sequences: state.carried?.batchSize,
      average: state.average.map { .init(decay: $0.decay, updates: $0.updates) }, notes: notes)
    var texts = [ModelMetadata.key: metadata.json, CheckpointMetadata.key: training.json]
    texts[CheckpointMetadata.checksumKey] = try Checksum.of(tensors, texts).text
    try SafetensorsFile.write(tensors, metadata: texts, to: path)
  }

  /// Reads a checkpoint and verifies it.
  ///
  /// - Throws: `GatewiseError.file` if the file cannot be read, is not a checkpoint, is damaged, or has a number type
  ///   other than `S`.
  public init(contentsOf path: String) throws(GatewiseError) {
    let file = try SafetensorsFile(path: path)
    let training = try CheckpointMetadata(in: file)
    let model = try ModelFile(file, ignoringOtherTensors: true)
    guard model.dataType == S.dataType else {
      throw .file(
        path: path, problem: "is a checkpoint in \(model.dataType.rawValue), but the run is in \(S.dataType.rawValue).")
    }
    var moments: [S] = []
    for name in training.moments { moments += try file.tensor(name, as: S.self).elements }
    var carried: LSTMState<S>?
    if let sequences = training.sequences {
      carried = try LSTMState(
        in: file, hidden: "carried.h", cell: "carried.c", gates: "carried.g", for: model.configuration,
        batchSize: sequences)
    }
    state = try TrainingState(
      model: model.model(as: S.self), optimizer: OptimizerState(step: training.step, moments: moments),
      carried: carried)
    if let saved = training.average {
      let parameters = try file.tensor(CheckpointMetadata.averageName, as: S.self).elements
      guard parameters.count == state.model.layout.count else {
        throw .file(
          path: path,
          problem: "is damaged: its average has \(parameters.count) parameters, but its model has "
            + "\(state.model.layout.count).")
      }
      do throws(GatewiseError) {
        state.average = try WeightAverage(decay: saved.decay, updates: saved.updates, parameters: parameters)
      } catch { throw .file(path: path, problem: "is damaged. \(error)") }
    }
    (notes, names, extras) = (training.notes, model.names, model.extras)
  }

  /// Reads the notes of a checkpoint of any number type.
  ///
  /// - Throws: `GatewiseError.file` if the file cannot be read, is not a checkpoint or is damaged.
  package static func notes(contentsOf path: String) throws(GatewiseError) -> [String: String] {
    try CheckpointMetadata(in: SafetensorsFile(path: path)).notes
  }

  /// The optimizer's moments, one tensor each.
  private var momentTensors: [SafetensorsFile.NamedTensor] {
    let (count, moments) = (state.model.layout.count, state.optimizer.moments)
    return (0..<(moments.count / max(count, 1))).map { index in
      Self.vector("optimizer.\(index)", moments[(index * count)..<((index + 1) * count)])
    }
  }

  private static func vector(_ name: String, _ elements: ArraySlice<S>) -> SafetensorsFile.NamedTensor {
    SafetensorsFile.NamedTensor(name, SafetensorsFile.ElementType(S.dataType), shape: [elements.count]) {
      Array(elements)
    }
  }
}

/// The metadata of a checkpoint, as JSON.
private struct CheckpointMetadata: Codable {
  static let key = "gatewise.training"
  static let checksumKey = "gatewise.checksum"
  static let averageName = "average"

  var format = 1
  let step: Int
  let moments: [String]
  /// N of the carried state, nil without one.
  let sequences: Int?
  /// The decay and the number of updates of the average of the weights, nil without one.
  let average: Average?
  let notes: [String: String]

  struct Average: Codable {
    let decay: Double
    let updates: Int
  }

  init(step: Int, moments: [String], sequences: Int?, average: Average?, notes: [String: String]) {
    (self.step, self.moments, self.sequences, self.average, self.notes) = (step, moments, sequences, average, notes)
  }

  /// Reads the metadata of a file and verifies its checksum.
  init(in file: SafetensorsFile) throws(GatewiseError) {
    let path = file.path
    guard let json = file.metadata[Self.key], let saved = file.metadata[Self.checksumKey] else {
      throw .file(path: path, problem: "is not a checkpoint of a training run; give a checkpoint file.")
    }
    let found = try Checksum.of(file, without: Self.checksumKey).text
    guard found == saved else {
      throw .file(
        path: path, problem: "is damaged: its checksum is \(found), but \(saved) is expected.")
    }
    do { self = try JSONDecoder().decode(Self.self, from: Data(json.utf8)) } catch {
      throw .file(path: path, problem: "is damaged: its metadata \(Self.key) cannot be read.")
    }
    guard format == 1 else {
      throw .file(
        path: path,
        problem: "is a checkpoint in format \(format), but this version of Gatewise reads format 1; update Gatewise.")
    }
  }

  var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else { preconditionFailure("notes that JSON cannot represent") }
    return String(decoding: data, as: UTF8.self)
  }
}

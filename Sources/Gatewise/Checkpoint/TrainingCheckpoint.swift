#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A training run in one safetensors file: from it another process goes on with the same bits.
///
/// The file holds the model as a model file does, and loads as one. Beside it stand the optimizer's moments,
/// `optimizer.NAME` `[P]` each in the order of the parameters; the state that windows carry, `carried.h` `[L·D, N, H]`
/// and so on; the average of the weights, `average` `[P]`, where there is one; and under `gatewise.training` the number
/// of updates and the caller's notes. `gatewise.checksum` is over all of that, and is checked on reading.
///
///     try TrainingCheckpoint(trainer.state).write(to: "checkpoint.safetensors")
///     try trainer.restore(TrainingCheckpoint(contentsOf: "checkpoint.safetensors").state)
public struct TrainingCheckpoint<S: Scalar>: Sendable {
  /// What a trainer goes on from.
  public var state: TrainingState<S>
  /// What the caller wants to find again: where the data stand, the best loss so far.
  public var notes: [String: String]
  /// How the file spells the model's tensors.
  public var names: ModelNames
  /// Text that belongs to the model, as in a model file.
  public var extras: [String: String]

  static var metadataKey: String { CheckpointMetadata.key }

  /// A checkpoint from its parts.
  public init(
    _ state: TrainingState<S>, notes: [String: String] = [:], names: ModelNames = ModelNames(),
    extras: [String: String] = [:]
  ) {
    (self.state, self.notes, self.names, self.extras) = (state, notes, names, extras)
  }

  /// Writes the checkpoint, whole or not at all. Cost: two passes over the numbers.
  ///
  /// - Throws: `GatewiseError.notFinite` where a parameter is NaN or infinite, `GatewiseError.file` where the file
  ///   cannot be written. A file that is there stays as it was.
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

  /// Reads a checkpoint and checks it.
  ///
  /// - Throws: `GatewiseError.file` where the file cannot be read, is no checkpoint, is damaged, or is in another
  ///   number type than `S`.
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
          problem: "is damaged: its average is of \(parameters.count) parameters, but its model has "
            + "\(state.model.layout.count).")
      }
      do throws(GatewiseError) {
        state.average = try WeightAverage(decay: saved.decay, updates: saved.updates, parameters: parameters)
      } catch { throw .file(path: path, problem: "is damaged. \(error)") }
    }
    (notes, names, extras) = (training.notes, model.names, model.extras)
  }

  /// The notes of a checkpoint, whatever its number type.
  ///
  /// - Throws: `GatewiseError.file` where the file cannot be read, is no checkpoint or is damaged.
  public static func notes(contentsOf path: String) throws(GatewiseError) -> [String: String] {
    try CheckpointMetadata(in: SafetensorsFile(path: path)).notes
  }

  /// The moments, one tensor for each vector that the optimizer remembers.
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

/// What a checkpoint says beside its tensors, as JSON.
private struct CheckpointMetadata: Codable {
  static let key = "gatewise.training"
  static let checksumKey = "gatewise.checksum"
  static let averageName = "average"

  var format = 1
  let step: Int
  let moments: [String]
  /// N of the carried state; nil where there is none.
  let sequences: Int?
  /// Of the average of the weights; nil where there is none.
  let average: Average?
  let notes: [String: String]

  struct Average: Codable {
    let decay: Double
    let updates: Int
  }

  init(step: Int, moments: [String], sequences: Int?, average: Average?, notes: [String: String]) {
    (self.step, self.moments, self.sequences, self.average, self.notes) = (step, moments, sequences, average, notes)
  }

  /// What a file says that is whole.
  init(in file: SafetensorsFile) throws(GatewiseError) {
    let path = file.path
    guard let json = file.metadata[Self.key], let saved = file.metadata[Self.checksumKey] else {
      throw .file(path: path, problem: "is no checkpoint of a training run; give a file that one has left.")
    }
    let found = try Checksum.of(file).text
    guard found == saved else {
      throw .file(
        path: path, problem: "is damaged: its checksum is \(found), but \(saved) was written.")
    }
    do { self = try JSONDecoder().decode(Self.self, from: Data(json.utf8)) } catch {
      throw .file(path: path, problem: "is damaged: its metadata \(Self.key) cannot be read.")
    }
    guard format == 1 else {
      throw .file(
        path: path,
        problem: "is a checkpoint in format \(format), but this version of Gatewise reads format 1; update it.")
    }
  }

  var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else { preconditionFailure("notes that JSON cannot express") }
    return String(decoding: data, as: UTF8.self)
  }
}

extension Checksum {
  /// Of tensors and texts on their way into a file, whatever their order.
  fileprivate static func of(
    _ tensors: [SafetensorsFile.NamedTensor], _ texts: [String: String]
  ) throws(GatewiseError) -> Checksum {
    var sum = Checksum()
    sum.add(texts: texts)
    for tensor in tensors.sorted(by: { $0.name < $1.name }) {
      sum.add("\(tensor.name) \(tensor.elementType.rawValue) \(tensor.shape)")
      try tensor.send { (bytes) throws(GatewiseError) in sum.add(bytes) }
    }
    return sum
  }

  /// Of what a file holds, its own checksum left out.
  fileprivate static func of(_ file: SafetensorsFile) throws(GatewiseError) -> Checksum {
    var sum = Checksum()
    sum.add(texts: file.metadata)
    for entry in file.entries.sorted(by: { $0.name < $1.name }) {
      sum.add("\(entry.name) \(entry.elementType.rawValue) \(entry.shape)")
      sum.add(try file.bytes(of: entry))
    }
    return sum
  }

  private mutating func add(texts: [String: String]) {
    for (key, text) in texts.sorted(by: { $0.key < $1.key }) where key != CheckpointMetadata.checksumKey {
      add(key)
      add(text)
    }
  }
}

/// The names of the tensors in a model file, which are kept when the model is written again.
///
/// A PyTorch program names the tensors after its modules: `lstm.weight_ih_l0` and `head.weight`, or
/// `model.encoder.lstm.weight_ih_l0`. The part before the tensor's own name is the prefix.
public struct ModelNames: Sendable, Equatable {
  /// The prefix of the names of the layers' tensors, including the dot; may be empty.
  package let prefix: String
  /// The prefix of `head.weight`, `head.bias` and `embedding.weight`: `prefix`, or `prefix` without its last parts.
  package let headPrefix: String
  /// The bias tensors that the file does not have, by their names without the prefix.
  private(set) var absent: Set<String> = []

  /// Makes the names of a model that was not read from a file: with both of PyTorch's biases and the given prefix.
  ///
  /// The readout has the parent's prefix: with the prefix `model.lstm.` it is `model.head.weight`.
  public init(prefix: String = "") {
    self.prefix = prefix
    self.headPrefix = Self.parents(of: prefix).dropFirst().first ?? prefix
  }

  /// Finds the names that `file` uses.
  ///
  /// - Parameter prefix: The prefix of the LSTM to read; nil if the file has only one.
  /// - Throws: `GatewiseError.file` if it has no LSTM, or several and `prefix` is nil.
  init(in file: any TensorFile, prefix: String?) throws(GatewiseError) {
    self.prefix = try Self.findPrefix(in: file, wanted: prefix)
    let parents = Self.parents(of: self.prefix)
    self.headPrefix =
      parents.first { file["\($0)head.weight"] != nil || file["\($0)embedding.weight"] != nil } ?? parents.dropFirst()
      .first ?? self.prefix
  }

  /// The maximum number of bytes of a name, since all parents of a prefix are looked up.
  private static let lengthLimit = 4096

  /// Returns `prefix` and its parents, down to the empty prefix.
  private static func parents(of prefix: String) -> [String] {
    var parents = [prefix]
    while let last = parents.last, !last.isEmpty {
      let parts = last.dropLast()
      parents.append(parts.lastIndex(of: ".").map { String(parts[...$0]) } ?? "")
    }
    return parents
  }

  private static func findPrefix(in file: any TensorFile, wanted: String?) throws(GatewiseError) -> String {
    let landmark = "weight_hh_l0"
    if let long = file.entries.first(where: { $0.name.utf8.count > lengthLimit }) {
      throw .file(
        path: file.path,
        problem: "has a tensor whose name takes \(long.name.utf8.count) bytes, \(quoted(long.name)), but at most "
          + "\(lengthLimit) are allowed; rename it.")
    }
    let found = file.entries.map(\.name).filter { $0.hasSuffix(landmark) }.map { String($0.dropLast(landmark.count)) }
    if let wanted, found.contains(wanted) { return wanted }
    guard wanted == nil, let first = found.first else {
      let names = file.entries.prefix(10).map { quoted($0.name) }.joined(separator: ", ")
      throw .file(
        path: file.path,
        problem: "holds no LSTM: it has no tensor \((wanted ?? "") + landmark)"
          + "\(wanted == nil ? ", with or without a prefix" : ""); it has "
          + (names.isEmpty ? "no tensors" : names) + (file.entries.count > 10 ? ", …" : "") + ".")
    }
    guard found.count == 1 else {
      throw .file(
        path: file.path,
        problem: "holds \(found.count) LSTMs, under the prefixes "
          + found.sorted().prefix(10).map(quoted).joined(separator: ", ") + (found.count > 10 ? ", …" : "")
          + "; choose one (gatewise convert --prefix; ModelFile(contentsOf:prefix:)), or save it in a separate file.")
    }
    return first
  }

  /// Returns the name of a tensor in the file.
  func spelled(_ name: String) -> String {
    (name.hasPrefix("head.") || name.hasPrefix("embedding.") ? headPrefix : prefix) + name
  }

  /// Returns these names with the bias tensors of the layout that are not in `file` marked as absent.
  func noting(absentFrom file: any TensorFile, layout: ParameterLayout) -> ModelNames {
    var names = self
    names.absent = Set(layout.entries.flatMap(\.biasNames).filter { file[spelled($0)] == nil })
    return names
  }

  /// Returns the names with which `parameters` are written without loss: an absent bias is written if it is not zero.
  func covering<S: Scalar>(_ parameters: [S], layout: ParameterLayout) -> ModelNames {
    var names = self
    for entry in layout.entries where names.absent.isSuperset(of: entry.biasNames) {
      if parameters[entry.range].contains(where: { $0 != 0 }) { names.absent.subtract(entry.biasNames) }
    }
    return names
  }
}

import Gatewise

/// Numbers of a tensor in a file beside the model, which exporters write for large models.
struct ExternalData {
  private let path: String
  private let range: Range<Int>

  /// Checks the location of the numbers of the tensor `name`.
  ///
  /// - Parameters:
  ///   - entries: The keys location, and optionally offset and length.
  ///   - byteCount: The number of bytes that the tensor's shape requires.
  ///   - modelPath: The model's file; the location is relative to its folder and must not leave it, nor may a symbolic
  ///     link on the way.
  /// - Throws: `GatewiseError.file` naming the tensor.
  init(
    _ entries: [ONNXStringStringEntryProto], of name: String, byteCount: Int, modelPath: String
  ) throws(GatewiseError) {
    func problem(_ what: String) -> GatewiseError {
      .file(path: modelPath, problem: "tensor \(name) has its numbers in another file, but \(what).")
    }
    var values: [String: String] = [:]
    for entry in entries { values[entry.key] = entry.value }
    guard let location = values["location"], !location.isEmpty else {
      throw problem("does not name it; write the model again")
    }
    let parts = location.split(separator: "/", omittingEmptySubsequences: false)
    guard !location.hasPrefix("/"), !parts.contains(".."), !parts.contains(""), !location.utf8.contains(0) else {
      throw problem(
        "its location \(quoted(location)) is outside the model's folder; put the file beside the model and correct it"
      )
    }
    func number(_ key: String, otherwise: Int) throws(GatewiseError) -> Int {
      guard let text = values[key] else { return otherwise }
      guard let number = Int(text), number >= 0 else {
        throw problem("its \(key) \(quoted(text)) is not a number of bytes; write the model again")
      }
      return number
    }
    let offset = try number("offset", otherwise: 0)
    let length = try number("length", otherwise: byteCount)
    guard length == byteCount else {
      throw problem("takes \(length) bytes there, but its shape requires \(byteCount); write the model again")
    }
    let folder = modelPath.lastIndex(of: "/").map { String(modelPath[...$0]) } ?? ""
    // The checked path, without links, is the one that is read. If there is no such file, opening it reports that.
    let resolved = ResolvedPath.of(folder + location)
    path = resolved ?? folder + location
    // If the model itself is a link, as in download caches, its numbers lie beside the link's target.
    let folders = [modelPath, ResolvedPath.of(modelPath) ?? modelPath].compactMap { ResolvedPath.folder(of: $0) }
    if let resolved, !folders.contains(where: { ResolvedPath.isInside(resolved, folder: $0) }) {
      throw problem(
        "\(quoted(location)) is a link to \(quoted(resolved)), outside the model's folder; put the file itself"
          + " beside the model")
    }
    // Opened again for reading: a model may have more tensors than a process may have open files.
    let file = try InputFile(path: path)
    guard offset <= file.size, length <= file.size - offset else {
      throw problem(
        "bytes \(offset) to \(offset) + \(length) are beyond the \(file.size) bytes of \(quoted(location));"
          + " copy that file again")
    }
    range = offset..<offset + length
  }

  /// Reads the bytes from the disk.
  func bytes() throws(GatewiseError) -> [UInt8] {
    let file = try InputFile(path: path)
    guard range.upperBound <= file.size else {
      throw .file(path: path, problem: "became shorter while the model was read; wait until it is completely written.")
    }
    return try file.bytes(in: range)
  }
}

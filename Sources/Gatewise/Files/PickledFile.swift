/// The files of `torch.save`: zip archives of pickled Python objects, which only Python can read, and only by running
/// code in them.
package enum PickledFile {
  /// Returns whether a path has an extension of such files.
  package static func isNamed(_ path: String) -> Bool {
    [".pt", ".pth", ".bin", ".ckpt", ".pkl"].contains { path.lowercased().hasSuffix($0) }
  }

  /// The error about such a file, after the path.
  package static let problem = """
    is a pickle file, as torch.save writes it, which Gatewise does not read; save the tensors as safetensors in \
    Python: safetensors.torch.save_file(model.state_dict(), "model.safetensors"), where torch.load returns the \
    model, or the state_dict itself.
    """
}

/// Files that `torch.save` writes: a zip archive of pickled Python objects, which only Python can read, and only by
/// running what is in it.
package enum PickledFile {
  /// Whether the name ends as such files are called.
  package static func isNamed(_ path: String) -> Bool {
    [".pt", ".pth", ".bin", ".ckpt", ".pkl"].contains { path.lowercased().hasSuffix($0) }
  }

  /// What is said of them, behind the path.
  package static let problem = """
    is a file of Python objects, as torch.save writes them, which is not read; save the tensors as safetensors, in Python: \
    safetensors.torch.save_file(model.state_dict(), "model.safetensors"), where torch.load gives the model, or the \
    state_dict itself.
    """
}

import Foundation
import Gatewise

/// The text files below some paths.
struct TextFiles {
  /// The parts in the order of the paths; the files of a folder in the order of their paths.
  var parts: [TextPart] = []
  /// Files inside folders that were left out because they are empty or not text.
  var skipped: [String] = []

  /// Scans every path: a file itself, or all files below a folder.
  ///
  /// Inside a folder, hidden files and folders are ignored and symbolic links to folders are not followed; files
  /// that are empty or, with characters as the unit, hold NUL bytes or are not UTF-8, are skipped. A file that
  /// is named itself is never skipped.
  ///
  /// - Parameters:
  ///   - scan: Receives every file, in the same order.
  ///   - extensions: The extensions, without the dot, of the files to read inside folders; all when empty.
  /// - Throws: `GatewiseError.file` naming the first path that gives no text.
  init(paths: [String], extensions: [String], scan: inout TextScan) throws(GatewiseError) {
    guard !paths.isEmpty else { throw .invalidArgument("No text was given; name a file or a folder.") }
    for path in paths {
      if TextFile.isFolder(path) {
        try addFolder(path, extensions: extensions, scan: &scan)
      } else {
        let file = try DataFile(path: path)
        guard let part = try scan.add(file) else { throw try TextFile.problem(of: file) }
        parts.append(part)
      }
    }
  }

  private mutating func addFolder(
    _ folder: String, extensions: [String], scan: inout TextScan
  ) throws(GatewiseError) {
    let before = parts.count
    let base = URL(fileURLWithPath: folder, isDirectory: true)
    var unreadable: String?
    let walk = FileManager.default.enumerator(
      at: base, includingPropertiesForKeys: [.isRegularFileKey, .fileSizeKey], options: [.skipsHiddenFiles],
      errorHandler: { url, _ in
        unreadable = unreadable ?? url.path
        return false
      })
    var candidates: [String] = []
    while let url = walk?.nextObject() as? URL {
      let values = try? url.resourceValues(forKeys: [.isRegularFileKey, .fileSizeKey])
      guard values?.isRegularFile == true else { continue }
      guard extensions.isEmpty || extensions.contains(url.pathExtension) else { continue }
      if values?.fileSize == 0 { skipped.append(url.path) } else { candidates.append(url.path) }
    }
    if let unreadable { throw .file(path: unreadable, problem: "this folder cannot be read.") }
    for path in candidates.sorted() {
      if let part = try scan.add(DataFile(path: path)) { parts.append(part) } else { skipped.append(path) }
    }
    if parts.count == before {
      let kind = extensions.isEmpty ? "text files" : "text files ending in \(extensions.joined(separator: ", "))"
      throw .file(path: folder, problem: "this folder holds no \(kind).")
    }
  }
}

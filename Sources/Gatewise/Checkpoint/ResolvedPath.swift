#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where paths lead when every symbolic link of theirs is followed.
package enum ResolvedPath {
  /// The path without links, from the root on; nil where there is no such file, or it may not be looked for.
  package static func of(_ path: String) -> String? {
    guard !path.utf8.contains(0), let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// The folder that holds `path`, without links; nil where there is none.
  package static func folder(of path: String) -> String? { of(FileProblem.folder(of: path)) }

  /// Whether a path without links lies in such a folder.
  package static func isInside(_ path: String, folder: String) -> Bool {
    path.hasPrefix(folder.hasSuffix("/") ? folder : folder + "/")
  }
}

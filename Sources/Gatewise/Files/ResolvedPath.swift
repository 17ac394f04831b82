#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Paths with all symbolic links resolved.
package enum ResolvedPath {
  /// Returns the absolute path without links, nil if the file does not exist or its folders cannot be searched.
  package static func of(_ path: String) -> String? {
    guard !path.utf8.contains(0), let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// Returns the folder that contains `path`, without links, nil if it does not exist.
  package static func folder(of path: String) -> String? { of(FileProblem.folder(of: path)) }

  /// Returns whether a path without links is inside a folder without links.
  package static func isInside(_ path: String, folder: String) -> Bool {
    path.hasPrefix(folder.hasSuffix("/") ? folder : folder + "/")
  }
}

/// A control group that limits this process's memory, as a container or a service manager sets it.
///
/// Groups form a tree; each limits the total memory of all groups below it. The file `/proc/self/cgroup` names this
/// process's groups; in version 1 memory has its own tree, in version 2 all resources share one tree. A container may
/// see its own group at the root of the tree: then the path in the file does not exist, and the root's limit applies.
struct ControlGroup {
  /// The maximum number of bytes that the group may hold.
  let limit: Double
  /// Bytes that the group holds and cannot release: anonymous pages.
  let held: Double

  /// Bytes that the group may still allocate.
  var left: Double { max(0, limit - held) }

  /// The groups that limit this process's memory, from its own up to the root.
  ///
  /// - Parameters:
  ///   - membership: the file that names the groups.
  ///   - root: the folder where their trees are mounted.
  static func limiting(membership: String = "/proc/self/cgroup", root: String = "/sys/fs/cgroup") -> [ControlGroup] {
    var groups: [ControlGroup] = []
    for tree in trees(membership, root) {
      var path = tree.path
      while true {
        if let group = ControlGroup(folder: tree.mount + path, tree) { groups.append(group) }
        guard let slash = path.lastIndex(of: "/") else { break }
        path = String(path[..<slash])
      }
    }
    return groups
  }

  /// One tree of groups, and this process's path in it: "/a/b", or "" at its root.
  private struct Tree {
    let mount: String
    let path: String
    let limitFile: String
    /// The line of `memory.stat` that counts anonymous pages, those of all groups below included.
    let heldName: String
  }

  private static func trees(_ membership: String, _ root: String) -> [Tree] {
    // Lines are "4:memory:/a/b" in version 1 and "0::/a/b" in version 2, which may be mounted beside version 1.
    SmallFile.lines(of: membership).flatMap { line -> [Tree] in
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 3, parts[2].hasPrefix("/") else { return [] }
      let path = parts[2] == "/" ? "" : parts[2]
      if parts[0] == "0", parts[1].isEmpty {
        return [root, root + "/unified"].map {
          Tree(mount: $0, path: path, limitFile: "memory.max", heldName: "anon")
        }
      }
      guard parts[1].split(separator: ",").contains("memory") else { return [] }
      return [
        Tree(mount: root + "/memory", path: path, limitFile: "memory.limit_in_bytes", heldName: "total_rss")
      ]
    }
  }

  private init?(folder: String, _ tree: Tree) {
    // No limit is "max" in version 2, and in version 1 a number larger than any memory.
    guard let limit = SmallFile.firstNumber(of: "\(folder)/\(tree.limitFile)") else { return nil }
    self.limit = limit
    let line = SmallFile.lines(of: "\(folder)/memory.stat").first { $0.hasPrefix("\(tree.heldName) ") }
    held = line.flatMap { Double($0.dropFirst(tree.heldName.count + 1)) } ?? 0
  }
}

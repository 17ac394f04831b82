/// The control groups of this process that limit memory: what a container, or a service manager, lets it have.
///
/// A group lies below others, and each of them limits what all groups below it have together. The file
/// `/proc/self/cgroup` names this process's groups; in version 1 memory has a tree of its own, in version 2 there is one
/// tree for all. A container may see its own group at the root of the tree: then the path that the file names is not
/// there, and the root is what counts.
struct ControlGroup {
  /// The most bytes that the group may hold.
  let limit: Double
  /// Bytes that it holds and cannot give back: pages of no file.
  let held: Double

  /// What the group may still take.
  var left: Double { max(0, limit - held) }

  /// The groups that limit this process's memory, from its own up to the root.
  ///
  /// - Parameters:
  ///   - membership: the file that names the groups.
  ///   - root: where their trees are mounted.
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

  /// One tree of groups, and this process's place in it: "/a/b", or "" at its root.
  private struct Tree {
    let mount: String
    let path: String
    let limitFile: String
    /// The line of `memory.stat` that counts the pages of no file, of all groups below as well.
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
    // "max" in version 2; in version 1 a number that no machine has.
    guard let limit = SmallFile.firstNumber(of: "\(folder)/\(tree.limitFile)") else { return nil }
    self.limit = limit
    let line = SmallFile.lines(of: "\(folder)/memory.stat").first { $0.hasPrefix("\(tree.heldName) ") }
    held = line.flatMap { Double($0.dropFirst(tree.heldName.count + 1)) } ?? 0
  }
}

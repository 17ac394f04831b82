import Foundation

/// What tells a file or a folder apart from another that later has its name.
struct FileIdentity: Equatable {
  private let device: UInt64
  private let inode: UInt64

  /// Of what a path leads to; nil where it leads to nothing.
  init?(path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  /// Of an open file; nil where the system refuses, with the reason in `errno`.
  init?(descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  private init(_ status: stat) { (device, inode) = (UInt64(status.st_dev), UInt64(status.st_ino)) }
}

import Foundation

/// The identity of a file or folder, which distinguishes it from another one that later has its name.
struct FileIdentity: Equatable {
  private let device: UInt64
  private let inode: UInt64

  /// The identity of the file at a path; nil if there is none.
  init?(path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  /// The identity of an open file; nil on failure, with the reason in `errno`.
  init?(descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  private init(_ status: stat) { (device, inode) = (UInt64(status.st_dev), UInt64(status.st_ino)) }
}

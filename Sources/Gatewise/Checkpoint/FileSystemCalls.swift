#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The calls of the operating system by which a file comes to be. They are the real ones, but where a test wants to see
/// what happens when the disk is full, fails, or the machine stops between two of them.
package struct FileSystemCalls: Sendable {
  /// Bytes written, fewer than given among it; -1 with `errno` where there was an error.
  package var write: @Sendable (_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int
  /// 0, or -1 with `errno`; so all below.
  package var sync: @Sendable (_ descriptor: Int32) -> Int32
  package var close: @Sendable (_ descriptor: Int32) -> Int32
  package var rename: @Sendable (_ from: String, _ to: String) -> Int32
  package var remove: @Sendable (_ path: String) -> Int32

  /// The operating system's own. Darwin refuses to write more than Int32.max bytes in one call.
  package static let real = FileSystemCalls(
    write: { systemWrite($0, $1.baseAddress, min($1.count, 1 << 30)) }, sync: { fsync($0) }, close: { systemClose($0) },
    rename: { systemRename($0, $1) }, remove: { unlink($0) })

  /// Those that are in force.
  @TaskLocal package static var current = real
}

// Inside the type its members of the same names hide the C library's functions.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
private func systemClose(_ descriptor: Int32) -> Int32 { close(descriptor) }
private func systemRename(_ from: String, _ to: String) -> Int32 { rename(from, to) }

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The system calls that write a file. Tests replace them to simulate a full or failing disk, or a machine that stops
/// between two calls.
package struct FileSystemCalls: Sendable {
  /// Returns the number of bytes written, which may be fewer than given; -1 with `errno` for an error.
  package var write: @Sendable (_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int
  /// Returns 0, or -1 with `errno`, as do all calls below.
  package var sync: @Sendable (_ descriptor: Int32) -> Int32
  package var close: @Sendable (_ descriptor: Int32) -> Int32
  package var rename: @Sendable (_ from: String, _ to: String) -> Int32
  package var remove: @Sendable (_ path: String) -> Int32

  /// The calls of the operating system. Darwin refuses to write more than Int32.max bytes in one call.
  package static let real = FileSystemCalls(
    write: { systemWrite($0, $1.baseAddress, min($1.count, 1 << 30)) }, sync: { fsync($0) }, close: { systemClose($0) },
    rename: { systemRename($0, $1) }, remove: { unlink($0) })

  /// The current calls.
  @TaskLocal package static var current = real
}

// Inside the type, members of the same names hide the C library's functions.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
private func systemClose(_ descriptor: Int32) -> Int32 { close(descriptor) }
private func systemRename(_ from: String, _ to: String) -> Int32 { rename(from, to) }

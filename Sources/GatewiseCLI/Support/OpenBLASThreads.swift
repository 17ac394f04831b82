import Gatewise

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// OpenBLAS's own threads, which start when it is loaded, before this program does anything.
enum OpenBLASThreads {
  private static let variable = "OPENBLAS_NUM_THREADS"

  /// Starts this program anew without them where addresses are limited (`ulimit -v`).
  ///
  /// Each asks for 128 MiB of addresses, again and again without end where there are not as many, and keeps the process
  /// from ending. The engine does not use them.
  static func avoidWhereAddressesAreLimited() {
    guard MemoryLimit.limitsAddressSpace, getenv(variable).map({ String(cString: $0) }) != "1" else { return }
    var path = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    guard readlink("/proc/self/exe", &path, path.count - 1) > 0, setenv(variable, "1", 1) == 0 else { return }
    // Returns only where it fails, and then all goes on as it is.
    execv(path, CommandLine.unsafeArgv)
  }
}

import Gatewise

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Gives this command's OpenBLAS the kernels that fit the processor.
///
/// OpenBLAS chooses them when it is loaded, by the environment. So where it took some that are too old, and the user has
/// chosen none, the command starts itself anew, in the same process and before it has read or written anything: process
/// number, streams, arguments, working directory and ignored signals stay.
enum OpenBLASCore {
  /// Set for the short run that tries a core, with its name.
  private static let trialVariable = "GATEWISE_OPENBLAS_TRIAL"

  /// Called first of all; returns where nothing is to be done, or nothing can be.
  static func startWithFittingCore() {
    if let trial = getenv(trialVariable) { tryCore(String(cString: trial)) }
    guard getenv(OpenBLAS.coreVariable) == nil, OpenBLAS.coreIsOld else { return }
    guard let core = OpenBLAS.fittingCores.first(where: runs) else { return }
    setenv(OpenBLAS.coreVariable, core, 1)
    execv(program, CommandLine.unsafeArgv)
    // Not started anew: the environment is as it was.
    unsetenv(OpenBLAS.coreVariable)
  }

  /// The file of this very program, whatever name it was started by.
  private static let program = "/proc/self/exe"

  /// In the run that tries a core: whether OpenBLAS has taken it, and multiplies as plain loops do.
  private static func tryCore(_ core: String) -> Never {
    _exit(OpenBLAS.core.lowercased() == core.lowercased() && OpenBLAS.shortProductsAreRight() ? 0 : 1)
  }

  /// Whether a core's kernels run and are right, in a process of their own that may as well crash.
  private static func runs(_ core: String) -> Bool {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for descriptor: Int32 in 0...2 {
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
    }
    var environment = currentEnvironment()
    environment += [strdup("\(OpenBLAS.coreVariable)=\(core)"), strdup("\(trialVariable)=\(core)"), nil]
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(program), nil]
    defer { for pointer in environment + arguments { free(pointer) } }
    var child = pid_t()
    guard posix_spawn(&child, program, &actions, nil, &arguments, &environment) == 0 else { return false }
    var status: Int32 = 0
    while waitpid(child, &status, 0) == -1 { guard errno == EINTR else { return false } }
    return status == 0
  }

  private static func currentEnvironment() -> [UnsafeMutablePointer<CChar>?] {
    var entries: [UnsafeMutablePointer<CChar>?] = []
    var entry = environ
    while let text = entry.pointee {
      entries.append(strdup(text))
      entry += 1
    }
    return entries
  }
}

import Gatewise

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What OpenBLAS must be told before it is loaded, which is before this program does anything.
///
/// So the command starts itself anew where OpenBLAS went wrong, in the same process and before it has read or written
/// anything: process number, streams, arguments, working directory and ignored signals stay. It does so
///
/// - where OpenBLAS took kernels that are older than the processor, and the user has chosen none;
/// - where addresses are limited (`ulimit -v`) and OpenBLAS has threads of its own, which the engine does not use: each asks
///   for 128 MiB of addresses, again and again without end where there are not as many, and keeps the process from
///   ending. There the core stays as it is, since to try another takes such a buffer, too.
enum OpenBLASStart {
  /// Set for the short run that tries a core, with its name.
  private static let trialVariable = "GATEWISE_OPENBLAS_TRIAL"
  private static let threadsVariable = "OPENBLAS_NUM_THREADS"

  /// Called first of all; returns where nothing is to be done, or nothing can be.
  static func repeatWhereNeeded() {
    // The run that tries a core has no arguments.
    if CommandLine.argc == 1, let trial = getenv(trialVariable) { tryCore(String(cString: trial)) }
    // Started through the loader, this is the loader's file.
    guard !program.split(separator: "/").last!.hasPrefix("ld-") else { return }
    if MemoryLimit.limitsAddressSpace {
      guard getenv(threadsVariable) == nil else { return }
      startAnew(with: threadsVariable, "1")
    } else if getenv(OpenBLAS.coreVariable) == nil, OpenBLAS.coreIsOld,
      let core = OpenBLAS.fittingCores.first(where: runs)
    {
      startAnew(with: OpenBLAS.coreVariable, core)
    }
  }

  /// Returns only where it fails; then all goes on as it is.
  private static func startAnew(with variable: String, _ value: String) {
    let before = getenv(variable).map { String(cString: $0) }
    setenv(variable, value, 1)
    execv(program, CommandLine.unsafeArgv)
    if let before { setenv(variable, before, 1) } else { unsetenv(variable) }
  }

  /// The file of this very program, whatever name it was started by; by its own path, which process lists show.
  private static let program: String = {
    let link = "/proc/self/exe"
    var path = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    guard readlink(link, &path, path.count - 1) > 0, access(path, X_OK) == 0 else { return link }
    return path.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }()

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
    for (name, value) in [(OpenBLAS.coreVariable, core), (trialVariable, core), (threadsVariable, "1")] {
      environment.append(strdup("\(name)=\(value)"))
    }
    environment.append(nil)
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(program), nil]
    defer { for pointer in environment + arguments { free(pointer) } }
    // Who has started this command may have it ignore the end of children, which then cannot be waited for.
    let ofChildren = signal(SIGCHLD, SIG_DFL)
    defer { signal(SIGCHLD, ofChildren) }
    var child = pid_t()
    guard posix_spawn(&child, program, &actions, nil, &arguments, &environment) == 0 else { return false }
    var status: Int32 = 0
    while waitpid(child, &status, 0) == -1 { guard errno == EINTR else { return false } }
    return status == 0
  }

  /// But for the number of OpenBLAS's threads.
  private static func currentEnvironment() -> [UnsafeMutablePointer<CChar>?] {
    var entries: [UnsafeMutablePointer<CChar>?] = []
    var entry = environ
    while let text = entry.pointee {
      if !String(cString: text).hasPrefix("\(threadsVariable)=") { entries.append(strdup(text)) }
      entry += 1
    }
    return entries
  }
}

import Gatewise

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Environment settings that OpenBLAS reads when it is loaded, before this program runs any code.
///
/// If the settings need to change, the command executes itself again, in the same process and before it has read or
/// written anything: process ID, streams, arguments, working directory and ignored signals are kept. It does so if
///
/// - OpenBLAS selected kernels that are older than the processor, and the user has not chosen any;
/// - the address space is limited (`ulimit -v`) and OpenBLAS has threads of its own, which the engine does not use.
///   Each requests 128 MiB of addresses, repeats the request forever if they are not available, and keeps the process
///   from ending. In this case the core is not changed, since trying another one needs such a buffer as well.
enum OpenBLASStart {
  /// The variable that holds the core's name in the short run that tries it.
  private static let trialVariable = "GATEWISE_OPENBLAS_TRIAL"
  private static let threadsVariable = "OPENBLAS_NUM_THREADS"

  /// Executes the command again with other settings if OpenBLAS needs them. Must be called before anything else;
  /// returns if no change is needed or possible.
  static func repeatWhereNeeded() {
    // The run that tries a core has no arguments.
    if CommandLine.argc == 1, let trial = getenv(trialVariable) { tryCore(String(cString: trial)) }
    // If the program was started through the dynamic loader, this is the loader's file.
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

  /// Executes the program again with a variable set. Returns only on failure, with the environment restored.
  private static func startAnew(with variable: String, _ value: String) {
    let before = getenv(variable).map { String(cString: $0) }
    setenv(variable, value, 1)
    execv(program, CommandLine.unsafeArgv)
    if let before { setenv(variable, before, 1) } else { unsetenv(variable) }
  }

  /// The file of this program, whatever name it was started by: its own path if possible, since process lists show it.
  private static let program: String = {
    let link = "/proc/self/exe"
    var path = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    guard readlink(link, &path, path.count - 1) > 0, access(path, X_OK) == 0 else { return link }
    return path.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }()

  /// Ends the run that tries a core: with status 0 if OpenBLAS uses it and its products match those of plain loops.
  private static func tryCore(_ core: String) -> Never {
    _exit(OpenBLAS.core.lowercased() == core.lowercased() && OpenBLAS.shortProductsAreRight() ? 0 : 1)
  }

  /// Returns whether a core's kernels run and are correct. They run in a separate process, since they may crash.
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
    // If the parent process had SIGCHLD ignored, waiting for the child would fail.
    let ofChildren = signal(SIGCHLD, SIG_DFL)
    defer { signal(SIGCHLD, ofChildren) }
    var child = pid_t()
    guard posix_spawn(&child, program, &actions, nil, &arguments, &environment) == 0 else { return false }
    var status: Int32 = 0
    while waitpid(child, &status, 0) == -1 { guard errno == EINTR else { return false } }
    return status == 0
  }

  /// Returns the environment without the number of OpenBLAS threads.
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

internal import COpenBLAS
import Synchronization

/// The linked OpenBLAS.
///
/// It is what the plain path is made of (`RecurrentPath.plain`); no result of the default path comes from it.
///
/// OpenBLAS's own threads would make results depend on their number, and their count belongs to the whole process. So
/// on its first use the plain path sets OpenBLAS to one thread and runs its products from the engine's own `ThreadTeam`.
/// A program that needs OpenBLAS's threads for work of its own may set `keepsOwnThreads` before it uses anything else of
/// this library; the plain path then forfeits the promise that every thread count gives the same bits.
public enum OpenBLAS {
  /// Version, target and build options, as the library reports them.
  public static var configuration: String {
    String(cString: openblas_get_config())
  }

  /// The processor family whose kernels OpenBLAS chose.
  public static var core: String {
    String(cString: openblas_get_corename())
  }

  /// Leaves OpenBLAS's thread count alone. Set it before the first use of a model; false by default.
  public static var keepsOwnThreads: Bool {
    get { ownThreads.load(ordering: .relaxed) }
    set { ownThreads.store(newValue, ordering: .relaxed) }
  }

  private static let ownThreads = Atomic<Bool>(false)

  /// Sets OpenBLAS to one thread, once, unless the program asked to keep its threads.
  static func prepare() { _ = prepared }

  private static let prepared: Void = {
    if !keepsOwnThreads { openblas_set_num_threads(1) }
  }()
}

/// How the columns of a sum over rows, `WeightGradient`, are shared out between tasks. No bit depends on it.
struct WeightGradientCut<S: Scalar> {
  /// 4H, or the columns of any other matrix.
  let columns: Int
  private let columnsPerTask: Int

  /// The most columns of a task: copies of x and y are made once for each.
  private static var mostColumns: Int { 2048 / MemoryLayout<S>.stride }
  /// Columns come in whole panels of the widest set.
  private static var panel: Int { 256 / MemoryLayout<S>.stride }

  init(columns: Int, threads: Int) {
    self.columns = columns
    let panels = (columns + Self.panel - 1) / Self.panel
    columnsPerTask = min(Self.mostColumns, max(1, (panels + threads - 1) / threads) * Self.panel)
  }

  var tasks: Int { (columns + columnsPerTask - 1) / columnsPerTask }

  /// The columns of a task.
  func part(_ task: Int) -> Range<Int> {
    task * columnsPerTask..<min(columns, (task + 1) * columnsPerTask)
  }

  /// Elements of scratch for a task over so many rows.
  func scratchPerTask(rows: Int, kernels: PackedKernels<S>) -> Int {
    kernels.weightGradientScratch(rows, columnsPerTask)
  }

  /// Elements of scratch for all tasks.
  func scratchCount(rows: Int, kernels: PackedKernels<S>) -> Int {
    tasks * scratchPerTask(rows: rows, kernels: kernels)
  }
}

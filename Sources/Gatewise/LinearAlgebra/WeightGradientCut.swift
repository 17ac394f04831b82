/// The division of the columns of a `WeightGradient` into tasks. The bits of the result do not depend on it.
struct WeightGradientCut<S: Scalar> {
  /// The number of columns, 4H for a layer's weights.
  let columns: Int
  private let columnsPerTask: Int

  /// The maximum number of columns of a task. Every task makes its own copies of x and y.
  private static var mostColumns: Int { 2048 / MemoryLayout<S>.stride }
  /// The columns of a panel of the widest instruction set. A task has whole panels.
  private static var panel: Int { 256 / MemoryLayout<S>.stride }

  init(columns: Int, threads: Int) {
    self.columns = columns
    let panels = (columns + Self.panel - 1) / Self.panel
    columnsPerTask = min(Self.mostColumns, max(1, (panels + threads - 1) / threads) * Self.panel)
  }

  var tasks: Int { (columns + columnsPerTask - 1) / columnsPerTask }

  /// Returns the columns of a task.
  func part(_ task: Int) -> Range<Int> {
    task * columnsPerTask..<min(columns, (task + 1) * columnsPerTask)
  }

  /// Returns the number of elements of scratch memory for one task over `rows` rows.
  func scratchPerTask(rows: Int, kernels: Kernels<S>) -> Int {
    kernels.weightGradientScratch(rows: rows, columns: columnsPerTask)
  }

  /// Returns the number of elements of scratch memory for all tasks.
  func scratchCount(rows: Int, kernels: Kernels<S>) -> Int {
    tasks * scratchPerTask(rows: rows, kernels: kernels)
  }
}

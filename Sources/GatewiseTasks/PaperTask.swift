/// The papers' tasks by their names.
public enum PaperTask: String, Sendable, CaseIterable {
  /// Gers, Schmidhuber & Cummins 2000; see `ContinualReber`.
  case continualReber = "continual-reber"
}

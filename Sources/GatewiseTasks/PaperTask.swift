/// The papers' tasks, by name.
public enum PaperTask: String, Sendable, CaseIterable {
  /// Gers, Schmidhuber & Cummins 2000; see `ContinualReber`.
  case continualReber = "continual-reber"
}

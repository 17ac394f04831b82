/// What went wrong, in one sentence that says what, where, what was expected, what was found and what to do.
///
/// What the library itself finds wrong is always of this type, whether a function says so in its signature or only
/// `throws`. Such a function passes on what other code throws: `Trainer.train` throws `CancellationError` where its task
/// is cancelled, and what its closure throws; with a ``ProcessGroup``, training throws ``ProcessGroupInterruption``;
/// `init(from:)` and `encode(to:)` of a configuration throw what the decoder or encoder throws, a `DecodingError` for
/// example.
public enum GatewiseError: Error, Equatable, Sendable {
  /// A value in calling code or on a command line that cannot work: a size of zero, an unknown name.
  case invalidArgument(String)
  /// Two shapes that disagree. Shapes are written with the letters of the book, for example `[T, N, I]`.
  case shapeMismatch(name: String, expected: [Int], found: [Int])
  /// A file that is missing, damaged or not what it should be.
  case file(path: String, problem: String)
  /// NaN or infinity where a finite number is needed.
  case notFinite(String)
}

extension GatewiseError: CustomStringConvertible {
  /// The sentence shown to a person.
  public var description: String {
    switch self {
    case .invalidArgument(let sentence), .notFinite(let sentence): sentence
    case .shapeMismatch(let name, let expected, let found):
      "\(name) has shape \(found), but \(expected) is expected."
    case .file(let path, let problem): "\(path): \(problem)"
    }
  }
}

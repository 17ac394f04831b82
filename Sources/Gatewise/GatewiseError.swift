/// An error of the library, described in one sentence: what failed, where, what was expected, what was found and what
/// to do.
///
/// Every error that the library itself detects has this type, whether a function declares it in its signature or only
/// says `throws`. A function that only says `throws` also passes on errors of other code: `Trainer.train` throws
/// `CancellationError` if its task is cancelled, and the errors of its closure; with a ``ProcessGroup``, training
/// throws ``ProcessGroupInterruption``; `init(from:)` and `encode(to:)` of a configuration throw the errors of the
/// decoder or encoder, for example `DecodingError`.
public enum GatewiseError: Error, Equatable, Sendable {
  /// An invalid value in calling code or on a command line, for example a size of zero or an unknown name.
  case invalidArgument(String)
  /// Two shapes that disagree. Shapes use the letters of the book, for example `[T, N, I]`.
  case shapeMismatch(name: String, expected: [Int], found: [Int])
  /// A file that is missing, damaged or has the wrong content.
  case file(path: String, problem: String)
  /// NaN or infinity where a finite number is needed.
  case notFinite(String)
}

extension GatewiseError: CustomStringConvertible {
  /// The error as one sentence for the user.
  public var description: String {
    switch self {
    case .invalidArgument(let sentence), .notFinite(let sentence): sentence
    case .shapeMismatch(let name, let expected, let found):
      "\(name) has shape \(found), but \(expected) is expected."
    case .file(let path, let problem): "\(path): \(problem)"
    }
  }
}

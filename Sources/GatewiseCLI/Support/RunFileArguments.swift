import ArgumentParser
import Gatewise
import GatewiseRuns

/// `--config`: inserts the options of a run file before those of the command line, which take precedence.
enum RunFileArguments {
  static let flag = "--config"

  /// The options of the file that an option of the command line replaces in addition to itself: alternatives to it, and
  /// settings that depend on it.
  private static let instead = [
    "clip-norm": ["clip-value"], "clip-value": ["clip-norm"], "hidden": ["layers"],
    "optimizer": ["learning-rate", "momentum", "weight-decay"],
    "schedule": ["schedule-every", "schedule-factor", "schedule-floor", "warmup"],
    "cell": ["forget-bias"], "rule": ["segment", "every", "depth", "lower-layers", "peephole-paths", "delta-clip"],
    "text": ["csv", "target", "input", "horizon", "sequence", "label"], "csv": ["text", "unit"],
  ]

  /// Returns the arguments of `gatewise train` with those of its run file, or unchanged without `--config`.
  ///
  /// - Throws: `GatewiseError.file` naming the line if the file contains anything but options.
  static func expand(_ arguments: [String]) throws -> [String] {
    guard arguments.first == TrainCommand._commandName, let (path, rest) = try taken(from: arguments) else {
      return arguments
    }
    let options = CommandOptions(of: TrainCommand.self)
    let names = options.names.filter { !["config", "help", "version"].contains($0) }
    let given = Set(options.options(in: rest).map(\.name))
    let replaced = given.union(given.flatMap { instead[$0] ?? [] })
    var expanded = [arguments[0]]
    for option in try RunFile(contentsOf: path).options where !replaced.contains(option.name) {
      guard names.contains(option.name) else {
        let near = nearest(to: option.name, in: names).map { "; did you mean \($0)?" } ?? "."
        throw GatewiseError.file(
          path: path, problem: "line \(option.line): gatewise train has no option \(option.name)\(near)")
      }
      guard let some = options.arguments(for: option) else {
        throw GatewiseError.file(
          path: path, problem: "line \(option.line): \(option.name) is a flag; give true or false.")
      }
      expanded += some
    }
    return expanded + rest
  }

  /// Returns the path of `--config`, and the arguments without the command and `--config`.
  private static func taken(from arguments: [String]) throws -> (path: String, rest: [String])? {
    var rest = Array(arguments.dropFirst())
    guard let index = rest.firstIndex(where: { $0 == flag || $0.hasPrefix("\(flag)=") }) else { return nil }
    let argument = rest.remove(at: index)
    guard !rest.contains(where: { $0 == flag || $0.hasPrefix("\(flag)=") }) else {
      throw ValidationError("\(flag) is given twice; give one run file.")
    }
    if argument != flag { return (String(argument.dropFirst(flag.count + 1)), rest) }
    guard index < rest.count, !rest[index].hasPrefix("--") else {
      throw ValidationError("\(flag) needs the path of a run file, for example runs/book/run.yaml.")
    }
    let path = rest.remove(at: index)
    return (path, rest)
  }

  /// Returns the most similar name, if it is similar enough.
  private static func nearest(to name: String, in names: [String]) -> String? {
    let near = names.map { (name: $0, distance: distance(Array($0), Array(name))) }.min { $0.distance < $1.distance }
    return near.flatMap { $0.distance <= max(2, name.count / 3) ? $0.name : nil }
  }

  /// Returns the Levenshtein distance.
  private static func distance(_ a: [Character], _ b: [Character]) -> Int {
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        (diagonal, row[j + 1]) = (row[j + 1], min(row[j + 1] + 1, row[j] + 1, diagonal + (x == y ? 0 : 1)))
      }
    }
    return row[b.count]
  }
}

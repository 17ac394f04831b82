import ArgumentParser
import Foundation
import GatewiseRuns

/// The options of a command, and the conversion between arguments and options with values.
struct CommandOptions {
  private let kinds: [String: Kind]

  private enum Kind {
    case flag
    case option
    case repeated
  }

  /// The part of the parser's description of a command that is decoded.
  private struct Dump: Decodable {
    struct Command: Decodable { let arguments: [Argument]? }
    struct Argument: Decodable {
      struct Name: Decodable {
        let kind: String
        let name: String
      }
      let kind: String
      let names: [Name]?
      let isRepeating: Bool
    }
    let command: Command
  }

  init(of command: (some ParsableCommand).Type) {
    // The parser's description of the command, which it provides for completions and manuals.
    let dump = try? JSONDecoder().decode(Dump.self, from: Data(command._dumpHelp().utf8))
    var kinds: [String: Kind] = [:]
    for argument in dump?.command.arguments ?? [] {
      for name in argument.names ?? [] where name.kind == "long" {
        kinds[name.name] = argument.kind == "flag" ? .flag : argument.isRepeating ? .repeated : .option
      }
    }
    self.kinds = kinds
  }

  /// The names, without dashes.
  var names: [String] { kinds.keys.sorted() }

  /// Returns the arguments for an option of a run file, or nil if there is no such option or its value has the wrong
  /// kind.
  func arguments(for option: RunFile.Option) -> [String]? {
    switch (kinds[option.name], option.value) {
    case (nil, _): nil
    case (.flag, .one("true")): ["--\(option.name)"]
    case (.flag, .one("false")): []
    case (.flag, _): nil
    case (.option, .one(let value)): ["--\(option.name)=\(value)"]
    case (.option, .several(let values)): ["--\(option.name)=\(values.joined(separator: ","))"]
    case (.repeated, .one(let value)): repeated(option.name, [value])
    case (.repeated, .several(let values)): repeated(option.name, values)
    }
  }

  /// Returns the arguments of an option with several values. A separate value that begins with a dash would be parsed
  /// as an option.
  private func repeated(_ name: String, _ values: [String]) -> [String] {
    values.contains { $0.hasPrefix("-") } ? values.map { "--\(name)=\($0)" } : ["--\(name)"] + values
  }

  /// Returns the options in the arguments, in their order. The command must have accepted the arguments.
  func options(in arguments: [String]) -> [RunFile.Option] {
    var options: [RunFile.Option] = []
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      guard argument.hasPrefix("--") else { continue }
      let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      var values = parts.dropFirst().map(String.init)
      switch kinds[name] {
      case .flag: values = ["true"]
      case .option: if values.isEmpty, let value = rest.popFirst() { values = [value] }
      case .repeated:
        while let value = rest.first, !value.hasPrefix("--") {
          values.append(value)
          rest.removeFirst()
        }
      case nil: continue
      }
      // A repeated option replaces the earlier value, or adds to the earlier values.
      let before = options.firstIndex { $0.name == name }.map { options.remove(at: $0).value }
      if kinds[name] == .repeated, case .several(let earlier) = before { values = earlier + values }
      options.append(.init(name, kinds[name] == .repeated ? .several(values) : .one(values.first ?? "")))
    }
    return options
  }
}

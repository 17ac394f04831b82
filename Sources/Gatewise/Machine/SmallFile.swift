#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reading of the small files in which the system reports on a process.
enum SmallFile {
  /// Returns the lines of a file, none if it cannot be read.
  static func lines(of path: String) -> [String] {
    guard let file = fopen(path, "re") else { return [] }
    defer { fclose(file) }
    var (line, lines) = ([CChar](repeating: 0, count: 4096), [String]())
    while fgets(&line, Int32(line.count), file) != nil {
      let bytes = line.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }
      lines.append(String(decoding: bytes, as: UTF8.self))
    }
    return lines
  }

  /// Returns the number at the start of a file, nil if the file is missing or does not start with a number.
  static func firstNumber(of path: String) -> Double? {
    lines(of: path).first.flatMap { Double(words(of: $0).first ?? "") }
  }

  /// Returns the parts of a line between spaces and tabs.
  static func words(of line: String) -> [Substring] { line.split { $0 == " " || $0 == "\t" } }
}

import Gatewise

/// Errors for a file that is not text in UTF-8, with the position and what to do.
enum TextFault {
  /// Recognizes a file that is not UTF-8 by its first bytes: a compressed file, or text in another encoding.
  ///
  /// - Parameter head: The first bytes of the file, up to some hundred.
  static func beginning(_ head: UnsafeRawBufferPointer, of path: String) -> GatewiseError? {
    func begins(_ bytes: [UInt8]) -> Bool { head.starts(with: bytes) }
    func problem(_ what: String) -> GatewiseError { .file(path: path, problem: what) }
    if begins([0x1F, 0x8B]) { return problem("is compressed with gzip; unpack it first (gunzip).") }
    if begins([0x28, 0xB5, 0x2F, 0xFD]) { return problem("is compressed with zstd; unpack it first (unzstd).") }
    if begins([0xFD] + Array("7zXZ".utf8)) { return problem("is compressed with xz; unpack it first (unxz).") }
    if begins(Array("BZh".utf8)), head.count > 9, head[4...].starts(with: [0x31, 0x41, 0x59, 0x26]) {
      return problem("is compressed with bzip2; unpack it first (bunzip2).")
    }
    if begins(Array("PK".utf8) + [3, 4]) {
      return problem("is a ZIP archive, as spreadsheets are; unpack it first, or save the sheet as CSV in UTF-8.")
    }
    for (mark, name) in [
      ([0xFF, 0xFE, 0, 0], "UTF-32LE"), ([0, 0, 0xFE, 0xFF], "UTF-32BE"), ([0xFF, 0xFE], "UTF-16"),
      ([0xFE, 0xFF], "UTF-16"),
    ] as [([UInt8], String)] where begins(mark) {
      return problem(encoding(name))
    }
    // UTF-16 without a byte-order mark: one byte of each pair is mostly zero, and the other never.
    let pairs = min(head.count / 2, 256)
    let zeros = (0..<2).map { half in (0..<pairs).count { head[2 * $0 + half] == 0 } }
    if pairs > 3, zeros[0] == 0, 4 * zeros[1] >= 3 * pairs { return problem(encoding("UTF-16LE")) }
    if pairs > 3, zeros[1] == 0, 4 * zeros[0] >= 3 * pairs { return problem(encoding("UTF-16BE")) }
    return nil
  }

  private static func encoding(_ name: String) -> String {
    "is \(name.prefix(6)); convert it to UTF-8 (iconv -f \(name) -t UTF-8)."
  }

  /// The error for a NUL byte.
  static func nul(at offset: Int, of path: String) -> GatewiseError {
    .file(path: path, problem: "is binary: byte \(offset) is NUL. Name a text file in UTF-8.")
  }

  /// The error for a byte at which no UTF-8 character begins.
  static func notUTF8(_ byte: UInt8, at offset: Int, line: Int, of path: String) -> GatewiseError {
    let digits = String(byte, radix: 16, uppercase: true)
    return .file(
      path: path,
      problem: "is not text in UTF-8: line \(line), byte \(offset) of the file, is 0x\(byte < 16 ? "0" : "")\(digits); "
        + "convert it first (iconv -f ISO-8859-1 -t UTF-8, or from its actual encoding).")
  }

  /// Returns the first fault of a file.
  ///
  /// - Returns: nil if the file is text.
  /// - Throws: `GatewiseError.file` if it cannot be read.
  static func first(in file: DataFile) throws(GatewiseError) -> GatewiseError? {
    try FileBuffers().withBuffer { (buffer) throws(GatewiseError) in
      var window = FileWindow(file, buffer)
      var (offset, line) = (0, 1)
      while offset < file.size {
        try window.move(to: offset, count: FileWindow.piece)
        let bytes = window.bytes
        if offset == 0, let problem = beginning(bytes, of: file.path) { return problem }
        // A character has at most four bytes.
        let end = window.end == file.size ? bytes.count : bytes.count - 3
        var at = 0
        while at < end {
          guard let (value, length) = bytes.scalar(at: at) else {
            return notUTF8(bytes[at], at: offset + at, line: line, of: file.path)
          }
          if value == 0 { return nul(at: offset + at, of: file.path) }
          if value == 0x0A { line += 1 }
          at += length
        }
        offset = window.start + at
      }
      return nil
    }
  }
}

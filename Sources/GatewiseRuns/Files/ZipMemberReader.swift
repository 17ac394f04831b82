import CZlib
import Gatewise

/// Reads the bytes of a member in sequence, inflating them if they are deflated, and never more than the directory
/// says.
final class ZipMemberReader {
  private let file: InputFile
  private let member: ZipArchive.Member
  /// The number of bytes still to be returned.
  private(set) var rest: Int
  /// The bytes of the file still to be read.
  private var unread: Range<Int>
  private var checksum = crc32(0, nil, 0)
  /// zlib keeps a pointer to the stream and to its input.
  private let stream: UnsafeMutablePointer<z_stream>?
  private let input: UnsafeMutableRawBufferPointer

  init(_ member: ZipArchive.Member, of archive: ZipArchive) throws(GatewiseError) {
    (file, self.member, rest, unread) = (archive.file, member, member.size, member.range)
    guard member.isDeflated else {
      (stream, input) = (nil, UnsafeMutableRawBufferPointer(start: nil, count: 0))
      return
    }
    input = .allocate(byteCount: min(1 << 16, max(1, member.range.count)), alignment: 16)
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    self.stream = stream
    // A negative window size: raw deflate data without a header, as in ZIP.
    guard inflateInit2_(stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw .file(path: archive.file.path, problem: "cannot be inflated: out of memory.")
    }
  }

  deinit {
    if let stream {
      inflateEnd(stream)
      stream.deallocate()
      input.deallocate()
    }
  }

  /// Fills a buffer with the next bytes.
  ///
  /// - Throws: `GatewiseError.file` if the member ends early, or its data are not valid.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(GatewiseError) {
    guard buffer.count <= rest else { throw problem("ends before its array does") }
    if stream == nil {
      try file.read(into: buffer, at: unread.lowerBound)
      unread = unread.lowerBound + buffer.count..<unread.upperBound
    } else {
      guard try inflate(into: buffer) == buffer.count else { throw problem("is shorter than the directory says") }
    }
    rest -= buffer.count
    // zlib's count is 32 bits wide.
    for start in stride(from: 0, to: buffer.count, by: 1 << 30) {
      let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[start..<min(start + (1 << 30), buffer.count)])
      checksum = crc32(checksum, piece.baseAddress?.assumingMemoryBound(to: Bytef.self), uInt(piece.count))
    }
  }

  /// Checks that the member ends here, with the checksum of the directory.
  func finish() throws(GatewiseError) {
    guard rest == 0 else { throw problem("has \(rest) bytes after its array") }
    if stream != nil {
      var byte: UInt8 = 0
      var more = 0
      var failure: GatewiseError?
      withUnsafeMutableBytes(of: &byte) { buffer in
        do throws(GatewiseError) { more = try inflate(into: buffer) } catch { failure = error }
      }
      if let failure { throw failure }
      guard more == 0, unread.isEmpty, stream?.pointee.avail_in == 0 else {
        throw problem("is longer than the directory says")
      }
    }
    guard checksum == uLong(member.checksum) else { throw problem("has the wrong checksum (CRC-32)") }
  }

  /// - Returns: The number of bytes before the end of the deflated data.
  private func inflate(into buffer: UnsafeMutableRawBufferPointer) throws(GatewiseError) -> Int {
    guard let stream else { return 0 }
    var done = 0
    repeat {
      if stream.pointee.avail_in == 0, !unread.isEmpty {
        let piece = UnsafeMutableRawBufferPointer(rebasing: input[..<min(input.count, unread.count)])
        try file.read(into: piece, at: unread.lowerBound)
        unread = unread.lowerBound + piece.count..<unread.upperBound
        stream.pointee.next_in = piece.baseAddress?.assumingMemoryBound(to: Bytef.self)
        stream.pointee.avail_in = uInt(piece.count)
      }
      let wanted = min(buffer.count - done, 1 << 30)
      stream.pointee.next_out = buffer.baseAddress?.advanced(by: done).assumingMemoryBound(to: Bytef.self)
      stream.pointee.avail_out = uInt(wanted)
      let code = CZlib.inflate(stream, Z_NO_FLUSH)
      done += wanted - Int(stream.pointee.avail_out)
      switch code {
      case Z_STREAM_END: return done
      case Z_OK: continue
      // No progress was possible: the input is at its end.
      case Z_BUF_ERROR: throw problem("is truncated")
      default: throw problem("is not valid deflated data")
      }
    } while done < buffer.count
    return done
  }

  private func problem(_ what: String) -> GatewiseError {
    .file(
      path: file.path,
      problem: "its member \(quoted(member.name)) \(what); the file is damaged: write it again.")
  }
}

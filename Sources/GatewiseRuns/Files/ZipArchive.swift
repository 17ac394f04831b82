import Gatewise

/// The members of a ZIP file, from its directory, checked against the file before anything is trusted.
///
/// Stored and deflated members are supported, ZIP64 too; encryption and archives in several parts are not. Members must
/// not overlap, and the two headers of each must agree. Format: PKWARE's APPNOTE.TXT 6.3.
struct ZipArchive: Sendable {
  /// One member.
  struct Member: Sendable {
    let name: String
    /// Whether its bytes are deflated; otherwise they are stored.
    let isDeflated: Bool
    let checksum: UInt32
    /// The inflated size in bytes.
    let size: Int
    /// The offset of its header.
    fileprivate let header: Int
    /// The range of its bytes in the file.
    fileprivate(set) var range: Range<Int>
  }

  let file: InputFile
  /// The members in the order of the directory, which is that of writing.
  let members: [Member]

  /// The largest number of members.
  static let memberLimit = 10_000

  /// - Throws: `GatewiseError.file`, naming the member or the byte, if the file cannot be read, is not a ZIP file or is
  ///   damaged.
  init(path: String) throws(GatewiseError) {
    file = try InputFile(path: path)
    let end = try ZipEnd(of: file)
    var fields = ZipFields(try file.bytes(in: end.directory), at: end.directory.lowerBound, path: path)
    var members: [Member] = []
    var names: Set<String> = []
    for _ in 0..<end.count {
      let member = try Self.member(&fields)
      guard names.insert(member.name).inserted else {
        throw fields.problem("it has two members named \(quoted(member.name))")
      }
      members.append(member)
    }
    guard fields.isAtEnd else { throw fields.problem("its directory is longer than its \(end.count) members") }
    for index in members.indices { try Self.locate(&members[index], in: file, end: end.directory.lowerBound) }
    let inOrder = members.sorted { $0.header < $1.header }
    for (member, next) in zip(inOrder, inOrder.dropFirst()) where member.range.upperBound > next.header {
      throw fields.problem("its members \(quoted(member.name)) and \(quoted(next.name)) overlap")
    }
    self.members = members
  }

  /// Parses an entry of the directory.
  private static func member(_ fields: inout ZipFields) throws(GatewiseError) -> Member {
    try fields.signature(0x0201_4b50, "an entry of its directory")
    _ = try fields.skip(4)
    let flags = try fields.number(2)
    let method = try fields.number(2)
    _ = try fields.skip(4)
    let checksum = UInt32(try fields.number(4))
    let narrow = [try fields.number(4), try fields.number(4)]
    let (nameLength, extraLength, commentLength) = (
      try fields.number(2), try fields.number(2), try fields.number(2)
    )
    let disk = try fields.number(2)
    _ = try fields.skip(6)
    let place = try fields.number(4)
    let name = try fields.text(nameLength)
    let extra = try fields.part(extraLength)
    _ = try fields.skip(commentLength)
    let wide = try extra.widened([narrow[1], narrow[0], place])
    let (size, compressed, header) = (wide[0], wide[1], wide[2])
    guard flags & 1 == 0 else { throw fields.problem("its member \(quoted(name)) is encrypted") }
    guard method == 0 || method == 8 else {
      throw fields.problem(
        "its member \(quoted(name)) is compressed by method \(method), but 0 (stored) or 8 (deflated) is expected")
    }
    guard disk == 0 else { throw fields.problem("it is one of several parts") }
    guard method == 8 || size == compressed else {
      throw fields.problem("its member \(quoted(name)) is stored, but has \(compressed) bytes instead of \(size)")
    }
    return Member(
      name: name, isDeflated: method == 8, checksum: checksum, size: size, header: header, range: 0..<compressed)
  }

  /// Finds the bytes of a member after its own header, which must agree with the directory.
  private static func locate(_ member: inout Member, in file: InputFile, end: Int) throws(GatewiseError) {
    func problem(_ what: String) -> GatewiseError {
      ZipFields.problem(file.path, "its member \(quoted(member.name)) \(what)", at: member.header)
    }
    guard member.header <= end - 30 else { throw problem("lies outside the \(end) bytes before the directory") }
    var fields = ZipFields(
      try file.bytes(in: member.header..<member.header + 30), at: member.header, path: file.path)
    try fields.signature(0x0403_4b50, "the header of \(quoted(member.name))")
    _ = try fields.skip(2)
    let flags = try fields.number(2)
    let method = try fields.number(2)
    _ = try fields.skip(4)
    let checksum = try fields.number(4)
    let narrow = [try fields.number(4), try fields.number(4)]
    let (nameLength, extraLength) = (try fields.number(2), try fields.number(2))
    let start = member.header + 30 + nameLength + extraLength
    guard start <= end, member.range.count <= end - start else {
      throw problem("has \(member.range.count) bytes, which do not lie before the directory at byte \(end)")
    }
    var rest = ZipFields(
      try file.bytes(in: member.header + 30..<start), at: member.header + 30, path: file.path)
    let name = try rest.text(nameLength)
    guard name == member.name else { throw problem("is named \(quoted(name)) in its own header") }
    let extra = try rest.part(extraLength)
    // Bit 3: sizes and checksum follow the member, and are zero here.
    let isLate = flags & 8 != 0
    let wide = isLate ? [member.size, member.range.count] : try extra.widened(narrow.reversed())
    guard flags & 1 == 0, (method == 8) == member.isDeflated,
      isLate || checksum == Int(member.checksum), wide == [member.size, member.range.count]
    else { throw problem("has a different size, checksum or method in its own header than in the directory") }
    member.range = start..<start + member.range.count
  }
}

/// The records at the end of a ZIP file: the number of members, and the position of the directory.
private struct ZipEnd {
  let count: Int
  let directory: Range<Int>

  init(of file: InputFile) throws(GatewiseError) {
    let size = file.size
    // 22 bytes, and a comment of at most 65,535 after them.
    let tailStart = max(0, size - 22 - 65_535)
    let tail = try file.bytes(in: tailStart..<size)
    let place = stride(from: tail.count - 22, through: 0, by: -1).first { place in
      tail[place...].starts(with: [0x50, 0x4b, 5, 6])
        && place + 22 + (Int(tail[place + 20]) | Int(tail[place + 21]) << 8) == tail.count
    }
    guard let place else {
      throw ZipFields.problem(file.path, "it does not end like a ZIP file, or is truncated", at: size)
    }
    var end = tailStart + place
    var fields = ZipFields(Array(tail[(place + 4)...]), at: end + 4, path: file.path)
    let disks = (try fields.number(2), try fields.number(2))
    var (here, count) = (try fields.number(2), try fields.number(2))
    var (length, start) = (try fields.number(4), try fields.number(4))
    guard disks == (0, 0) else { throw fields.problem("it is one of several parts") }
    if here == 0xffff || count == 0xffff || length == 0xffff_ffff || start == 0xffff_ffff {
      (here, count, length, start, end) = try Self.wide(in: file, end: end)
    }
    guard here == count else { throw fields.problem("it is one of several parts") }
    guard count <= ZipArchive.memberLimit else {
      throw fields.problem("it has \(count) members, but at most \(ZipArchive.memberLimit) are allowed")
    }
    guard length <= end, start == end - length else {
      throw fields.problem("its directory of \(length) bytes at byte \(start) does not end at byte \(end)")
    }
    (self.count, directory) = (count, start..<end)
  }

  /// Returns the ZIP64 record, which replaces one whose fields are too small; a locator before `end` points to it.
  private static func wide(
    in file: InputFile, end: Int
  ) throws(GatewiseError) -> (here: Int, count: Int, length: Int, start: Int, end: Int) {
    guard end >= 20 + 56 else { throw ZipFields.problem(file.path, "its ZIP64 record is missing", at: end) }
    var locator = ZipFields(try file.bytes(in: end - 20..<end), at: end - 20, path: file.path)
    try locator.signature(0x0706_4b50, "its ZIP64 locator")
    _ = try locator.skip(4)
    let place = try locator.number(8)
    // The record ends where the locator begins.
    guard place == end - 20 - 56 else { throw locator.problem("its ZIP64 record does not lie at byte \(place)") }
    var record = ZipFields(try file.bytes(in: place..<place + 56), at: place, path: file.path)
    try record.signature(0x0606_4b50, "its ZIP64 record")
    _ = try record.skip(20)
    return (
      try record.number(8), try record.number(8), try record.number(8), try record.number(8), place
    )
  }
}

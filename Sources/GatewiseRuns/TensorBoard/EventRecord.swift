/// The framing of a record in an event file (TFRecord): its length, the masked check of those eight bytes, the payload,
/// and its masked check. All numbers are little-endian.
enum EventRecord {
  /// Returns the record of a payload.
  static func framed(_ payload: [UInt8]) -> [UInt8] {
    let length = bytes(UInt64(payload.count))
    return length + bytes(CRC32C.masked(length)) + payload + bytes(CRC32C.masked(payload))
  }

  private static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }
}

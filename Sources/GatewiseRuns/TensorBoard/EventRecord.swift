/// The frame of a record in an event file (TFRecord): its length, the masked check of those eight bytes, the bytes, and
/// their masked check. All numbers begin with their lowest byte.
enum EventRecord {
  /// The record of some bytes.
  static func framed(_ payload: [UInt8]) -> [UInt8] {
    let length = bytes(UInt64(payload.count))
    return length + bytes(CRC32C.masked(length)) + payload + bytes(CRC32C.masked(payload))
  }

  private static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }
}

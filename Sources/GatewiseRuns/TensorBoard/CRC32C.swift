/// The cyclic redundancy check with Castagnoli's polynomial, as in iSCSI (RFC 3720, B.4), which protects every record
/// of an event file. zlib's uses another polynomial.
enum CRC32C {
  // The polynomial 0x1EDC6F41 with reversed bits, since the lowest bit comes first.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { remainder, _ in
      remainder & 1 == 0 ? remainder >> 1 : remainder >> 1 ^ 0x82F6_3B78
    }
  }

  /// Returns the check of some bytes.
  static func check(_ bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
  }

  /// Returns the check as stored in records: rotated and offset, since the check of bytes that contain their own check
  /// is constant.
  static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let check = check(bytes)
    return (check >> 15 | check << 17) &+ 0xA282_EAD8
  }
}

/// The cyclic redundancy check of Castagnoli's polynomial, as iSCSI has it (RFC 3720, B.4), which guards every record of
/// an event file. zlib's is of another polynomial.
enum CRC32C {
  // The polynomial 0x1EDC6F41 with its bits turned, as the lowest bit comes first.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { remainder, _ in
      remainder & 1 == 0 ? remainder >> 1 : remainder >> 1 ^ 0x82F6_3B78
    }
  }

  /// The check of some bytes.
  static func check(_ bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
  }

  /// The check as records hold it: turned and shifted, since the check of bytes that hold their own is always the same.
  static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let check = check(bytes)
    return (check >> 15 | check << 17) &+ 0xA282_EAD8
  }
}

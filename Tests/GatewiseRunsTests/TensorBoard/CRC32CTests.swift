import Testing

@testable import GatewiseRuns

@Suite("CRC-32C") struct CRC32CTests {
  @Test(
    "the checks of RFC 3720 and of the standard check value",
    arguments: [
      (Array("123456789".utf8), 0xE306_9283), (Array(repeating: 0, count: 32), 0x8A91_36AA),
      (Array(repeating: 255, count: 32), 0x62A8_AB43), (Array(0..<32), 0x46DD_794E),
      (Array((0..<32).reversed()), 0x113F_DB5C), ([], 0),
    ] as [([UInt8], UInt32)])
  func knownChecks(bytes: [UInt8], check: UInt32) {
    #expect(CRC32C.check(bytes) == check)
  }

  @Test("a masked check is rotated by 15 bits and offset")
  func masked() {
    // 0xE3069283 rotated right by 15 bits is 0x2507C60D.
    #expect(CRC32C.masked("123456789".utf8) == 0x2507_C60D &+ 0xA282_EAD8)
  }
}

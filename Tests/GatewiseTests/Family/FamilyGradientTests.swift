import GatewiseReference
import Testing

@testable import Gatewise

/// Every rule over every member of the family against the complex step of the rule's network: 1e-12 relative.
@Suite struct FamilyGradientTests {
  private static let paths: [(PeepholePaths, ReferenceRule.PeepholePaths)] = [
    (.detached, .detached), (.outputAttached, .outputAttached), (.attached, .attached),
  ]

  @Test func `BPTT is the exact gradient`() throws {
    try FamilyCheck()("BPTT", FamilyMember.all + FamilyMember.presets, .bptt(), .full)
  }

  @Test(arguments: [1, 2, 4]) func `BPTT in segments is, too`(segment: Int) throws {
    try FamilyCheck()("BPTT in segments of \(segment)", FamilyMember.all, .bptt(segment: segment), .full)
  }

  @Test(arguments: [(1, 1), (2, 3), (4, 4)])
  func `truncated BPTT is the gradient with states held fixed`(k: (every: Int, depth: Int)) throws {
    try FamilyCheck()(
      "TBPTT \(k)", FamilyMember.all, .truncatedBPTT(every: k.every, depth: k.depth),
      .truncated(every: k.every, depth: k.depth))
  }

  /// Without peepholes there is one path.
  private func members(_ index: Int) -> [FamilyMember] {
    index == 0 ? FamilyMember.all + FamilyMember.presets : FamilyMember.withPeepholes
  }

  @Test(arguments: paths.indices) func `the recurrent cut is the gradient of the stopped network`(index: Int) throws {
    let (paths, network) = Self.paths[index]
    try FamilyCheck()(
      "R2, peepholes \(paths)", members(index), .recurrentCut(peepholePaths: paths), .recurrentCut(network))
  }

  @Test(arguments: paths.indices) func `truncated RTRL is the gradient of two copies`(index: Int) throws {
    let (paths, network) = Self.paths[index]
    try FamilyCheck()(
      "R1, peepholes \(paths)", members(index), .truncatedRTRL(peepholePaths: paths), .currentInputs(network))
  }

  @Test(arguments: paths.indices) func `without lower layers it is that of the detached network`(index: Int) throws {
    let (paths, network) = Self.paths[index]
    try FamilyCheck()(
      "R0, peepholes \(paths)", members(index), .truncatedRTRL(lowerLayers: .none, peepholePaths: paths),
      .outputLayerOnly(network))
  }

  @Test func `exact RTRL is the gradient of the whole network`() throws {
    try FamilyCheck()("RTRL", FamilyMember.all + FamilyMember.presets, .rtrl, .full)
  }
}

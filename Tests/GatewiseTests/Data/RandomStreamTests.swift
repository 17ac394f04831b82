import Foundation
import Testing

@testable import Gatewise

@Suite("Random streams") struct RandomStreamTests {
  @Test("xoshiro256** gives the numbers of its authors' program")
  func generator() throws {
    let state = Data(#"{"s0":1,"s1":2,"s2":3,"s3":4}"#.utf8)
    var stream = try JSONDecoder().decode(RandomStream.self, from: state)
    let found = (0..<10).map { _ in stream.next() }
    print("xoshiro256** from state 1, 2, 3, 4:", found)
    #expect(
      found == [
        11520, 0, 1_509_978_240, 1_215_971_899_390_074_240, 1_216_172_134_540_287_360, 607_988_272_756_665_600,
        16_172_922_978_634_559_625, 8_476_171_486_693_032_832, 10_595_114_339_597_558_777, 2_904_607_092_377_533_576,
      ])
  }

  @Test("SplitMix64 and FNV-1a give their published numbers")
  func seeding() {
    var mixer = SplitMix64(state: 1_234_567)
    let found = (0..<3).map { _ in mixer.next() }
    print("SplitMix64 from 1234567:", found)
    #expect(found == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
    #expect(RandomStream.fnv1a("foobar") == 0x8594_4171_f739_67e8)
  }

  @Test("the numbers of a seed and a name never change")
  func stability() {
    var plain = RandomStream(seed: 1)
    var named = RandomStream(seed: 1, name: "shuffle")
    var other = RandomStream(seed: 2, name: "shuffle")
    let found = [plain.next(), named.next(), other.next()]
    print("first numbers of seed 1, (1, shuffle), (2, shuffle):", found)
    #expect(Set(found).count == 3)
    // Seed 1 expands through SplitMix64 to s1 = 0xbeeb8da1658eec67; the first output is rotl(5·s1, 7)·9.
    #expect(plain != RandomStream(seed: 1))
    #expect(found[0] == 12_966_619_160_104_079_557)
  }

  @Test("a saved stream resumes at its position")
  func saving() throws {
    var stream = RandomStream(seed: 9, name: "saved")
    for _ in 0..<7 { _ = stream.next() }
    var copy = try JSONDecoder().decode(RandomStream.self, from: JSONEncoder().encode(stream))
    #expect(copy == stream)
    for _ in 0..<100 { #expect(copy.next() == stream.next()) }
  }

  @Test("uniform and normal numbers have the expected moments")
  func moments() {
    var stream = RandomStream(seed: 3)
    let count = 200_000
    let uniform = (0..<count).map { _ in stream.uniform(in: -1.0...3.0) }
    let normal = (0..<count).map { _ in stream.normal() as Double }
    func moment(_ x: [Double], _ power: Int, about center: Double) -> Double {
      x.reduce(0) { sum, value in sum + (0..<power).reduce(1) { p, _ in p * (value - center) } } / Double(x.count)
    }
    let (mean, variance) = (moment(uniform, 1, about: 0), moment(uniform, 2, about: 1))
    print("uniform in -1...3: mean \(mean), variance \(variance), from \(uniform.min()!) to \(uniform.max()!)")
    #expect(abs(mean - 1) < 0.012 && abs(variance - 4.0 / 3) < 0.012)
    #expect(uniform.min()! >= -1 && uniform.max()! <= 3)
    let moments = (1...4).map { moment(normal, $0, about: 0) }
    print("normal: moments 1 to 4", moments)
    for (found, expected) in zip(moments, [0.0, 1, 0, 3]) { #expect(abs(found - expected) < 0.05) }
  }

  @Test("numbers in Float are the rounded numbers in Double")
  func precision() {
    var (single, double) = (RandomStream(seed: 4), RandomStream(seed: 4))
    for _ in 0..<1000 {
      #expect(single.uniform(in: Float(-0.5)...0.5) == Float(double.uniform(in: -0.5...0.5)))
      #expect(single.normal() == Float(double.normal() as Double))
    }
    #expect(single == double)
  }

  @Test("indices are uniformly distributed, and all orders of three are equally frequent")
  func indices() {
    var stream = RandomStream(seed: 5)
    var orders: [[Int]: Int] = [:]
    for _ in 0..<60_000 {
      var order = [0, 1, 2]
      stream.shuffle(&order)
      orders[order, default: 0] += 1
    }
    // χ² with 5 degrees of freedom exceeds 20.5 with probability 0.001.
    let chi = orders.values.reduce(0.0) { $0 + pow(Double($1) - 10_000, 2) / 10_000 }
    print("orders of three elements: \(orders.values.sorted()), χ² \(chi)")
    #expect(orders.count == 6 && chi < 20.5)
    #expect((0..<1000).allSatisfy { _ in (0..<7).contains(stream.index(below: 7)) })
    #expect(stream.index(below: 1) == 0)
  }
}

import Gatewise
import Testing

@Suite("gatewise bench")
struct BenchTests {
  @Test("counts operations as documented, and compares with the product of the same rounds")
  func bench() throws {
    let options = [
      "bench", "--json", "--rounds", "1", "--threads", "1", "--layers", "2", "--hidden", "8", "--input-size", "4",
      "--batch", "2", "--window", "3", "--dtype", "float64",
    ]
    // Beside an older core, which the tests may be told to run under, there is no product.
    let core = OpenBLAS.fittingCores.first.map { [OpenBLAS.coreVariable: $0] } ?? [:]
    let outcome = try Executable.succeed(options, environment: core)
    let record = try #require(try outcome.objects().first)
    #expect(
      record.keys.sorted() == [
        "batch", "directions", "dtype", "gflops", "hiddenSize", "inputSize", "layers", "mode", "name", "operations",
        "quartiles",
        "ratio", "rule", "seconds", "sgemmGflops", "steal", "threads", "weights", "window",
      ])
    #expect(record["name"] as? String == "train-L2-I4-H8-N2-T3-float64" && record["mode"] as? String == "train")
    let (seconds, gflops) = (record["seconds"] as? Double ?? 0, record["gflops"] as? Double ?? 0)
    // Three times 2·4H(I + H)·N·T, over two layers.
    let operations: Double = 24 * 8 * (4 + 8 + 8 + 8) * 2 * 3
    #expect(abs(seconds * gflops * 1e9 / operations - 1) < 1e-9)
    let (sgemm, ratio) = (record["sgemmGflops"] as? Double ?? 0, record["ratio"] as? Double ?? 0)
    #expect(sgemm > 0 && abs(ratio * sgemm / gflops - 1) < 1e-9)
  }

  @Test("counts the products of exact RTRL's derivatives")
  func exactRTRL() throws {
    let row = ["--layers", "2", "--hidden", "4", "--input-size", "3", "--batch", "2", "--window", "5"]
    let record = try #require(
      try Executable.succeed(["bench", "--rule", "rtrl", "--rounds", "1", "--json"] + row).objects().first)
    #expect(record["name"] as? String == "train-rtrl-L2-I3-H4-N2-T5-float32" && record["rule"] as? String == "rtrl")
    // 2·8H³(I + H + 1) for each layer's weights, and twice that in the layer above for those of the lowest.
    let (lowest, highest) = (16.0 * 64 * (3 + 4 + 1), 16.0 * 64 * (4 + 4 + 1))
    #expect(record["operations"] as? Double == (lowest + 2 * lowest + highest) * 2 * 5)
    try Executable.fail(
      ["bench", "--rule", "rtrl", "--mode", "infer"] + row, status: 64, saying: "--rule rtrl is for training")
  }

  @Test("counts the unpadded steps of sequences of different lengths, and lists the lengths")
  func lengths() throws {
    let row = [
      "--layers", "1", "--hidden", "8", "--batch", "5", "--window", "12", "--shortest", "3", "--dtype", "float64",
    ]
    let listed = try #require(
      try Executable.succeed(["bench", "--list", "--json"] + row).objects().first)
    #expect(listed["name"] as? String == "train-L1-H8-N5-T3..12-float64" && listed["seconds"] == nil)
    let lengths = try #require(listed["lengths"] as? [Int])
    #expect(lengths.count == 5 && lengths.max() == 12 && lengths.allSatisfy { (3...12).contains($0) })
    let operations: Double = 24 * 8 * (8 + 8) * Double(lengths.reduce(0, +))
    #expect(listed["operations"] as? Double == operations)

    let measured = try #require(
      try Executable.succeed(["bench", "--json", "--rounds", "1", "--threads", "1"] + row).objects().first)
    #expect(measured["lengths"] as? [Int] == lengths)
    let (seconds, gflops) = (measured["seconds"] as? Double ?? 0, measured["gflops"] as? Double ?? 0)
    #expect(abs(seconds * gflops * 1e9 / operations - 1) < 1e-9)
  }

  @Test("lists each row of the grid once, and the rows whose names contain a text")
  func list() throws {
    let names = try Executable.succeed(["bench", "--list"]).lines
    #expect(names.count == Set(names).count && names.contains("train-L2-H256-N64-T64-float32"))
    let records = try Executable.succeed(["bench", "--list", "--json"]).objects()
    #expect(records.map { $0["name"] as? String } == names)
    let chosen = try Executable.succeed(["bench", "--list", "--rows", "infer-L2"]).lines
    #expect(chosen == names.filter { $0.contains("infer-L2") } && chosen.count > 1)
  }

  @Test("reports the memory of the first run, then runs a round for each line of standard input")
  func turns() throws {
    let shapes = [
      ["--layers", "1", "--hidden", "64", "--batch", "8", "--window", "500"],
      ["--mode", "infer", "--hidden", "8", "--batch", "2", "--window", "3"], ["--rows", "step-L1-H64-N1-float32"],
    ]
    for shape in shapes {
      let answers = try Executable.succeed(["bench", "--turns", "--threads", "1"] + shape, input: "1\n\n").objects()
      #expect(answers.count == 3 && answers[0].keys.sorted() == ["memoryGrowth", "name", "threads"])
      for answer in answers.dropFirst() {
        #expect(answer.keys.sorted() == ["gflops", "seconds", "sgemmGflops"])
        #expect(answer.values.allSatisfy { $0 as? Double ?? 0 > 0 })
      }
      if shape == shapes[0] {
        // Training keeps the gates [T, N, 4H], cells and outputs [T, N, H] in Float.
        let kept = 500 * 8 * 6 * 64 * 4
        #expect(answers[0]["memoryGrowth"] as? Int ?? 0 > kept)
      }
    }
  }

  @Test("reports options that contradict each other")
  func contradictions() throws {
    try Executable.fail(
      ["bench", "--shortest", "65"], status: 64, saying: "--shortest must be at most --window (64), but is 65")
    try Executable.fail(["bench", "--mode", "step", "--shortest", "3"], status: 64, saying: "--shortest")
    try Executable.fail(["bench", "--rows", "infer", "--hidden", "8"], status: 64, saying: "--rows")
    try Executable.fail(["bench", "--rows", "walk"], status: 64, saying: "walk", "--list")
    try Executable.fail(["bench", "--turns"], status: 64, saying: "one row")
    try Executable.fail(["bench", "--turns", "--hidden", "8", "--rounds", "3"], status: 64, saying: "--rounds")
    try Executable.fail(["bench", "--turns", "--hidden", "8", "--list"], status: 64, saying: "--list")
    try Executable.fail(["bench", "--list", "--rounds", "3"], status: 64, saying: "--rounds")
  }

  @Test("reports invalid sizes")
  func refuses() throws {
    try Executable.fail(["bench", "--hidden", "0"], status: 64, saying: "--hidden")
    try Executable.fail(["bench", "--mode", "step", "--window", "3"], status: 64, saying: "--window")
    try Executable.fail(["bench", "--mode", "walk"], status: 64, saying: "train", "infer", "step")
    try Executable.fail(["bench", "--hidden", "10000000"], status: 1, saying: "GiB")
    try Executable.fail(["bench", "--batch", "100000000", "--window", "100000000"], status: 1, saying: "GiB")
  }
}

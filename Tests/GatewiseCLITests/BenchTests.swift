import Testing

@Suite("gatewise bench")
struct BenchTests {
  @Test("counts operations as documented and puts the product of the same rounds beside them")
  func bench() throws {
    let outcome = try Executable.succeed([
      "bench", "--json", "--rounds", "1", "--threads", "1", "--layers", "2", "--hidden", "8", "--input-size", "4",
      "--batch", "2", "--window", "3", "--dtype", "float64",
    ])
    let record = try #require(try outcome.objects().first)
    #expect(
      record.keys.sorted() == [
        "batch", "dtype", "gflops", "hiddenSize", "inputSize", "layers", "mode", "name", "quartiles", "ratio",
        "seconds", "sgemmGflops", "steal", "threads", "window",
      ])
    #expect(record["name"] as? String == "train-L2-I4-H8-N2-T3-float64" && record["mode"] as? String == "train")
    let (seconds, gflops) = (record["seconds"] as? Double ?? 0, record["gflops"] as? Double ?? 0)
    // Three times 2·4H(I + H)·N·T, over two layers.
    let operations: Double = 24 * 8 * (4 + 8 + 8 + 8) * 2 * 3
    #expect(abs(seconds * gflops * 1e9 / operations - 1) < 1e-9)
    let (sgemm, ratio) = (record["sgemmGflops"] as? Double ?? 0, record["ratio"] as? Double ?? 0)
    #expect(sgemm > 0 && abs(ratio * sgemm / gflops - 1) < 1e-9)
  }

  @Test("refuses sizes that cannot be")
  func refuses() throws {
    try Executable.fail(["bench", "--hidden", "0"], status: 64, saying: "--hidden")
    try Executable.fail(["bench", "--mode", "step", "--window", "3"], status: 64, saying: "--window")
    try Executable.fail(["bench", "--mode", "walk"], status: 64, saying: "train", "infer", "step")
    try Executable.fail(["bench", "--hidden", "10000000"], status: 1, saying: "GiB")
    try Executable.fail(["bench", "--batch", "100000000", "--window", "100000000"], status: 1, saying: "GiB")
  }
}

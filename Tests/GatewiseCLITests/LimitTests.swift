import Foundation
import Gatewise
import Testing

/// Commands at a machine's limits; scripts/check/limits has the full list.
@Suite struct LimitTests {
  /// Expects one sentence and the status of a failure, within seconds.
  private func refuse(
    _ arguments: [String], limits: String? = nil, environment: [String: String] = [:], saying words: String...
  ) throws {
    var outcome: Executable.Outcome?
    let time = try ContinuousClock().measure {
      outcome = try Executable.run(arguments, environment: environment, limits: limits)
    }
    let (status, errors) = (try #require(outcome).status, try #require(outcome).errors)
    print("\(arguments[0]) in \(time): \(errors)", terminator: "")
    #expect(status == 1 && errors.hasPrefix("Error: ") && errors.count(where: \.isNewline) == 1, "\(status): \(errors)")
    #expect(time < .seconds(5))
    for word in words { #expect(errors.contains(word), "\(errors) does not contain \(word)") }
  }

  /// Creates a sparse file that begins with `head` and is twice as large as this machine's memory.
  private func sparse(_ folder: ScratchFolder, _ name: String, _ head: Data) throws -> String {
    let path = folder.path(name)
    try head.write(to: URL(filePath: path))
    let file = try FileHandle(forWritingTo: URL(filePath: path))
    try file.truncate(atOffset: UInt64(MemoryLimit.physicalBytes) * 2)
    try file.close()
    return path
  }

  @Test func `products in OpenBLAS fit the address space, or the command fails`() throws {
    let folder = try ScratchFolder()
    let text = try folder.write(TrainingData.text(lines: 40), to: "text.txt")
    let train = ["train", "--text", text, "--hidden", "8", "--window", "8", "--steps", "2", "--out", folder.path("r")]
    try refuse(
      train + ["--threads", "9"], limits: "ulimit -v 600000", environment: ["GATEWISE_KERNELS": "plain"],
      saying: "of address space", "ulimit -v")
    try refuse(train + ["--threads", "3"], limits: "ulimit -v 160000", saying: "address space")
    let outcome = try Executable.run(train + ["--threads", "1"], limits: "ulimit -v 2000000")
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test func `files larger than memory are reported`() throws {
    let folder = try ScratchFolder()
    let model = folder.path("model.safetensors")
    try LSTM<Float>(LSTMConfiguration(inputSize: 3, hiddenSizes: [4]), seed: 1).write(to: model)
    let bytes = Int(MemoryLimit.physicalBytes) * 2
    // A .npy file begins with a header of 128 bytes that contains the shape; then rows of 12 bytes follow.
    let rows = (bytes - 128) / 12
    let shape = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rows), 3), }"
    let npy = Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0, 118, 0])
    let array = try sparse(
      folder, "x.npy", npy + Data((shape + String(repeating: " ", count: 117 - shape.count) + "\n").utf8))
    try FileHandle(forWritingTo: URL(filePath: array)).truncate(atOffset: UInt64(128 + rows * 12))
    try refuse(["predict", model, "--input", array, "--output", folder.path("y.npy")], saying: "x.npy", "memory")

    let count = rows * 12
    var header = "{\"x\":{\"dtype\":\"F32\",\"shape\":[\(rows),1,3],\"data_offsets\":[0,\(count)]}}"
    header += String(repeating: " ", count: 7 - (header.utf8.count + 7) % 8)
    let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
    let input = try sparse(folder, "x.safetensors", length + Data(header.utf8))
    try FileHandle(forWritingTo: URL(filePath: input)).truncate(atOffset: UInt64(8 + header.utf8.count + count))
    for command in ["predict", "gradients"] {
      try refuse(
        [command, model, "--input", input, "--output", folder.path("y.safetensors")], saying: "x.safetensors", "memory")
    }

    let csv = try sparse(folder, "x.csv", Data("a,b,c\n1,2,3\n".utf8))
    try refuse(["predict", model, "--input", csv, "--output", folder.path("y.npy")], saying: "x.csv", "memory")
    let yaml = try sparse(folder, "run.yaml", Data("steps: 5\n".utf8))
    try refuse(["train", "--config", yaml, "--out", folder.path("run")], saying: "run.yaml", "at most")
  }

  /// Fields of one digit take eight bytes as numbers. Earlier the planned memory was three times the file.
  @Test func `tables of short fields are planned as numbers`() throws {
    let folder = try ScratchFolder()
    let sequences = (0..<1000).map { String(repeating: "1,\($0 % 7),\($0),k\($0 % 3)\n", count: 1500) }.joined()
    let series = "a,b\n1,2\n3,1\n" + String(repeating: "1,2\n3,1\n", count: 2_000_000)
    let forecast = ["--csv", try folder.write(series, to: "s.csv"), "--target", "a"]
    let table = try folder.write("a,b,id,kind\n" + sequences, to: "c.csv")
    let classes = ["--csv", table, "--sequence", "id", "--label", "kind"]
    let rest = ["--hidden", "4", "--batch", "4", "--steps", "2", "--memory", "--out", folder.path("run")]
    for arguments in [forecast, classes] {
      let outcome = try Executable.run(["train"] + arguments + rest)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let mebibytes = outcome.errors.split(separator: " ").compactMap { Double($0) }
      print(arguments[2], outcome.errors, terminator: "")
      try #require(mebibytes.count == 2 && outcome.errors.contains("MiB at peak"))
      let ratio = mebibytes[0] / mebibytes[1]
      #expect(mebibytes[1] > 95 && ratio > 0.9 && ratio < 1.1, "\(ratio)")
    }
  }

  /// Earlier the planned memory left out names, lists and tensors of many sequences, and sequences side by side.
  @Test func `many sequences are planned, and reported if they do not fit`() throws {
    let folder = try ScratchFolder()
    let many = (0..<250_000).map { "recording number \(100_000 + $0),k\($0 % 2),1\n" }.joined()
    let table = try folder.write("id,kind,a\n" + many, to: "many.csv")
    let train = ["train", "--csv", table, "--sequence", "id", "--label", "kind", "--hidden", "4", "--steps", "2"]
    let outcome = try Executable.run(train + ["--memory", "--out", folder.path("run")])
    print("many sequences:", outcome.errors, terminator: "")
    let mebibytes = outcome.errors.split(separator: " ").compactMap { Double($0) }
    try #require(outcome.status == 0 && mebibytes.count == 2, "\(outcome.errors)")
    #expect(mebibytes[0] > 0.9 * mebibytes[1] && mebibytes[0] < 1.25 * mebibytes[1])
    for limit in [200_000, 250_000] {
      let small = try Executable.run(train + ["--out", folder.path("small")], limits: "ulimit -v \(limit)")
      print("\(limit) KiB: \(small.status) \(small.errors)", terminator: "")
      #expect(small.status == 0 || small.status == 1 && small.errors.contains("many.csv: "), "\(small.errors)")
    }
    let ragged = (0..<20_000).map { "r\($0),k\($0 % 2),1\n" }.joined() + String(repeating: "r0,k0,2\n", count: 60_000)
    let input = try folder.write("id,kind,a\n" + ragged, to: "ragged.csv")
    try refuse(
      ["predict", folder.path("run/model.safetensors"), "--input", input, "--output", folder.path("y.csv")],
      limits: "ulimit -v 2000000", saying: "ragged.csv", "20000 sequences of up to 60001 steps in one batch")
  }

  /// Earlier H 64,64 over 60,000 steps of 4 sequences was planned as 0.8 GiB and took 1.13; this is a tenth of that.
  @Test func `planned memory is peak memory`() throws {
    let folder = try ScratchFolder()
    let model = folder.path("model.safetensors")
    try LSTM<Float>(LSTMConfiguration(inputSize: 8, hiddenSizes: [64, 64]), seed: 1).write(to: model)
    let input = folder.path("x.safetensors")
    try SafetensorsFile.write([.init("x", Tensor<Float>(repeating: 0.5, shape: [8000, 4, 8]))], to: input)
    for more in [["--rule", "truncated-rtrl"], ["--rule", "truncated-rtrl", "--deltas"], ["--deltas"], []] {
      let outcome = try Executable.run(
        ["gradients", model, "--input", input, "--output", folder.path("g.safetensors"), "--memory"] + more)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let mebibytes = outcome.errors.split(separator: " ").compactMap { Double($0) }
      print(more.joined(separator: " "), outcome.errors, terminator: "")
      try #require(mebibytes.count == 2 && outcome.errors.contains("MiB at peak"))
      let ratio = mebibytes[0] / mebibytes[1]
      #expect(mebibytes[1] > 100 && ratio > 0.9 && ratio < 1.1, "\(ratio)")
    }
  }
}

import Gatewise
import GatewiseRuns
import Testing

@Suite("Classification tables") struct ClassificationTests {
  private func table(_ rows: [String], header: String = "id,when,x,y,kind") throws -> Table {
    let folder = try TemporaryFolder()
    return try Table(path: folder.file("t.csv", ([header] + rows).joined(separator: "\n")))
  }

  /// 20 sequences, of two classes one after the other; sequence n has n % 3 + 1 rows.
  private func rows() -> [String] {
    (0..<20).flatMap { n in
      (0...(n % 3)).map { t in "s\(n),day \(t),\(n + t),\(n < 10 ? 1 : -1),\(n < 10 ? "up" : "down")" }
    }
  }

  private func data(_ table: Table, held: Double = 0.2, seed: UInt64 = 1) throws -> ClassificationData {
    try ClassificationData(
      table: table, sequenceColumn: "id", labelColumn: "kind", validationFraction: held, seed: seed)
  }

  @Test("both parts have every class, and together each sequence once")
  func split() throws {
    let data = try data(try table(rows()))
    print("held out:", data.validation, "majority accuracy:", data.majorityAccuracy ?? -1)
    #expect(data.encoding.classes == ["down", "up"])
    #expect(data.encoding.inputColumns == ["x", "y"] && data.leftOut == ["when"])
    #expect((data.training + data.validation).sorted() == Array(0..<20))
    #expect(data.validation.count { $0 < 10 } == 2 && data.validation.count { $0 >= 10 } == 2)
    #expect(data.majorityAccuracy == 0.5)
    #expect(try self.data(try table(rows())).validation == data.validation)
    #expect(try self.data(try table(rows()), seed: 2).validation != data.validation)
  }

  @Test("sequences have their own rows, lengths and class, standardized over the training part")
  func sequences() throws {
    // Rows of two sequences may alternate.
    let data = try data(
      try table(["a,,1,0,0", "b,,5,0,1", "a,,2,0,0", "b,,6,0,1", "a,,3,0,0", "c,,7,0,10"]), held: 0)
    #expect(data.encoding.classes == ["0", "1", "10"])
    var source: ArraySource<Double> = try data.trainingSource(batchSize: 3, seed: 1)
    var batch = source.makeBatch()
    #expect(try source.next(into: &batch))
    try batch.validate(oneTargetPerSequence: true)
    let row = try #require(batch.classes.firstIndex(of: 0))
    #expect(batch.lengths?[row] == 3)
    let deviation = (28.0 / 6).squareRoot()
    for t in 0..<3 {
      // Six values with mean 4, squared distances 9 + 1 + 4 + 4 + 1 + 9; a constant column becomes 0.
      #expect(abs(batch.inputs[(t * 3 + row) * 2] - (Double(t) - 3) / deviation) < 1e-12)
      #expect(batch.inputs[(t * 3 + row) * 2 + 1] == 0)
    }
    let nothing = try data.validationSource(Double.self, batchSize: 2)
    #expect(nothing.map(\.batchSize) == nil)
  }

  @Test("the table of a trained model needs no labels, and classes are written by name")
  func prediction() throws {
    let data = try data(try table(rows()))
    let kept = ModelData.classification(encoding: data.encoding)
    #expect(try ModelData.read(from: [ModelData.extraName: kept.json], path: "m") == kept)
    let unlabelled = try table(["q,1,2", "r,3,4", "q,5,6"], header: "id,x,y")
    let sequences = try SequenceTable(table: unlabelled, encoding: data.encoding)
    let (input, lengths) = try sequences.input(Double.self, encoding: data.encoding)
    #expect(input.shape == [2, 2, 2] && lengths == [2, 1] && input[1, 1, 0] == 0)
    let outputs = try Tensor(shape: [1, 2, 2], elements: [0, 1.0986122886681098, 1000, 0])
    let csv = try sequences.csv(of: outputs, encoding: data.encoding)
    print(csv)
    let lines = csv.split(separator: "\n")
    #expect(lines[0] == "id,kind,probability of down,probability of up")
    #expect(lines[1].hasPrefix("q,up,0.25") && lines[2] == "r,down,1.0,0.0")
  }

  @Test("each fault has a specific error")
  func faults() throws {
    func refused(_ rows: [String], _ word: String) {
      let found = sentence { _ = try data(try self.table(rows)) }
      #expect(found?.contains(word) == true, "\(word)")
    }
    refused(["a,,1,0,u", "b,,1,0,d", "a,,1,0,d"], "line 4 gives sequence \"a\" the class \"d\", but line 2 says \"u\"")
    refused(["a,,1,0,u", "a,,1,0,"], "line 3, column \"kind\" has no class")
    refused([",,1,0,u", "a,,1,0,d"], "line 2, column \"id\" is empty")
    refused(["a,,1,0,u", "b,,1,0,u"], "only one class")
    refused(["a,,1,0,u", "b,,nan,0,d"], "line 3, column \"x\"")
    let table = try self.table(rows())
    for (id, label, word) in [("z", "kind", "no column \"z\""), ("id", "z", "no column \"z\""), ("id", "id", "both")] {
      let found = sentence {
        _ = try ClassificationData(table: table, sequenceColumn: id, labelColumn: label, seed: 1)
      }
      #expect(found?.contains(word) == true)
    }
    let model = try data(table).encoding
    let other = try self.table(["a,,1,0,up", "b,,1,0,sideways"])
    let found = sentence {
      _ = try ClassificationData(table: other, sequenceColumn: "", labelColumn: "", seed: 1, encoding: model)
    }
    #expect(found?.contains("line 3 has the class \"sideways\"") == true)
  }
}

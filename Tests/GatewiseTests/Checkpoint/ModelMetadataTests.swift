import Foundation
import Testing

@testable import Gatewise

@Suite("The metadata of model files")
struct ModelMetadataTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ metadata: String) throws -> String {
    let tensors = PyTorchFileTests.tensors().map { SafetensorsFile.NamedTensor($0, $1) }
    try SafetensorsFile.write(tensors, metadata: ["gatewise": metadata], to: folder.file("a"))
    return folder.file("a")
  }

  private func json(input: Int = 2, hidden: [Int] = [3], more: String = "", format: Int = 1) -> String {
    #"{"format":\#(format),"configuration":{"inputSize":\#(input),"hiddenSizes":\#(hidden),"peepholes":false,"#
      + #""learnsInitialState":false\#(more)},"extras":{"k":"v"}}"#
  }

  @Test("Metadata that agrees with the tensors")
  func agreeing() throws {
    let file = try ModelFile(contentsOf: try write(json()))
    #expect(file.configuration == LSTMConfiguration(inputSize: 2, hiddenSizes: [3]))
    #expect(file.extras == ["k": "v"])
  }

  @Test("Metadata that disagrees, is damaged, huge or newer")
  func disagreeing() throws {
    for (metadata, words) in [
      (json(input: 5), "\"weight_ih_l0\" has shape [12, 2], but [12, 5] is expected from its metadata"),
      (json(hidden: [4]), "\"weight_ih_l0\" has shape [12, 2], but [16, 2] is expected from its metadata"),
      (json(hidden: [3, 3]), "has no tensor \"weight_ih_l1\" [12, 3], which is expected from its metadata"),
      (json(more: #","readout":{"outputSize":2,"position":"lastStep"}"#), "has no tensor \"head.weight\" [2, 3]"),
      (json(more: #","readout":{"outputSize":2,"position":"never"}"#), "configuration.readout.position is invalid"),
      (json(more: #","readout":{"outputSize":9223372036854775807,"position":"lastStep"}"#), "choose smaller sizes"),
      (json(hidden: []), "no layers"),
      (json(hidden: [0]), "hidden size of layer 0 is 0"),
      (json(hidden: [-1]), "hidden size of layer 0 is -1"),
      (json(hidden: [Int.max]), "choose smaller sizes"),
      (json(hidden: [1_000_000_000]), "choose smaller sizes"),
      (json(input: Int.max), "choose smaller sizes"),
      (json(format: 4), "is in format 4, but this version of Gatewise reads formats 1 to 3"),
      (json(format: 0), "is in format 0, but this version of Gatewise reads formats 1 to 3"),
      ("{}", "\"gatewise\" is damaged (format is missing)"),
      (#"{"format":1}"#, "(configuration is missing)"),
      ("not JSON", "\"gatewise\" is damaged"),
      ("", "\"gatewise\" is damaged"),
      (String(repeating: "[", count: 1_000_000), "\"gatewise\" is damaged"),
      (#"{"format":"# + String(repeating: "[", count: 1_000_000), "\"gatewise\" is damaged"),
      (#"{"format":1,"configuration":"# + String(repeating: #"{"a":"#, count: 200_000), "\"gatewise\" is damaged"),
    ] {
      let path = try write(metadata)
      let error = #expect(throws: GatewiseError.self, "\(metadata.prefix(200))") { try ModelFile(contentsOf: path) }
      #expect(error?.description.contains(words) == true, "\(String(describing: error))")
      #expect(error?.description.hasPrefix(path) == true)
    }
  }
}

import Gatewise
import Testing

@testable import GatewiseDerivation

@Suite("The name of a weight")
struct WeightTests {
  private let configuration = LSTMConfiguration(inputSize: 4, hiddenSizes: [3, 2], peepholes: true)

  @Test("gives its index in the flat parameter vector")
  func places() throws {
    let layout = try LSTM<Double>(configuration, seed: 1).layout
    func place(_ name: String) throws -> Int { try Weight(name, in: configuration).offset(in: layout) }
    func start(_ tensor: String) throws -> Int { try #require(layout[tensor]).offset }
    #expect(try place("layer0.input.input") == start("weight_ih_l0"))
    #expect(try place("layer0.forget.input[3,2]") == start("weight_ih_l0") + 3 * 12 + 3 + 2)
    #expect(try place("layer1.candidate.input[2,1]") == start("weight_ih_l1") + 2 * 8 + 4 + 1)
    #expect(try place("layer1.output.recurrent[1,0]") == start("weight_hh_l1") + 8 + 6)
    #expect(try place("layer1.output.bias[1]") == start("bias_ih_l1") + 7)
    #expect(try place("layer0.output.peephole[1]") == start("peephole_l0") + 2 * 3 + 1)
    #expect(try place("layer0.forget.peephole") == start("peephole_l0") + 3)
  }

  @Test("is printed as it is read")
  func roundTrip() throws {
    for name in ["layer0.forget.recurrent[1,0]", "layer1.candidate.bias[1]", "layer0.input.peephole[2]"] {
      #expect(try Weight(name, in: configuration).description == name)
    }
    #expect(try Weight("layer1.input.input", in: configuration).description == "layer1.input.input[0,0]")
  }

  @Test(
    "is refused in one sentence if there is no such weight",
    arguments: [
      ("forget.recurrent", "layerL.GATE.KIND"), ("layer0.reset.input", "GATE"), ("layer0.forget.weights", "KIND"),
      ("layerx.forget.bias", "layerL"), ("", "names no weight"), ("layer2.forget.bias", "0 to 1"),
      ("layer-1.forget.bias", "no layer -1"), ("layer0.forget.recurrent[3,0]", "m must be 0 to 2, but is 3"),
      ("layer0.forget.recurrent[0,3]", "k must be 0 to 2, but is 3"), ("layer1.forget.input[3,0]", "0 to 2"),
      ("layer0.forget.bias[0,0]", "[k]"), ("layer0.forget.input[0]", "[m,k]"), ("layer0.forget.input[0,0", "[m,k]"),
      ("layer0.forget.input[]", "[m,k]"), ("layer0.forget.input[a,0]", "[m,k]"),
      ("layer0.forget.input[0,-1]", "but is -1"),
      ("layer0.candidate.peephole[0]", "candidate has no peephole"),
    ])
  func refused(_ name: String, words: String) throws {
    let error = #expect(throws: GatewiseError.self) { try Weight(name, in: configuration) }
    #expect(try #require(error).description.contains(words), "\(error?.description ?? "")")
  }

  @Test("of a peephole requires peepholes")
  func peepholes() throws {
    let plain = LSTMConfiguration(inputSize: 1, hiddenSizes: [1])
    let error = #expect(throws: GatewiseError.self) { try Weight("layer0.output.peephole", in: plain) }
    #expect(try #require(error).description.contains("--peepholes"))
  }
}

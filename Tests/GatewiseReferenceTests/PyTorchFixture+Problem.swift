import GatewiseReference

extension PyTorchFixture {
  /// The masks of a file `variant-…`.
  var masks: ReferenceMasks {
    func masks(_ kind: String, from first: Int = 0) -> [[Double]]? {
      let names = (first..<first + 8).map { "mask.\(kind).\($0)" }.prefix(while: has)
      return names.isEmpty ? nil : names.map(values)
    }
    return ReferenceMasks(
      betweenLayers: masks("betweenLayers", from: 1), input: masks("input"), recurrent: masks("recurrent"),
      recurrentWeights: masks("recurrentWeights"), zoneoutCell: masks("zoneoutCell"),
      zoneoutHidden: masks("zoneoutHidden"))
  }

  /// The content of the file as a problem of a shape.
  func problem(_ shape: ReferenceShape, addingBiases: Bool) -> ReferenceProblem {
    ReferenceProblem(
      shape: shape, steps: self.shape("x")[0], batchSize: self.shape("x")[1],
      lengths: has("lengths") ? integers("lengths") : nil,
      parameters: flatVector(shape, addingBiases: addingBiases), input: values("x"), h0: layers("h0"),
      c0: layers("c0"), dy: values("dy"), dhT: layers("dhT"), dcT: layers("dcT"), masks: masks)
  }

  /// The relative differences of all outputs and gradients of a problem from the file's, by tensor.
  func differences(of problem: ReferenceProblem) -> [(tensor: String, difference: Double)] {
    let (outputs, gradient, tensors) = (problem.outputs(), ComplexStep.gradient(of: problem), problem.shape.tensors)
    let expected = flatVector(problem.shape, prefix: "d.", addingBiases: false)
    return [
      ("y", relativeDifference(outputs.y, values("y"))),
      ("hT", relativeDifference(Array(outputs.hT.joined()), values("hT"))),
      ("cT", relativeDifference(Array(outputs.cT.joined()), values("cT"))),
      ("dx", relativeDifference(gradient.input, values("dx"))),
      ("dh0", relativeDifference(Array(gradient.h0.joined()), values("dh0"))),
      ("dc0", relativeDifference(Array(gradient.c0.joined()), values("dc0"))),
    ]
      + tensors.map {
        ("d." + $0.name, relativeDifference(Array(gradient.parameters[$0.range]), Array(expected[$0.range])))
      }
  }
}

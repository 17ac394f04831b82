/// A named part of the parameters, such as those of a gate of a layer or of the readout.
package struct ParameterPart: Sendable, Equatable {
  /// `layer0/forget`, `layer0_reverse/candidate`, `layer1/initialState`, `embedding`, `readout`
  package let name: String
  /// The positions of the part in the flat vector.
  package fileprivate(set) var places: [Place]

  /// A block of contiguous columns of a matrix in the flat vector.
  package struct Place: Sendable, Equatable {
    /// The start of the first row in the flat vector.
    package let offset: Int
    /// The number of rows.
    package let rows: Int
    /// The number of columns.
    package let columns: Int
    /// The distance between the starts of two rows.
    package let stride: Int
  }
}

/// The columns of a direction's gates and candidate in a row of its recorded gates.
package struct DirectionNets: Sendable {
  /// `layer0`, `layer0_reverse`
  package let name: String
  /// C
  package let count: Int
  /// Those of i, f, g, o that the layer has, in this order.
  package let nets: [(net: MemoryCell.Net, columns: Range<Int>)]
}

extension ParameterLayout {
  /// The gates and candidates of every direction, in the order of a forward pass's recorded layers.
  package var directionNets: [DirectionNets] {
    layers.map { DirectionNets(name: $0.name, count: $0.columns.count, nets: $0.columns.nets) }
  }

  /// All parameters by layer and gate; every parameter is in exactly one part. The part of a gate has its input and
  /// recurrent weights, the weights of gate activations, its bias and its peepholes; initial states and optional
  /// components are separate parts of each layer.
  package var parts: [ParameterPart] {
    var table = Table()
    for entry in entries {
      let layer = layer(of: entry)
      if let part = entry.role.part {
        table.add(entry.range, to: layer.map { "\($0.name)/\(part)" } ?? part)
        continue
      }
      guard let layer else { preconditionFailure("\(entry.name) belongs to no layer") }
      switch entry.role {
      case .inputWeights, .recurrentWeights, .gateWeights:
        for (net, columns) in layer.columns.nets {
          table.add(
            .init(
              offset: entry.offset + columns.lowerBound, rows: entry.shape[0], columns: columns.count,
              stride: entry.shape[1]), to: "\(layer.name)/\(net)")
        }
      case .bias:
        layer.bias.forEachRange { place, range in
          for (net, columns) in layer.columns.nets where columns == range {
            table.add(place..<place + range.count, to: "\(layer.name)/\(net)")
          }
        }
      case .peepholes:
        let gates = layer.columns.nets.filter { $0.net != .candidate }
        for (row, (net, _)) in gates.enumerated() {
          let start = entry.offset + row * entry.shape[1]
          table.add(start..<start + entry.shape[1], to: "\(layer.name)/\(net)")
        }
      default: preconditionFailure("\(entry.name) belongs to no gate")
      }
    }
    return table.parts
  }

  private struct Table {
    var parts: [ParameterPart] = []

    mutating func add(_ range: Range<Int>, to name: String) {
      add(.init(offset: range.lowerBound, rows: 1, columns: range.count, stride: range.count), to: name)
    }

    mutating func add(_ place: ParameterPart.Place, to name: String) {
      if let index = parts.firstIndex(where: { $0.name == name }) {
        parts[index].places.append(place)
      } else {
        parts.append(ParameterPart(name: name, places: [place]))
      }
    }
  }
}

/// An elementary extent of a signal: time, batch, directions, features. Reshaping and transposing only regroup and
/// reorder atoms, so the meaning of an axis is never lost, whichever way an exporter wrote it.
struct Atom: Hashable {
  let id: Int
  /// The number of elements; nil if the file does not give it.
  let size: Int?

  /// Returns an extent of the same meaning and another size, for a part of it.
  func resized(_ size: Int) -> Atom { Atom(id: id, size: size) }
}

/// A number in a computed shape: a known factor times atoms of unknown size.
struct Extent: Hashable {
  var factor: Int
  var unknown: [Atom] = []

  init(_ number: Int) { factor = number }

  /// The extent of an axis; nil if it exceeds any array.
  init?(_ atoms: [Atom]) {
    factor = 1
    for atom in atoms {
      guard let size = atom.size else {
        unknown.append(atom)
        continue
      }
      let (product, overflows) = factor.multipliedReportingOverflow(by: size)
      guard !overflows else { return nil }
      factor = product
    }
    unknown.sort { $0.id < $1.id }
  }

  /// The number, if known.
  var number: Int? { unknown.isEmpty ? factor : nil }

  static func * (a: Extent, b: Extent) -> Extent? {
    let (product, overflows) = a.factor.multipliedReportingOverflow(by: b.factor)
    guard !overflows else { return nil }
    var result = Extent(product)
    result.unknown = (a.unknown + b.unknown).sorted { $0.id < $1.id }
    return result
  }
}

/// The axes of a signal, each a product of atoms; an axis of one element has no atoms.
typealias Axes = [[Atom]]

/// Regroups the atoms of `axes` to the extents `target` (0: unchanged, -1: the remaining elements).
///
/// - Returns: nil if an axis of the target would begin or end inside an atom.
func regrouped(_ axes: Axes, to target: [Extent], zeroIsZero: Bool) -> Axes? {
  var target = target
  if !zeroIsZero {
    for (axis, extent) in target.enumerated() where extent.number == 0 {
      guard axis < axes.count, let same = Extent(axes[axis]) else { return nil }
      target[axis] = same
    }
  }
  var rest = axes.flatMap(\.self)[...]
  let open = target.firstIndex { $0.number == -1 }
  var front: Axes = []
  for extent in target[..<(open ?? target.count)] {
    guard let group = take(extent, from: &rest, atEnd: false) else { return nil }
    front.append(group)
  }
  guard let open else {
    guard rest.allSatisfy({ $0.size == 1 }) else { return nil }
    return front
  }
  var back: Axes = []
  for extent in target[(open + 1)...].reversed() {
    guard let group = take(extent, from: &rest, atEnd: true) else { return nil }
    back.append(group)
  }
  return front + [Array(rest)] + back.reversed()
}

/// Takes the atoms whose product is `extent` from one end.
private func take(_ extent: Extent, from rest: inout ArraySlice<Atom>, atEnd: Bool) -> [Atom]? {
  func next() -> Atom? { atEnd ? rest.last : rest.first }
  var group: [Atom] = []
  func isWhole() -> Bool {
    guard let found = Extent(group) else { return false }
    if found == extent { return true }
    // Even if its input has no fixed size, a file may be written for one size.
    return group.count == 1 && found.number == nil && extent.number != nil && extent.factor > 0
  }
  while !isWhole() {
    guard let atom = next() else { return nil }
    group.append(atom)
    if atEnd { rest.removeLast() } else { rest.removeFirst() }
  }
  return atEnd ? group.reversed() : group
}

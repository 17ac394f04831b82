extension Signal {
  /// Selects `count` elements of an axis, starting at `first`; if `dropsAxis`, the single remaining element loses the
  /// axis.
  ///
  /// - Returns: nil if the part does not follow the atoms of the axis.
  func picked(axis: Int, first: Int, count: Int, dropsAxis: Bool = false) -> Signal? {
    var result = self
    var left: [Atom]
    let atoms = axes[axis]
    if atoms.isEmpty {
      guard first == 0 || first == -1, count == 1 else { return nil }
      left = []
    } else if atoms.count == 2, let outer = atoms[0].size, let inner = atoms[1].size, count == inner,
      first.isMultiple(of: inner), 0..<outer ~= first / inner, picks[atoms[0].id] == nil
    {
      // One direction's half of the features.
      result.picks[atoms[0].id] = Pick(first: first / inner, count: 1, total: outer)
      left = [atoms[1]]
    } else {
      guard atoms.count == 1 else { return nil }
      let atom = atoms[0]
      left = count == 1 ? [] : [atom.resized(count)]
      if let size = atom.size {
        let start = first < 0 ? first + size : first
        guard start >= 0, count >= 1, count <= size, start <= size - count else { return nil }
        if count == size {
          left = [atom]
        } else {
          let before = picks[atom.id]
          guard (before?.first ?? 0) >= 0 else { return nil }
          result.picks[atom.id] = Pick(
            first: (before?.first ?? 0) + start, count: count, total: before == nil ? size : before!.total)
        }
      } else {
        guard count == 1, first == 0 || first == -1, picks[atom.id] == nil else { return nil }
        result.picks[atom.id] = Pick(first: first, count: 1, total: nil)
      }
    }
    if dropsAxis {
      guard count == 1 else { return nil }
      result.axes.remove(at: axis)
    } else {
      result.axes[axis] = left
    }
    return result
  }
}

extension GraphReader {
  /// The same part with its most specific meaning: the last row of a layer's output is its final state where they are
  /// equal.
  func canonical(_ signal: Signal) -> Signal {
    guard case .output(let index) = signal.base, graph.layers[index].sequenceLengthsName == nil,
      let time = layerAxes[index].time.first, layerAxes[index].time.count == 1, let step = signal.picks[time.id]
    else { return signal }
    let isEnd =
      switch graph.layers[index].direction {
      case .forward: step.isLast
      case .reverse: step.isFirst
      case .bidirectional:
        if let direction = layerAxes[index].direction.first, let half = signal.picks[direction.id] {
          half.first == 0 ? step.isLast : step.isFirst
        } else {
          false
        }
      }
    guard isEnd else { return signal }
    var result = signal
    result.base = .finalHidden(index)
    result.picks[time.id] = nil
    return result
  }

  /// Joins both directions' halves, concatenated along an axis, to the whole; nil if the parts are not these halves.
  func mergedDirections(_ parts: [Signal], axis: Int) -> Signal? {
    guard parts.count == 2, parts[0].base == parts[1].base, parts[0].axes == parts[1].axes,
      let index = parts[0].layer, let direction = layerAxes[index].direction.first
    else { return nil }
    var (first, second) = (parts[0], parts[1])
    guard first.picks.removeValue(forKey: direction.id)?.first == 0,
      second.picks.removeValue(forKey: direction.id)?.first == 1, first.picks == second.picks,
      first.axes[axis] == [layerAxes[index].hidden] || first.axes[axis].isEmpty
    else { return nil }
    first.axes[axis].insert(direction, at: 0)
    return first
  }
}

extension Signal {
  /// The layer whose output or state the signal is.
  var layer: Int? {
    switch base {
    case .output(let index), .finalHidden(let index), .finalCell(let index): index
    default: nil
    }
  }
}

/// The memory of a pass: a list of named buffers, whose sum is computed and checked before any of it is allocated.
///
/// The parts of a pass add their buffers when they are made; `allocate` checks the sum and then allocates all of them.
/// Pages of a buffer that are never used take no memory.
///
/// Counts are floating-point numbers, since absurd sizes would overflow integers.
final class MemoryPlan {
  /// The sizes that counts depend on.
  struct Extent {
    /// T·N, or the number of rows of the fullest window if that is known.
    var rows: Double
    /// T
    let steps: Double
    /// N
    let sequences: Double
  }

  /// The number of elements of a buffer.
  typealias Count = (Extent) -> Double

  /// One line of the plan.
  private struct Entry {
    let name: String
    let bytes: Count
    let allocate: () -> Void
  }

  /// Room for T·N rows.
  private let room: Extent
  /// The rows of the fullest window; nil if all T·N may be used.
  private let usedRows: Double?
  private var entries: [Entry] = []
  private var shared: [String: AnyObject] = [:]
  /// Bytes of address space that a library reserves and hardly writes to.
  private var addresses = 0.0

  /// Makes an empty plan for windows of up to `steps` steps of `batchSize` sequences.
  init(steps: Int, batchSize: Int, usedRows: Int? = nil) {
    let (T, N) = (Double(steps), Double(batchSize))
    room = Extent(rows: T * N, steps: T, sequences: N)
    self.usedRows = usedRows.map { Double($0) }
  }

  /// Adds a buffer.
  func buffer<Element>(_ name: String, _ count: @escaping Count = { _ in 0 }) -> PlannedBuffer<Element> {
    let buffer = PlannedBuffer<Element>(room: room, count)
    entries.append(
      Entry(
        name: name, bytes: { buffer.count(in: $0) * Double(MemoryLayout<Element>.stride) }, allocate: buffer.allocate))
    return buffer
  }

  /// Adds a user of the buffer of a name, which its users have at different times: it is as large as the largest of
  /// their counts.
  func shared<Element>(_ name: String, _ count: @escaping Count = { _ in 0 }) -> PlannedBuffer<Element> {
    if let buffer = shared[name] as? PlannedBuffer<Element> { return buffer.share(count) }
    let made: PlannedBuffer<Element> = buffer(name, count)
    shared[name] = made
    return made
  }

  /// Adds memory that its owner allocates itself.
  func add(_ name: String, bytes: @escaping Count) { entries.append(Entry(name: name, bytes: bytes, allocate: {})) }

  /// Adds address space.
  func addAddresses(_ bytes: Double) { addresses += bytes }

  /// The bytes that will be written to.
  var bytes: Double {
    var used = room
    used.rows = usedRows ?? room.rows
    return sum(used)
  }

  /// The bytes of all buffers, which have room for T·N rows.
  var reservedBytes: Double { sum(room) }

  /// Checks that the memory fits, together with other bytes that are in use at the same time, and allocates it.
  ///
  /// - Throws: `GatewiseError.invalidArgument` with the memory needed and the memory available.
  func allocate(for what: String, beside other: Double = 0) throws(GatewiseError) {
    let bytes = bytes
    try MemoryLimit.require(bytes: bytes + other, addressSpace: reservedBytes - bytes + addresses, for: what)
    for entry in entries { entry.allocate() }
    // What only the computation needed takes no memory beside the buffers.
    (entries, shared) = ([], [:])
  }

  private func sum(_ extent: Extent) -> Double { entries.reduce(0) { $0 + $1.bytes(extent) } }
}

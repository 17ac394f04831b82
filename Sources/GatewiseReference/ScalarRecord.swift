/// The values of a run at the problem's own variables, which a rule's network goes on to see where it is cut.
struct ScalarRecord<Number: ReferenceNumber>: Sendable {
  /// Parameters, input and given initial state.
  let variables: [Number]
  /// x·E at every step, [T, N, M]; empty without an embedding.
  let embedded: [Number]
  /// What each level puts out at every step, [T, N, D·P].
  let outputs: [[Number]]
  /// Each layer's y at every step, [T, N, P].
  let states: [[Number]]
  /// Each layer's c at every step, [T, N, H].
  let cells: [[Number]]
  /// Each layer's activations of gates at every step, [T, N, G].
  let gateOutputs: [[Number]]
}

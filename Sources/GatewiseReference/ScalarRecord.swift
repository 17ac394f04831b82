/// The values of a run at the problem's own variables, which a rule's network reads where it is cut.
struct ScalarRecord<Number: ReferenceNumber>: Sendable {
  /// Parameters, input and given initial state.
  let variables: [Number]
  /// x·E at every step, [T, N, M]; empty without an embedding.
  let embedded: [Number]
  /// The output of each level at every step, [T, N, D·P].
  let outputs: [[Number]]
  /// Each layer's y at every step, [T, N, P].
  let states: [[Number]]
  /// Each layer's c at every step, [T, N, H].
  let cells: [[Number]]
  /// Each layer's gate activations at every step, [T, N, G].
  let gateOutputs: [[Number]]
}

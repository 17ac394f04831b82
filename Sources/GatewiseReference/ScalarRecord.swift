/// The values of a run at the problem's own variables, which a rule's network goes on to see where it is cut.
struct ScalarRecord<Number: ReferenceNumber>: Sendable {
  /// Parameters, input and given initial state.
  let variables: [Number]
  /// Each layer's h at every step, [T, N, H].
  let outputs: [[Number]]
  /// Each layer's c at every step, [T, N, H].
  let cells: [[Number]]
  /// Each layer's activations of gates at every step, [T, N, G].
  let gateOutputs: [[Number]]
}

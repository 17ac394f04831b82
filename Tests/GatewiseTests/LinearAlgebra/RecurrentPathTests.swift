import Testing

@testable import Gatewise

@Suite struct RecurrentPathTests {
  @Test func choosesByName() {
    #expect(RecurrentPath.choose(nil) == .success(.tile))
    #expect(RecurrentPath.choose("") == .success(.tile))
    for path in RecurrentPath.allCases { #expect(RecurrentPath.choose(path.rawValue) == .success(path)) }
  }

  @Test func refusesOtherNamesInASentence() {
    guard case .failure(let error) = RecurrentPath.choose("fast") else {
      Issue.record("`fast` was accepted")
      return
    }
    print(error)
    #expect(error.description == "GATEWISE_KERNELS=fast is not a path of the engine; give tile or plain.")
  }
}

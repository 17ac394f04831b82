import Foundation
import GatewiseRuns
import Testing

@Suite("Progress") struct RunProgressTests {
  private let half = RunProgress(
    step: 500, totalSteps: 1000, unit: "bits/char", loss: 2.34567, validation: 2.5, stepsPerSecond: 8.0,
    gigaflops: 101.23)

  @Test("a log line has all figures")
  func plain() {
    print(half.plainLine)
    #expect(
      half.plainLine
        == "step 500/1000  bits/char 2.346  validation 2.500  1 min 03 s left  8.00 steps/s  101 GF/s")
    #expect(RunProgress(totalSteps: 5, unit: "loss").plainLine == "step 0/5")
    let streams = RunProgress(
      step: 5, totalSteps: 10, unit: "symbols", stepName: "stream", validationName: "test", loss: 2.5, validation: 3,
      stepsPerSecond: 5)
    #expect(streams.plainLine == "stream 5/10  symbols 2.500  test 3.000  1 s left  5.00 streams/s")
    #expect(streams.bar(width: 60).contains("test 3.000"))
  }

  @Test("a bar fits every width, and is half full at half of the updates")
  func bar() {
    for width in 0...200 { #expect(half.bar(width: width).count <= width) }
    let wide = half.bar(width: 120)
    print(wide)
    print(half.bar(width: 60))
    #expect(wide.hasPrefix("[" + String(repeating: "=", count: 15) + String(repeating: " ", count: 15) + "]  50%"))
    #expect(wide.hasSuffix("101 GF/s"))
    #expect(half.bar(width: 79).hasSuffix("bits/char 2.346  val 2.500  1:03 left  8.00 steps/s  101 GF/s"))
    #expect(half.bar(width: 60).contains("bits/char 2.346") && !half.bar(width: 60).contains("GF/s"))
    for (step, total) in [(0, 0), (7, 5), (-1, 5)] {
      #expect(RunProgress(step: step, totalSteps: total, unit: "loss").bar(width: 60).count <= 60)
    }
  }

  @Test("numbers and times are formatted briefly")
  func formats() {
    let numbers = [0, 0.031415, 3.1415, 31415, 1e-7, .nan, -2.5].map { Format.significant($0, digits: 3) }
    print(numbers)
    #expect(numbers == ["0", "0.0314", "3.14", "31415", "1.00e-07", "nan", "-2.50"])
    let times = [0, 59.4, 65, 3725, 100_000, .infinity].map { Format.duration(seconds: $0) }
    print(times)
    #expect([0, 65, 3725].map { Format.clock(seconds: $0) } == ["0:00", "1:05", "1:02:05"])
    #expect(times == ["0 s", "59 s", "1 min 05 s", "1 h 02 min", "1 d 03 h", "?"])
  }

  @Test("a pipe receives whole lines, a terminal one line that is overwritten")
  func writer() throws {
    let pipe = Pipe()
    var plain = ProgressWriter(to: pipe.fileHandleForWriting, interval: 1000)
    plain.show(half)
    plain.show(half)
    plain.show(half, always: true)
    plain.message("saved")
    plain.finish()
    var terminal = ProgressWriter(to: pipe.fileHandleForWriting, isTerminal: true)
    terminal.show(half)
    terminal.show(half)
    terminal.message("saved")
    terminal.show(half, always: true)
    terminal.finish()
    try pipe.fileHandleForWriting.close()
    let text = String(decoding: try #require(try pipe.fileHandleForReading.readToEnd()), as: UTF8.self)
    let bar = "\r" + half.bar(width: 79) + "\u{1B}[K"
    #expect(text == half.plainLine + "\n" + half.plainLine + "\nsaved\n" + bar + "\r\u{1B}[Ksaved\n" + bar + "\n")
  }
}

// swift-tools-version: 6.2
import PackageDescription

// A separate package, so that users of Gatewise do not download the measuring tools.
let package = Package(
  name: "gatewise-benchmarks",
  dependencies: [
    .package(name: "gatewise", path: "../"),
    // Without its default traits, which add libraries between the program and malloc or the runtime.
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
  ],
  targets: [
    .executableTarget(
      name: "LSTMBenchmarks",
      dependencies: [
        .product(name: "Gatewise", package: "gatewise"),
        .product(name: "Benchmark", package: "benchmark"),
      ],
      path: "Benchmarks/LSTMBenchmarks",
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
    .executableTarget(
      name: "KernelBenchmarks",
      dependencies: [
        .product(name: "Gatewise", package: "gatewise"),
        .product(name: "CGatewiseKernels", package: "gatewise"),
        .product(name: "COpenBLAS", package: "gatewise"),
        .product(name: "Benchmark", package: "benchmark"),
      ],
      path: "Benchmarks/KernelBenchmarks",
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
  ],
  swiftLanguageModes: [.v6]
)

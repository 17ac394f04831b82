// swift-tools-version: 6.3
import PackageDescription

let package = Package(
  name: "gatewise",
  products: [
    .library(name: "Gatewise", targets: ["Gatewise"]),
    .library(name: "GatewiseReference", targets: ["GatewiseReference"]),
    .library(name: "GatewiseDerivation", targets: ["GatewiseDerivation"]),
    .library(name: "GatewiseTasks", targets: ["GatewiseTasks"]),
    .library(name: "GatewiseRuns", targets: ["GatewiseRuns"]),
    .library(name: "GatewiseONNX", targets: ["GatewiseONNX"]),
    .library(name: "GatewiseMPI", targets: ["GatewiseMPI"]),
    .executable(name: "gatewise", targets: ["GatewiseCLI"]),
    // No API: for Benchmarks, which measures the kernels beside OpenBLAS. A system library has to be a product alone.
    .library(name: "CGatewiseKernels", targets: ["CGatewiseKernels"]),
    .library(name: "COpenBLAS", targets: ["COpenBLAS"]),
  ],
  traits: [.trait(name: "MPI", description: "Training by several processes, on Open MPI (libopenmpi-dev).")],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CLAPACKE", pkgConfig: "lapacke", providers: [.apt(["liblapacke-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"])]),
    .target(name: "CGatewiseKernels", exclude: ["README.md"]),
    .target(name: "Gatewise", dependencies: ["COpenBLAS", "CLAPACKE", "CGatewiseKernels"]),
    .target(
      name: "GatewiseReference",
      dependencies: [
        .product(name: "ComplexModule", package: "swift-numerics"),
        .product(name: "RealModule", package: "swift-numerics"),
      ]),
    .target(name: "GatewiseDerivation", dependencies: ["Gatewise", "GatewiseReference"]),
    .target(name: "GatewiseTasks", dependencies: ["Gatewise"]),
    .target(
      name: "GatewiseRuns",
      dependencies: [
        "Gatewise", "GatewiseReference", "GatewiseDerivation", "GatewiseTasks", "Yams", "CZlib",
        .product(name: "Logging", package: "swift-log"), .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      exclude: ["TensorBoard/Schema/event_subset.proto"]),
    .target(
      name: "GatewiseONNX",
      dependencies: ["Gatewise", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["Schema/onnx_subset.proto"]),
    // Empty without the trait.
    .target(
      name: "GatewiseMPI", dependencies: ["Gatewise", .target(name: "CMPI", condition: .when(traits: ["MPI"]))]),
    .executableTarget(
      name: "GatewiseCLI",
      dependencies: [
        "Gatewise", "GatewiseReference", "GatewiseDerivation", "GatewiseTasks", "GatewiseRuns", "GatewiseONNX",
        .target(name: "GatewiseMPI", condition: .when(traits: ["MPI"])),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ]),
    // No product: damages files and reads them (scripts/check/fuzz).
    .executableTarget(
      name: "GatewiseFuzz",
      dependencies: [
        "Gatewise", "GatewiseRuns", "GatewiseONNX", "CZlib",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Tests/GatewiseFuzz"),
    // No product: writes an article of the book (scripts/make/derivation).
    .executableTarget(
      name: "derive-article", dependencies: ["GatewiseDerivation"], path: "scripts/make/derive-article"),
    .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
    .testTarget(
      name: "GatewiseTests",
      dependencies: ["Gatewise", "GatewiseReference", "GatewiseDerivation", "CGatewiseKernels", "CAllocationCounter"],
      resources: [.copy("Fixtures")]),
    .testTarget(name: "GatewiseReferenceTests", dependencies: ["GatewiseReference"]),
    .testTarget(
      name: "GatewiseDerivationTests", dependencies: ["GatewiseDerivation", "Gatewise", "GatewiseReference"]),
    .testTarget(name: "GatewiseTasksTests", dependencies: ["GatewiseTasks", "Gatewise"]),
    .testTarget(
      name: "GatewiseRunsTests",
      dependencies: [
        "GatewiseRuns", "Gatewise", "CAllocationCounter", .product(name: "InMemoryLogging", package: "swift-log"),
      ],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "GatewiseONNXTests", dependencies: ["GatewiseONNX", "Gatewise", "CAllocationCounter"],
      resources: [.copy("Fixtures")]),
    .testTarget(name: "GatewiseCLITests", dependencies: ["GatewiseCLI", "Gatewise", "GatewiseRuns"]),
  ],
  swiftLanguageModes: [.v6]
)

// swift-tools-version: 6.2

import PackageDescription

let settings: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    // An async function runs where its caller does, so that a host call leaves the Lua thread only where it waits.
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTLS = Target.Dependency.product(name: "HummingbirdTLS", package: "hummingbird")
let hummingbirdTesting = Target.Dependency.product(name: "HummingbirdTesting", package: "hummingbird")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let swiftASN1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")
let x509 = Target.Dependency.product(name: "X509", package: "swift-certificates")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
    name: "vmmlua",
    platforms: [.macOS(.v26)],
    products: [
        .library(name: "LuaRuntime", targets: ["LuaRuntime"]),
        .library(name: "VMMScripting", targets: ["VMMScripting", "LuaRuntime", "VirtualMachines", "SynologyVMM"]),
        .library(name: "Rehearsal", targets: ["Rehearsal", "SimulatedVMM"]),
        .executable(name: "vmmlua", targets: ["vmmlua"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", exact: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", exact: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
    ],
    targets: [
        // Lua and the runtime that hosts it
        .systemLibrary(
            name: "CLua",
            pkgConfig: "lua5.4",
            providers: [.apt(["liblua5.4-dev"]), .brew(["lua@5.4"])]
        ),
        .target(name: "CLuaBridge", dependencies: ["CLua"]),
        .target(name: "LuaRuntime", dependencies: ["CLuaBridge"], swiftSettings: settings),
        .target(name: "LuaSyntax", swiftSettings: settings),

        // Virtual machines, real and simulated
        .target(name: "VirtualMachines", swiftSettings: settings),
        .target(
            name: "SynologyVMM",
            dependencies: ["VirtualMachines", crypto, httpClient, nioCore, nioPosix, nioSSL],
            swiftSettings: settings
        ),
        .target(name: "SimulatedVMM", dependencies: ["VirtualMachines"], swiftSettings: settings),
        .target(
            name: "DSMSimulator",
            dependencies: [
                "SimulatedVMM", crypto, cryptoExtras, hummingbird, hummingbirdTLS, logging, nioCore, nioPosix,
                swiftASN1,
                x509, yams,
            ],
            swiftSettings: settings
        ),

        // Scripts over virtual machines
        .target(
            name: "VMMScripting",
            dependencies: ["LuaRuntime", "LuaSyntax", "VirtualMachines"],
            resources: [.embedInCode("Lua")],
            swiftSettings: settings
        ),
        .target(
            name: "Rehearsal",
            dependencies: ["VMMScripting", "SimulatedVMM"],
            resources: [.embedInCode("Lua")],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "vmmlua",
            dependencies: ["VMMScripting", "Rehearsal", "LuaSyntax", "SynologyVMM", "DSMSimulator", argumentParser],
            // The workflows' tests are for `vmmlua test`.
            exclude: [
                "Workflows/audit_test.lua", "Workflows/nightly-maintenance_test.lua", "Workflows/resize_test.lua",
                "Workflows/rolling-restart_test.lua", "Workflows/staged-shutdown_test.lua",
                "Workflows/ups-shutdown_test.lua",
            ],
            resources: [.embedInCode("Workflows")],
            swiftSettings: settings
        ),

        // What the project adds to what Lua, C and Python take: scripts/bench
        .target(name: "CBenchmarkFloor", dependencies: ["CLuaBridge"]),
        .executableTarget(
            name: "benchmark",
            dependencies: [
                "LuaRuntime", "VMMScripting", "VirtualMachines", "SynologyVMM", "SimulatedVMM", "CBenchmarkFloor",
            ],
            path: "Sources/Benchmark",
            swiftSettings: settings
        ),

        // Scripts that attack their host: run by the tests, and by scripts/hostile under the address sanitizer.
        .executableTarget(
            name: "hostile-corpus",
            dependencies: ["VMMScripting", "SimulatedVMM"],
            path: "Tests/HostileCorpus",
            exclude: ["Scripts"],
            swiftSettings: settings
        ),

        // The program that the README shows; a test compares the two and runs it.
        .executableTarget(
            name: "embedding-example",
            dependencies: ["VMMScripting", "SynologyVMM"],
            path: "Tests/EmbeddingExample",
            swiftSettings: settings
        ),

        // The sandbox's functions beside liblua's own; scripts/fuzz builds the rest of it.
        .target(
            name: "LuaDifferential",
            dependencies: ["CLuaBridge"],
            path: "Tests/LuaDifferential",
            exclude: ["fuzz.c"]
        ),

        .testTarget(
            name: "LuaRuntimeTests",
            dependencies: ["LuaRuntime", "LuaDifferential"],
            swiftSettings: settings
        ),
        .testTarget(name: "LuaSyntaxTests", dependencies: ["LuaSyntax"], swiftSettings: settings),
        .testTarget(name: "VirtualMachinesTests", dependencies: ["VirtualMachines"], swiftSettings: settings),
        .testTarget(
            name: "SynologyVMMTests",
            dependencies: [
                "SynologyVMM", "SimulatedVMM", "DSMSimulator", hummingbird, logging, nioCore, nioPosix, nioSSL,
                nioTLS,
            ],
            exclude: ["synowebapi-stand-in.py"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RehearsalTests",
            dependencies: ["Rehearsal", "SimulatedVMM", "VMMScripting", "VirtualMachines", "LuaRuntime"],
            swiftSettings: settings
        ),
        .testTarget(name: "SimulatedVMMTests", dependencies: ["SimulatedVMM"], swiftSettings: settings),
        .testTarget(
            name: "DSMSimulatorTests",
            dependencies: [
                "DSMSimulator", "SimulatedVMM", crypto, cryptoExtras, httpClient, hummingbird, hummingbirdTesting,
                nioCore,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "VMMScriptingTests",
            dependencies: ["VMMScripting", "SimulatedVMM"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "vmmluaTests",
            dependencies: [
                "vmmlua", "embedding-example", "hostile-corpus", "VMMScripting", "Rehearsal", "DSMSimulator",
                "SimulatedVMM", "SynologyVMM",
                argumentParser, hummingbird, logging,
            ],
            // Preloaded into the command by the tests, which build it.
            exclude: ["WallClock/set-clock.c"],
            swiftSettings: settings
        ),
    ]
)

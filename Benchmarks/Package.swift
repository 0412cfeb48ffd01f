// swift-tools-version: 6.2
import PackageDescription

/// The benchmarks measure what is inside the package `aprity`, so they are compiled as a part of it: by SwiftPM's rule its
/// name is that of its folder.
let measured = Context.packageDirectory.split(separator: "/").dropLast().last.map(String.init) ?? "aprity"
let packageName = String(measured.lowercased().map { $0.isLetter || $0.isNumber ? $0 : "_" })

let package = Package(
    name: "AprityBenchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "aprity", path: ".."),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .executableTarget(
            name: "AprityBenchmarks",
            dependencies: [
                .product(name: "JWTBearer", package: "aprity"), .product(name: "MetadataAPI", package: "aprity"),
                .product(name: "OrgSimulator", package: "aprity"),
                .product(name: "ConnectedApp", package: "aprity"),
                .product(name: "ConnectedAppSQLite", package: "aprity"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "X509", package: "swift-certificates"),
            ],
            swiftSettings: [.unsafeFlags(["-package-name", packageName])])
    ]
)

// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "AprityBenchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "aprity", path: ".."),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    ],
    targets: [
        .executableTarget(
            name: "AprityBenchmarks",
            dependencies: [
                .product(name: "JWTBearer", package: "aprity"), .product(name: "MetadataAPI", package: "aprity"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ])
    ]
)

// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours: Swift 6 mode (the tools version's default), warnings are errors, imports tell the truth.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "aprity",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "JWTBearer", targets: ["JWTBearer"]),
        .library(name: "MetadataAPI", targets: ["MetadataAPI"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0")
    ],
    targets: [
        .systemLibrary(name: "CXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .systemLibrary(name: "CZLib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "JWTBearer",
            dependencies: [.product(name: "HTTPTypes", package: "swift-http-types")],
            swiftSettings: strict),
        .target(name: "MetadataAPI", dependencies: ["CXML2", "CZLib"], swiftSettings: strict),
        .testTarget(name: "MetadataAPITests", dependencies: ["MetadataAPI"], swiftSettings: strict),
    ]
)

// swift-tools-version: 6.2
import PackageDescription

// A package of its own: libFuzzer's main takes the place of ours, and its instrumentation must reach no other build.
let package = Package(
    name: "AprityFuzz",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "aprity", path: "..")],
    targets: [
        .executableTarget(
            name: "OrgSimulatorFuzz", dependencies: [.product(name: "OrgSimulator", package: "aprity")],
            swiftSettings: [.unsafeFlags(["-parse-as-library"])]),
        .executableTarget(
            name: "MetadataGatewayFuzz",
            dependencies: [
                .product(name: "MetadataAPI", package: "aprity"), .product(name: "MetadataGateway", package: "aprity"),
            ],
            swiftSettings: [.unsafeFlags(["-parse-as-library"])]),
    ]
)

// swift-tools-version: 6.2
import PackageDescription

/// The settings of every Swift target of this package. The language mode is Swift 6, by the tools version. Warnings are
/// errors. Each file must import every module that it uses, and imports are internal unless they say otherwise.
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
        .executable(name: "aprity", targets: ["aprity"]),
        .library(name: "JWTBearer", targets: ["JWTBearer"]),
        .library(name: "MetadataAPI", targets: ["MetadataAPI"]),
        .library(name: "ConnectedApp", targets: ["ConnectedApp"]),
        .library(name: "OrgSimulator", targets: ["OrgSimulator"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .systemLibrary(name: "CZLib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CProcess"),
        .systemLibrary(name: "CSQLiteSettings", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .target(name: "CFileSystem"),
        .target(
            name: "FileSystem",
            dependencies: ["CFileSystem", .product(name: "SystemPackage", package: "swift-system")],
            swiftSettings: strict),
        .target(
            name: "JWTBearer",
            dependencies: [.product(name: "HTTPTypes", package: "swift-http-types")],
            swiftSettings: strict),
        .target(
            name: "MetadataAPI",
            dependencies: [
                "CXML2", "CZLib", "FileSystem", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
        .target(
            name: "ConnectedApp",
            dependencies: [
                "CZLib", "FileSystem", "JWTBearer", "MetadataAPI", "MetadataGateway",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "X509", package: "swift-certificates"),
            ],
            swiftSettings: strict),
        .target(
            name: "ConnectedAppHTTP",
            dependencies: [
                "ConnectedApp", "JWTBearer",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: strict),
        .target(
            name: "ConnectedAppSQLite",
            dependencies: [
                "ConnectedApp", "CSQLiteSettings", "FileSystem", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
        .target(name: "CPKCS11", linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .target(
            name: "ConnectedAppPKCS11",
            dependencies: [
                "ConnectedApp", "CPKCS11", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .target(
            name: "ConnectedAppSignerCommand",
            dependencies: [
                "ConnectedApp", "FileSystem", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
        .target(name: "ConnectedAppMail", dependencies: ["CCurl", "ConnectedApp"], swiftSettings: strict),
        .target(
            name: "ConnectedAppServer",
            dependencies: [
                "ConnectedApp", "FileSystem", "MetadataGateway",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            resources: [
                .embedInCode("API/openapi.yaml"), .embedInCode("Settings/Templates"), .embedInCode("Settings/Assets"),
            ],
            swiftSettings: strict),
        .target(name: "SOQL", swiftSettings: strict),
        .target(
            name: "MetadataGateway",
            dependencies: ["JWTBearer", "MetadataAPI", "SOQL", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: strict),
        .target(
            name: "OrgSimulator",
            dependencies: [
                "CZLib", "FileSystem", "SOQL",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "X509", package: "swift-certificates"),
            ],
            swiftSettings: strict),
        .target(
            name: "ConnectedAppTesting",
            dependencies: [
                "ConnectedApp", "JWTBearer", .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "aprity",
            dependencies: [
                "CProcess", "ConnectedApp", "ConnectedAppHTTP", "ConnectedAppSQLite", "ConnectedAppServer",
                "OrgSimulator",
                "ConnectedAppMail", "ConnectedAppPKCS11", "ConnectedAppSignerCommand", "FileSystem",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "OrgSimulatorTests",
            dependencies: [
                "OrgSimulator", "SOQL",
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Subprocess", package: "swift-subprocess"),
            ],
            exclude: ["Fixtures"], swiftSettings: strict),
        .testTarget(
            name: "RotationTests",
            dependencies: [
                "ConnectedApp", "ConnectedAppTesting", "JWTBearer", "OrgSimulator",
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            swiftSettings: strict),
        .testTarget(name: "SOQLTests", dependencies: ["SOQL"], swiftSettings: strict),
        .testTarget(
            name: "MetadataGatewayTests", dependencies: ["JWTBearer", "MetadataAPI", "MetadataGateway"],
            swiftSettings: strict),
        .testTarget(
            name: "MetadataAPITests",
            dependencies: [
                "CFileSystem", "FileSystem", "MetadataAPI",
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "JWTBearerTests",
            dependencies: [
                "ConnectedAppTesting", "JWTBearer", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ],
            resources: [.copy("Vectors")],
            swiftSettings: strict),
        .testTarget(
            name: "ConnectedAppTests",
            dependencies: [
                "ConnectedApp", "ConnectedAppHTTP", "ConnectedAppTesting", "FileSystem", "JWTBearer", "MetadataAPI",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "StoreConformanceTests",
            dependencies: ["ConnectedApp", "ConnectedAppSQLite", "ConnectedAppTesting"],
            swiftSettings: strict),
        .testTarget(
            name: "KeyStoreConformanceTests",
            dependencies: [
                "CPKCS11", "ConnectedApp", "ConnectedAppPKCS11", "ConnectedAppSignerCommand", "ConnectedAppTesting",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ConnectedAppServerTests",
            dependencies: [
                "ConnectedApp", "ConnectedAppServer", "ConnectedAppTesting", "JWTBearer",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "ConnectedApp", "ConnectedAppHTTP", "ConnectedAppMail", "ConnectedAppSQLite", "ConnectedAppTesting",
                "JWTBearer",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOFoundationCompat", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
    ]
)

// The example programs. Like programs outside this package, they see only `public` declarations. The tests build and
// run them.
package.targets += [
    .target(
        name: "ExampleOrg",
        dependencies: [
            "JWTBearer", "OrgSimulator",
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
            .product(name: "Crypto", package: "swift-crypto"),
            .product(name: "CryptoExtras", package: "swift-crypto"),
            .product(name: "HTTPTypes", package: "swift-http-types"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "NIOSSL", package: "swift-nio-ssl"),
            .product(name: "SwiftASN1", package: "swift-asn1"),
            .product(name: "X509", package: "swift-certificates"),
        ],
        path: "Examples/Swift/ExampleOrg", packageAccess: false, swiftSettings: strict),
    .executableTarget(
        name: "JWTBearerExample",
        dependencies: [
            "ExampleOrg", "JWTBearer", .product(name: "Crypto", package: "swift-crypto"),
            .product(name: "CryptoExtras", package: "swift-crypto"),
            .product(name: "HTTPTypes", package: "swift-http-types"),
        ],
        path: "Examples/Swift/JWTBearerExample", packageAccess: false, swiftSettings: strict),
    .executableTarget(
        name: "MetadataAPIExample",
        dependencies: [
            "ExampleOrg", "JWTBearer", "MetadataAPI", .product(name: "HTTPTypes", package: "swift-http-types"),
        ],
        path: "Examples/Swift/MetadataAPIExample", packageAccess: false, swiftSettings: strict),
    .executableTarget(
        name: "ConnectedAppExample",
        dependencies: ["ConnectedApp", "ExampleOrg", .product(name: "CryptoExtras", package: "swift-crypto")],
        path: "Examples/Swift/ConnectedAppExample", packageAccess: false, swiftSettings: strict),
    .executableTarget(
        name: "OrgSimulatorExample",
        dependencies: [
            "OrgSimulator", .product(name: "Logging", package: "swift-log"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        ],
        path: "Examples/Swift/OrgSimulatorExample", packageAccess: false, swiftSettings: strict),
]

// The fuzz targets are a package of their own, which can depend only on products. `scripts/fuzz.sh` sets the variable.
if Context.environment["APRITY_FUZZING"] != nil {
    package.products.append(.library(name: "MetadataGateway", targets: ["MetadataGateway"]))
}

// The benchmarks measure `package` declarations, so they must be a target of this package. `make bench` sets the
// variable. Other builds leave the target out, because it takes time to build.
if Context.environment["APRITY_BENCHMARKS"] != nil {
    package.targets.append(
        .executableTarget(
            name: "AprityBenchmarks",
            dependencies: [
                "ConnectedApp", "ConnectedAppHTTP", "ConnectedAppSQLite", "ConnectedAppServer", "ConnectedAppTesting",
                "JWTBearer", "MetadataAPI", "OrgSimulator",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "X509", package: "swift-certificates"),
            ],
            path: "Benchmarks"))
}

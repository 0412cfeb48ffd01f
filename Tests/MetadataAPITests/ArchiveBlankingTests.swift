import Testing

@testable import MetadataAPI

/// Archives without Consumer Secrets.
@Suite("Blanked archives") struct ArchiveBlankingTests {
    private static let app = """
        <ConnectedApp><oauthConfig><consumerSecret>S3CRET</consumerSecret></oauthConfig></ConnectedApp>
        """

    private func copy(_ entries: [TestZip.Entry]) async throws -> [UInt8] {
        let opened = try OpenedArchive(TestZip(entries).bytes())
        var copied: [UInt8] = []
        var blanking = ArchiveBlanking { copied += $0 }
        try await blanking.copy(opened.archive)
        return copied
    }

    private func content(of path: String, in bytes: [UInt8]) throws -> String {
        let opened = try OpenedArchive(bytes)
        let entry = try #require(opened.archive.entries.first { $0.path.description == path })
        var content: [UInt8] = []
        try opened.archive.read(entry) { content += $0 }
        return String(decoding: content, as: UTF8.self)
    }

    @Test("The secret is removed from an app, and every other file is the same")
    func blanked() async throws {
        let copied = try await copy([
            .init("unpackaged/classes/A.cls", String(repeating: "alpha ", count: 20_000)),
            .init("unpackaged/connectedApps/X.connectedApp", Self.app), .init("unpackaged/package.xml", "<Package/>"),
        ])
        #expect(
            try content(of: "unpackaged/connectedApps/X.connectedApp", in: copied)
                == Self.app.replacing("S3CRET", with: ""))
        #expect(
            try content(of: "unpackaged/classes/A.cls", in: copied) == String(repeating: "alpha ", count: 20_000))
        #expect(try OpenedArchive(copied).archive.entries.count == 3)
        #expect(!String(decoding: copied, as: UTF8.self).contains("S3CRET"))
    }

    @Test("A file that cannot be blanked stops the copy")
    func malformed() async {
        await #expect(throws: SecretBlankingError.self) {
            _ = try await copy([.init("connectedApps/X.connectedApp", "<a><consumerSecret>S3CRET")])
        }
    }
}

internal import Foundation

/// A signer command of a test: a script in a folder of its own, where its keys may lie too.
package final class SignerScript: Sendable {
    private let folder: TemporaryFolder
    package let path: String

    /// - Parameter text: The whole script.
    package init(_ text: String) throws {
        folder = try TemporaryFolder()
        path = try folder.file("signer", text)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
    }

    /// The example that comes with aprity.
    package static func openssl() throws -> SignerScript {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Examples/signers/openssl-signer.sh")
        return try SignerScript(String(contentsOf: file, encoding: .utf8))
    }

    package var keyFolder: String { folder.path + "/keys" }
    /// For the setting, with the folder of the keys as the script's argument.
    package var setting: String { "[\"\(path)\", \"\(keyFolder)\"]" }

    /// What the script left in its folder.
    package func left(_ name: String) -> String? {
        try? String(contentsOfFile: folder.path + "/" + name, encoding: .utf8)
    }
}

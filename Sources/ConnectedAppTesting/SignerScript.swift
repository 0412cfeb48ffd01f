internal import Foundation

/// A signer command for a test: a script in its own temporary folder. The folder is removed with this object, so keep a
/// reference.
package final class SignerScript: Sendable {
    private let folder: TemporaryFolder
    package let path: String

    /// - Parameter text: The complete script.
    package init(_ text: String) throws {
        folder = try TemporaryFolder()
        path = try folder.file("signer", text)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
    }

    /// The example signer, `Examples/signers/openssl-signer.sh`.
    package static func openssl() throws -> SignerScript {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Examples/signers/openssl-signer.sh")
        return try SignerScript(String(contentsOf: file, encoding: .utf8))
    }

    /// The path of a folder for the script's keys. The script must create it.
    package var keyFolder: String { folder.path + "/keys" }
    /// The value of `APRITY_SIGNER_COMMAND`, with the key folder as the script's argument.
    package var setting: String { "[\"\(path)\", \"\(keyFolder)\"]" }

    /// Returns the text of a file that the script wrote to its folder; `nil` if there is none.
    package func fileText(_ name: String) -> String? {
        try? String(contentsOfFile: folder.path + "/" + name, encoding: .utf8)
    }
}

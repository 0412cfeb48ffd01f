internal import ConnectedApp
internal import Foundation

/// The protocol `aprity-signer-1`: one line of JSON each way. Described in `docs/guides/key-custody.md`.
enum SignerMessages {
    static let version = "aprity-signer-1"

    struct Question: Encodable {
        let `protocol` = SignerMessages.version
        let verb: String
        /// For `create`: what to call the new key, where names can be given.
        var name: String?
        /// For `create`, in bits.
        var keySize: Int?
        /// For all others: what the answer to `create` called the key.
        var key: String?
        /// For `sign`: always `RS256`, which is RSASSA-PKCS1-v1_5 with SHA-256.
        var algorithm: String?
        /// For `sign`, Base64.
        var message: String?
        /// For `sign`: SHA-256 of the message, Base64. A signer takes whichever of the two its service takes.
        var digest: String?

        func line() throws -> [UInt8] {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return try Array(encoder.encode(self)) + [UInt8(ascii: "\n")]
        }
    }

    /// - Parameters:
    ///   - bytes: What the program wrote.
    ///   - members: Those that the verb's answer has beside `protocol`, all of them texts.
    /// - Throws: ``ConnectedAppError``: `.keyUnavailable` where the program says so, else `.keyStoreFailed`.
    static func answer(_ bytes: [UInt8], members: Set<String>, from path: String) throws -> [String: String] {
        func failed(_ detail: String, _ evidence: [String: String] = [:]) -> ConnectedAppError {
            ConnectedAppError(.keyStoreFailed, subject: path, detail: detail, evidence: evidence)
        }
        let body = bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...]
        guard !body.contains(UInt8(ascii: "\n")),
            let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any],
            object["protocol"] as? String == version
        else {
            throw failed(
                "The signer command's answer is not one line of JSON of the protocol \(version).",
                ["answer": SignerProgram.shown(Array(bytes.prefix(200)))])
        }
        if let error = object["error"] as? [String: Any] {
            let message = SignerProgram.shown(Array((error["message"] as? String ?? "").utf8))
            guard error["code"] as? String != "unknownKey" else {
                throw ConnectedAppError(.keyUnavailable, subject: path, evidence: ["signer": message])
            }
            throw failed("The signer command says that it could not do it.", ["signer": message])
        }
        guard Set(object.keys) == members.union(["protocol"]), let texts = object as? [String: String] else {
            throw failed(
                "The signer command's answer has other members than it should.",
                ["members": SignerProgram.shown(Array(object.keys.sorted().joined(separator: ", ").utf8))])
        }
        return texts
    }
}

internal import ConnectedApp
internal import Foundation

/// The protocol `aprity-signer-1`: one line of JSON in each direction. See `docs/guides/key-custody.md`.
enum SignerMessages {
    static let version = "aprity-signer-1"

    /// A question to the signer program. The property names are the protocol's JSON keys; they must not change.
    struct Question: Encodable {
        let `protocol` = SignerMessages.version
        /// `create`, `publicKey`, `sign` or `destroy`.
        let verb: String
        /// For `create`: the suggested name of the new key.
        var name: String?
        /// For `create`: the key size in bits.
        var keySize: Int?
        /// For all other verbs: the key's name from the answer to `create`.
        var key: String?
        /// For `sign`: always `RS256`, which is RSASSA-PKCS1-v1_5 with SHA-256.
        var algorithm: String?
        /// For `sign`: the message in Base64.
        var message: String?
        /// For `sign`: the SHA-256 of the message in Base64. A signer may use the message or the digest, whichever
        /// suits it.
        var digest: String?

        /// Returns the question as one line of JSON, with its line end.
        func line() throws -> [UInt8] {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return try Array(encoder.encode(self)) + [UInt8(ascii: "\n")]
        }
    }

    /// Parses an answer.
    ///
    /// - Parameters:
    ///   - bytes: The program's standard output.
    ///   - members: The members that the answer must have besides `protocol`, and no others. Their values must be
    ///     strings.
    ///   - path: The program's path, which is the subject of errors.
    /// - Returns: The members, and `protocol`.
    /// - Throws: ``ConnectedAppError``: `.keyUnavailable` if the program answers `unknownKey`, otherwise
    ///   `.keyStoreFailed`.
    static func answer(_ bytes: [UInt8], members: Set<String>, from path: String) throws -> [String: String] {
        func failed(_ detail: String, _ evidence: [String: String] = [:]) -> ConnectedAppError {
            ConnectedAppError(.keyStoreFailed, subject: path, detail: detail, evidence: evidence)
        }
        let body = bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...]
        func malformed(_ detail: String, _ evidence: [String: String]) -> ConnectedAppError {
            ConnectedAppError(
                .keyStoreFailed, subject: path, detail: detail,
                remedy: "Correct the signer command's answer: see A signer command in the guide to key custody.",
                evidence: evidence)
        }
        let shown = ["answer": SignerProgram.shown(Array(bytes.prefix(200)))]
        guard !body.contains(UInt8(ascii: "\n")) else {
            throw malformed("The signer command answered with more than one line.", shown)
        }
        guard let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any] else {
            throw malformed("The signer command's answer is not a JSON object.", shown)
        }
        guard object["protocol"] as? String == version else {
            throw malformed("The member protocol of the signer command's answer is not \(version).", shown)
        }
        if let error = object["error"] as? [String: Any] {
            let message = SignerProgram.shown(Array((error["message"] as? String ?? "").utf8))
            guard error["code"] as? String != "unknownKey" else {
                throw ConnectedAppError(.keyUnavailable, subject: path, evidence: ["signer": message])
            }
            throw failed("The signer command answered with an error.", ["signer": message])
        }
        guard Set(object.keys) == members.union(["protocol"]), let texts = object as? [String: String] else {
            throw malformed(
                "The signer command's answer does not have the expected members.",
                ["members": SignerProgram.shown(Array(object.keys.sorted().joined(separator: ", ").utf8))])
        }
        return texts
    }
}

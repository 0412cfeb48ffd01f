internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import Subprocess

/// Returns the token endpoint's answer to an assertion that openssl signed. It reads no page.
struct SetupJudge: Sendable {
    enum Kind: CaseIterable, Sendable {
        case externalClientApp, connectedApp
    }

    struct Failed: Error {}

    let org: ManagedOrg
    let kind: Kind
    /// The test's own folder.
    let home: String

    /// Creates a key and its certificate, and returns the certificate's path.
    func makeKey(_ name: String) async throws -> String {
        let arguments = [
            "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-days", "30", "-subj", "/CN=\(name)", "-keyout",
            "\(home)/\(name).key", "-out", "\(home)/\(name).crt",
        ]
        let result = try await run(
            .name("openssl"), arguments: Arguments(arguments), output: .discarded, error: .discarded)
        guard result.terminationStatus.isSuccess else { throw Failed() }
        return "\(home)/\(name).crt"
    }

    /// Advances the org by half an hour, after which every server knows every change.
    ///
    /// - Returns: `token`, or `error / error_description`.
    func verdict(_ consumerKey: String, key: String) async throws -> String {
        try await org.step(seconds: 1_800)
        var request = HTTPClientRequest(url: org.url + "/services/oauth2/token")
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        let grant = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"
        let assertion = try await assertion(consumerKey, key: key)
        request.body = .bytes(ByteBuffer(string: "grant_type=\(grant)&assertion=\(assertion)"))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
        let bytes = Data(try await response.body.collect(upTo: 1 << 20).readableBytesView)
        let reply = try JSONSerialization.jsonObject(with: bytes) as? [String: Any] ?? [:]
        if response.status == .ok, reply["access_token"] is String { return "token" }
        return "\(reply["error"] ?? "-") / \(reply["error_description"] ?? "-")"
    }

    private func assertion(_ consumerKey: String, key: String) async throws -> String {
        let audience =
            switch kind {
            case .externalClientApp: org.url
            case .connectedApp: "https://login.salesforce.com"
            }
        let claims: [String: any Sendable] = [
            "iss": consumerKey, "sub": ManagedOrg.integrationUser, "aud": audience,
            "exp": Int(Date().timeIntervalSince1970) + 150,
        ]
        let header = Self.base64url(Data(#"{"alg":"RS256"}"#.utf8))
        let signed = header + "." + Self.base64url(try JSONSerialization.data(withJSONObject: claims))
        let result = try await run(
            .name("openssl"), arguments: ["dgst", "-sha256", "-binary", "-sign", "\(home)/\(key).key"],
            input: .array(Array(signed.utf8)), output: .bytes(limit: 4_096), error: .discarded)
        guard result.terminationStatus.isSuccess else { throw Failed() }
        return signed + "." + Self.base64url(Data(result.standardOutput))
    }

    private static func base64url(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Subprocess
import Testing

/// Programs exchange tokens of an OpenID Connect issuer for handles (RFC 8693). The issuer is a program of its own.
@Suite("Token exchange") struct TokenExchangeTests {
    private struct IssuerReady: Decodable, Sendable {
        let url: String
    }

    /// A server with a gateway before an embedded org, and an issuer.
    private struct Stage: Sendable {
        let aprity: AprityProcess
        let gateway: String
        let issuer: String

        func issue(_ claims: [String: any Sendable] = [:]) async throws -> String {
            let now = Int(Date().timeIntervalSince1970)
            let usual: [String: any Sendable] = [
                "sub": "repo:acme/site:ref:refs/heads/main", "aud": "aprity", "iat": now, "exp": now + 300,
                "ref": "refs/heads/main", "jti": UUID().uuidString,
            ]
            let body = try JSONSerialization.data(withJSONObject: usual.merging(claims) { _, own in own })
            return try await request("POST", issuer + "/token", body: String(decoding: body, as: UTF8.self)).1
        }

        func exchange(_ token: String, _ further: [String: String] = [:]) async throws -> (Int, [String: Any]) {
            var form = [
                "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": token,
                "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
            ]
            form.merge(further) { _, own in own }
            let body = form.map { "\($0)=\($1)" }.joined(separator: "&")
            let (status, answer) = try await request(
                "POST", gateway + "/services/oauth2/token", body: body, type: "application/x-www-form-urlencoded")
            return (status, try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any] ?? [:])
        }

        /// The sentence with which a token is refused; `nil` if it is exchanged.
        func refusal(_ claims: [String: any Sendable]) async throws -> String? {
            try await exchange(issue(claims)).1["error_description"] as? String
        }

        func request(
            _ method: String, _ url: String, body: String? = nil, type: String = "application/json",
            handle: String? = nil
        ) async throws -> (Int, String) {
            var request = HTTPClientRequest(url: url)
            request.method = HTTPMethod(rawValue: method)
            request.headers.add(name: "Content-Type", value: type)
            if let handle { request.headers.add(name: "Authorization", value: "Bearer \(handle)") }
            if let body { request.body = .bytes(ByteBuffer(string: body)) }
            let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
            return (Int(answer.status.code), String(buffer: try await answer.body.collect(upTo: 1 << 20)))
        }
    }

    private func onStage(_ options: [String] = [], _ body: @Sendable (Stage) async throws -> Void) async throws {
        let aprity = try AprityProcess()
        let python = try await ForeignProgram.python()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            _ = try await AprityProcess.server(
                python, [ForeignProgram.tools + "/oidc_issuer.py"], environment: .inherit,
                ready: { try? JSONDecoder().decode(IssuerReady.self, from: Data($0.utf8)) },
                { (issuer: IssuerReady) in
                    try await aprity.succeed(
                        [
                            "trust", "add", "bikes", "--name", "ci", "--issuer", issuer.url, "--audience", "aprity",
                            "--subject", "repo:acme/site:*", "--claim", "ref=refs/heads/*",
                        ] + options)
                    try await aprity.serving(["serve", "--port", "0", "--gateway-port", "0"]) { ready in
                        try await body(
                            Stage(aprity: aprity, gateway: try #require(ready.gatewayURL), issuer: issuer.url))
                    }
                })
        }
    }

    private static let limits = "/services/data/v66.0/limits"

    @Test("A token becomes a handle of 15 minutes, which reads, and ends when the policy is removed")
    func exchanged() async throws {
        try await onStage { stage in
            let (status, answer) = try await stage.exchange(stage.issue())
            #expect(status == 200)
            #expect(answer["expires_in"] as? Int == 900)
            #expect(answer["token_type"] as? String == "Bearer")
            #expect(answer["issued_token_type"] as? String == "urn:ietf:params:oauth:token-type:access_token")
            let handle = try #require(answer["access_token"] as? String)
            #expect(try await stage.request("GET", stage.gateway + Self.limits, handle: handle).0 == 200)
            let refused = try await stage.request(
                "DELETE", stage.gateway + "/services/data/v66.0/sobjects/Account/001", handle: handle)
            #expect(refused.1.contains("APRITY_READ_ONLY"))
            let listed = try await stage.aprity.run("client", "list", "bikes", "--json").stdout
            #expect(listed.contains("\"trustPolicy\" : \"ci\""))
            try await stage.aprity.succeed(["trust", "remove", "bikes", "ci"])
            #expect(try await stage.request("GET", stage.gateway + Self.limits, handle: handle).0 == 401)
            #expect(
                try await stage.refusal([:]) == "No trust policy of this server has the token's issuer.")
        }
    }

    @Test("A token is refused if its audience, times, claims or algorithm are wrong, or if it was exchanged before")
    func refused() async throws {
        try await onStage { stage in
            let now = Int(Date().timeIntervalSince1970)
            #expect(try await stage.refusal(["aud": "other"])?.hasPrefix("No trust policy applies") == true)
            #expect(try await stage.refusal(["aud": [String]()])?.hasPrefix("No trust policy applies") == true)
            #expect(try await stage.refusal(["aud": ["other", "aprity"]]) == nil)
            #expect(try await stage.refusal(["sub": "repo:evil/site:x"])?.hasPrefix("No trust policy applies") == true)
            #expect(try await stage.refusal(["ref": "refs/tags/v1"])?.hasPrefix("No trust policy applies") == true)
            #expect(try await stage.refusal(["exp": now - 61]) == "The token has expired.")
            #expect(try await stage.refusal(["exp": now - 30]) == nil)
            #expect(try await stage.refusal(["iat": now + 30]) == nil)
            #expect(
                try await stage.refusal(["iat": now + 120]) == "The token is not valid yet. Compare the clocks.")
            #expect(
                try await stage.refusal(["nbf": now + 120]) == "The token is not valid yet. Compare the clocks.")
            #expect(try await stage.refusal(["exp": now + 90_000]) == "The token is valid for more than a day.")
            for algorithm in ["HS256", "none"] {
                #expect(try await stage.refusal(["_alg": algorithm])?.hasPrefix("The token is not signed with") == true)
            }
            #expect(try await stage.refusal(["_alg": "ES256"]) == nil)
            let confused: [String: any Sendable] = ["_alg": "ES256", "_header": ["kid": "rsa-1"]]
            #expect(try await stage.refusal(confused)?.hasPrefix("The token's signature is not") == true)
            let critical: [String: any Sendable] = ["_header": ["crit": ["exp"]]]
            #expect(try await stage.refusal(critical)?.hasPrefix("The token is no JWT") == true)
            let token = try await stage.issue()
            #expect(try await stage.exchange(token).0 == 200)
            let again = try await stage.exchange(token)
            #expect(again.0 == 400)
            #expect(again.1["error"] as? String == "invalid_grant")
            #expect(
                again.1["error_description"] as? String
                    == "The token was exchanged before. Each token is exchanged once.")
        }
    }

    @Test("After the issuer has replaced its keys, new tokens are exchanged, and those of the former keys are not")
    func keyRotation() async throws {
        try await onStage { stage in
            #expect(try await stage.refusal([:]) == nil)
            _ = try await stage.request("POST", stage.issuer + "/rotate")
            #expect(try await stage.refusal(["_old": true]) == nil, "its keys are known for an hour")
            // Keys are read at most every 20 seconds, and the server's clock is the machine's.
            let reads = try await stage.request("GET", stage.issuer + "/reads").1
            #expect(reads == "1")
        }
    }

    @Test("The request names a connection, and a request that is no exchange is refused as RFC 6749 says")
    func requests() async throws {
        try await onStage { stage in
            #expect(try await stage.exchange(stage.issue(), ["audience": "bikes"]).0 == 200)
            #expect(try await stage.exchange(stage.issue(), ["audience": "other"]).0 == 400)
            let token = try await stage.issue()
            for (further, error) in [
                (["grant_type": "client_credentials"], "unsupported_grant_type"),
                (["subject_token_type": "x"], "invalid_request"), (["scope": "full"], "invalid_request"),
                (["subject_token": ""], "invalid_request"), (["subject_token": "a.b.c"], "invalid_grant"),
            ] {
                let answer = try await stage.exchange(token, further)
                #expect(answer.0 == 400)
                #expect(answer.1["error"] as? String == error)
            }
            let json = try await stage.request("POST", stage.gateway + "/services/oauth2/token", body: "{}")
            #expect(json.0 == 400)
            try await stage.aprity.succeed(["block", "bikes", "--reason", "test"])
            #expect(try await stage.refusal([:]) == "The app of this connection is blocked.")
            let acts = try await stage.aprity.run("audit", "list", "--limit", "50", "--json").stdout
            #expect(acts.contains("\"act\" : \"exchangeRefused\""))
        }
    }
}

import Crypto
import CryptoExtras
import ExampleOrg
import Foundation
import HTTPTypes
import JWTBearer

/// Signs in by the OAuth 2.0 JWT Bearer flow, revokes the token, and shows a refusal.
///
/// `JWTBearer` creates the bytes of requests and parses the bytes of replies. The program supplies the key and the
/// transport.
@main
struct JWTBearerExample {
    static func main() async throws {
        try await ExampleOrg.run { org in
            switch try await signIn(to: org, audience: org.url) {
            case .granted(let token):
                print("Granted: \(token.scopes.sorted().joined(separator: " ")) in the org", terminator: " ")
                print(token.organizationIDs.map(\.short).joined(separator: ", "))
                try await revoke(token, at: org)
            case .refused(let refusal): print("Refused: \(refusal.error), \(refusal.description ?? "")")
            case .unintelligible(let status, _, _): print("The reply is not OAuth: HTTP \(status)")
            }
            if case .refused(let refusal) = try await signIn(to: org, audience: "https://example.com") {
                print("Another audience: HTTP \(refusal.status), \(refusal.error), \(refusal.description ?? "")")
            }
        }
    }

    private static func signIn(to org: ExampleOrg, audience: String) async throws -> TokenReply {
        let assertion = try Assertion(
            issuer: org.consumerKey, subject: org.username, audience: audience, now: Date(),
            identifier: UUID().uuidString)
        let request = TokenRequest(assertion: try await assertion.signed(by: Signer(key: org.key)))
        let response = try await post(request.body, TokenRequest.contentType, to: TokenRequest.path, of: org)
        return TokenReply(
            status: response.head.status.code, contentType: response.head.headerFields[.contentType],
            body: try await response.collect())
    }

    private static func revoke(_ token: AccessToken, at org: ExampleOrg) async throws {
        let request = RevocationRequest(token: token.secret)
        let response = try await post(request.body, RevocationRequest.contentType, to: RevocationRequest.path, of: org)
        print("Revoked: HTTP \(response.head.status.code)")
    }

    private static func post(
        _ body: [UInt8], _ contentType: String, to path: String, of org: ExampleOrg
    ) async throws -> IncomingResponse {
        var head = org.head(.post, path)
        head.headerFields[.contentType] = contentType
        do { return try await org.transport.send(OutgoingRequest(head, body: body), within: .answer) } catch let failure
            as TransportFailure
        {
            throw ExampleFailure(description: "\(failure.kind.rawValue): \(failure.detail)")
        }
    }
}

/// Signs by RS256 with a key in memory. For a key in a PKCS#11 token or a key service, implement this protocol with its
/// own call.
private struct Signer: AssertionSigner {
    let key: _RSA.Signing.PrivateKey

    func signature(over message: [UInt8]) throws -> [UInt8] {
        let signature = try key.signature(for: SHA256.hash(data: message), padding: .insecurePKCS1v1_5)
        return Array(signature.rawRepresentation)
    }
}

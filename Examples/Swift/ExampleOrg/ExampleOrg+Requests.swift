internal import Crypto
internal import CryptoExtras
internal import Foundation
public import HTTPTypes
public import JWTBearer

extension ExampleOrg {
    /// A request to the org.
    public func head(_ method: HTTPRequest.Method, _ path: String) -> HTTPRequest {
        let parts = url.split(separator: "/", maxSplits: 1)
        return HTTPRequest(
            method: method, scheme: String(parts[0].dropLast()), authority: String(parts[1].dropFirst()), path: path)
    }

    /// Signs in, for examples that are about what comes after it.
    public func accessToken() async throws -> String {
        let assertion = try Assertion(
            issuer: consumerKey, subject: username, audience: url, now: Date(), identifier: UUID().uuidString)
        var head = head(.post, TokenRequest.path)
        head.headerFields[.contentType] = TokenRequest.contentType
        let body = TokenRequest(assertion: try await assertion.signed(by: self)).body
        let response = try await transport.send(OutgoingRequest(head, body: body), within: .answer)
        let reply = TokenReply(
            status: response.head.status.code, contentType: response.head.headerFields[.contentType],
            body: try await response.collect())
        guard case .granted(let token) = reply else { throw ExampleFailure(description: "\(reply)") }
        return token.secret
    }
}

/// RS256 with the key in memory. A key in a token or behind a service signs in its own way.
extension ExampleOrg: AssertionSigner {
    public func signature(over message: [UInt8]) throws -> [UInt8] {
        Array(try key.signature(for: SHA256.hash(data: message), padding: .insecurePKCS1v1_5).rawRepresentation)
    }
}

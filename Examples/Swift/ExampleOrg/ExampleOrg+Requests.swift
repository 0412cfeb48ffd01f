internal import Crypto
internal import CryptoExtras
internal import Foundation
public import HTTPTypes
public import JWTBearer

extension ExampleOrg {
    /// Returns the head of a request to the org.
    ///
    /// - Parameter path: The path and query.
    public func head(_ method: HTTPRequest.Method, _ path: String) -> HTTPRequest {
        let parts = url.split(separator: "/", maxSplits: 1)
        return HTTPRequest(
            method: method, scheme: String(parts[0].dropLast()), authority: String(parts[1].dropFirst()), path: path)
    }

    /// Signs in, for examples that show only what comes after that. See `JWTBearerExample` for the sign-in itself.
    ///
    /// - Throws: ``ExampleFailure`` if the org refuses.
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

/// Signs by RS256 with the key in memory. For a key in a PKCS#11 token or a key service, implement this protocol with
/// its own call.
extension ExampleOrg: AssertionSigner {
    public func signature(over message: [UInt8]) throws -> [UInt8] {
        Array(try key.signature(for: SHA256.hash(data: message), padding: .insecurePKCS1v1_5).rawRepresentation)
    }
}

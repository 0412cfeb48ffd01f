internal import ConnectedApp
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// Answers exchanges of tokens (RFC 8693) as a token endpoint does (RFC 6749, section 5).
struct TokenExchangeEndpoint {
    /// That of Salesforce's token endpoint.
    static let path = "/services/oauth2/token"
    /// In bytes.
    private static let longestBody = 64 << 10

    let exchange: TokenExchange

    func respond(to request: Request, from address: String) async -> Response {
        do {
            let form = try await Self.form(of: request)
            let wanted = try Self.wanted(form)
            let grant = try await exchange.exchange(wanted.token, connection: wanted.connection, from: address)
            return Self.response(Granted(grant), .ok)
        } catch let refusal as ExchangeRefusal {
            return Self.response(refusal)
        } catch let error as ConnectedAppError {
            // What the error says of the store is for the operator.
            return Self.response(
                Refused(
                    error: "server_error", description: "\(error.cause.rawValue): \(error.cause.entry.summary)"),
                .serviceUnavailable)
        } catch {
            return Self.response(Refused(error: "server_error", description: "This is a bug."), .internalServerError)
        }
    }

    // MARK: The request

    /// - Throws: ``ExchangeRefusal``.
    private static func form(of request: Request) async throws -> [String: String] {
        guard request.method == .post, !request.overridesMethod else { throw ExchangeRefusal.parameter("POST") }
        let type = (request.headers[.contentType] ?? "").prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces)
        guard type.lowercased() == "application/x-www-form-urlencoded" else {
            throw ExchangeRefusal.parameter("Content-Type")
        }
        let body: ByteBuffer
        do { body = try await request.body.collect(upTo: longestBody) } catch is NIOTooManyBytesError {
            throw ExchangeRefusal.parameter("body")
        }
        var form: [String: String] = [:]
        for pair in String(buffer: body).split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = decoded(parts[0]), let value = decoded(parts.count == 2 ? parts[1] : "") else {
                throw ExchangeRefusal.parameter("body")
            }
            guard form.updateValue(value, forKey: name) == nil else { throw ExchangeRefusal.parameter(name) }
        }
        return form
    }

    private static func decoded(_ text: Substring) -> String? {
        text.replacing("+", with: " ").removingPercentEncoding
    }

    private struct Wanted {
        let token: String
        let connection: String?
    }

    private static let (grantType, tokenTypes) = (
        "urn:ietf:params:oauth:grant-type:token-exchange",
        ["urn:ietf:params:oauth:token-type:id_token", "urn:ietf:params:oauth:token-type:jwt"]
    )
    private static let accessToken = "urn:ietf:params:oauth:token-type:access_token"

    private static func wanted(_ form: [String: String]) throws(ExchangeRefusal) -> Wanted {
        guard form["grant_type"] == grantType else { throw .grantType }
        guard let token = form["subject_token"], !token.isEmpty else { throw .parameter("subject_token") }
        guard let type = form["subject_token_type"], tokenTypes.contains(type) else {
            throw .parameter("subject_token_type")
        }
        guard [nil, accessToken].contains(form["requested_token_type"]) else {
            throw .parameter("requested_token_type")
        }
        // A handle means one connection, and nobody acts for somebody else.
        for name in ["resource", "actor_token", "scope"] where form[name] != nil { throw .parameter(name) }
        return Wanted(token: token, connection: form["audience"])
    }

    // MARK: The answer

    private struct Granted: Encodable {
        enum CodingKeys: String, CodingKey {
            case handle = "access_token"
            case type = "token_type"
            case issued = "issued_token_type"
            case lifetime = "expires_in"
        }

        let handle: String
        let type = "Bearer"
        let issued = TokenExchangeEndpoint.accessToken
        let lifetime: Int

        init(_ grant: TokenExchange.Grant) { (handle, lifetime) = (grant.handle, grant.lifetime) }
    }

    private struct Refused: Encodable {
        enum CodingKeys: String, CodingKey {
            case error
            case description = "error_description"
        }

        let error: String
        let description: String
    }

    private static func response(_ refusal: ExchangeRefusal) -> Response {
        let refused = Refused(error: refusal.code, description: refusal.sentence)
        guard case .handles(let seconds) = refusal else {
            return response(refused, refusal == .keys ? .serviceUnavailable : .badRequest)
        }
        return response(refused, .tooManyRequests, [.retryAfter: String(seconds)])
    }

    private static func response(
        _ content: some Encodable, _ status: HTTPResponse.Status, _ further: HTTPFields = [:]
    ) -> Response {
        var headers = further.withoutSniffing
        headers[.contentType] = "application/json;charset=UTF-8"
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Texts can always be encoded.
        let body = (try? encoder.encode(content)) ?? Data()
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}

extension ExchangeRefusal {
    /// The `error` of RFC 6749, section 5.2.
    fileprivate var code: String {
        switch self {
        case .grantType: "unsupported_grant_type"
        case .parameter, .connections: "invalid_request"
        case .keys, .handles: "temporarily_unavailable"
        case .malformedToken, .algorithm, .issuer, .signature, .expired, .notYetValid, .validTooLong, .exchanged,
            .policy, .blocked:
            "invalid_grant"
        }
    }

    fileprivate var sentence: String {
        switch self {
        case .grantType:
            "This server only exchanges tokens: grant_type=urn:ietf:params:oauth:grant-type:token-exchange."
        case .parameter(let name): "The request has no usable \(Self.shown(name))."
        case .malformedToken: "The token is no JWT with iss, sub, iat and exp."
        case .algorithm: "The token is not signed with RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 or ES512."
        case .issuer: "No trust policy of this server has the token's issuer."
        case .keys: "The keys of the token's issuer cannot be read at the moment."
        case .signature: "The token's signature is not that of a key that its issuer publishes."
        case .expired: "The token has expired."
        case .notYetValid: "The token is not valid yet. Compare the clocks."
        case .validTooLong: "The token is valid for more than a day."
        case .exchanged: "The token was exchanged before. Each token is exchanged once."
        case .policy(let subject, let audiences):
            "No trust policy applies to the subject \(Self.shown(subject)) and the audience \(Self.shown(audiences.joined(separator: " "))), the token's other claims and this address."
        case .connections: "Several connections trust this token. Name one of them as the audience of the request."
        case .blocked: "The app of this connection is blocked."
        case .handles: "Many handles of this policy are valid. Wait until some expire."
        }
    }

    /// A text of the caller, without what a terminal would obey.
    private static func shown(_ text: String) -> String {
        "\""
            + String(text.prefix(200)).unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }.map(String.init)
            .joined()
            + "\""
    }
}

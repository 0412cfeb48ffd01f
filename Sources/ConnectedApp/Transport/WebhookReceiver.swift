internal import Foundation
internal import HTTPTypes
package import JWTBearer

/// Posts notices to a URL: https, or http to this machine. Does not follow redirects and does not retry.
package struct WebhookReceiver: Sendable {
    let host: LoginHost
    /// The path and query. They may be a secret.
    private let path: String
    private let transport: any HTTPTransport
    private let limits: ExchangeLimits

    /// - Parameters:
    ///   - shownAs: The name of the setting, used in errors instead of the URL, whose path may be a secret.
    ///   - authoritiesPEM: Certificate authorities to trust in addition to the system's; `nil` for none.
    ///   - limits: The limits for an answer. Only the beginning of its body is read; see
    ///     ``WebhookAnswer/bodyByteLimit``.
    /// - Throws: ``ConnectedAppError``: `.configurationMalformed` if `url` is not a URL or has a username; the errors of
    ///   ``AllowedHost``, ``LoginHost`` and ``TransportSource``.
    package init(
        url: String, shownAs: String, authoritiesPEM: String? = nil, transports: any TransportSource,
        limits: ExchangeLimits = .answer
    ) throws {
        self.limits = limits
        let parts = URLComponents(string: url)
        guard let name = parts?.host, let scheme = parts?.scheme, parts?.user == nil else {
            throw ConnectedAppError(
                .configurationMalformed, subject: shownAs,
                detail: "Give a URL without a username, such as https://hooks.example.com/notices."
            )
        }
        let authority = name + (parts?.port.map { ":\($0)" } ?? "")
        let address = "\(scheme)://\(authority)"
        let allowed = try HostText(address).isLoopback ? [] : [AllowedHost(authority)]
        host = try LoginHost(address, allowing: allowed)
        let query = parts?.percentEncodedQuery.map { "?" + $0 } ?? ""
        path = (parts?.percentEncodedPath.isEmpty == false ? parts?.percentEncodedPath ?? "/" : "/") + query
        transport = try transports.transport(authoritiesPEM: authoritiesPEM, allowedHosts: allowed)
    }

    /// Posts a notice.
    ///
    /// - Parameters:
    ///   - body: The notice in the receiver's format.
    ///   - headers: The header fields. `Accept-Encoding` is replaced.
    /// - Returns: The answer, whatever its status.
    /// - Throws: ``ConnectedAppError`` if no answer came, or if its body broke off.
    func post(_ body: [UInt8], headers: HTTPFields) async throws -> WebhookAnswer {
        var head = HTTPRequest(method: .post, scheme: host.scheme, authority: host.authority, path: path)
        head.headerFields = headers
        head.headerFields[.acceptEncoding] = "identity"
        do {
            let response = try await transport.send(OutgoingRequest(head, body: body), within: limits)
            return WebhookAnswer(
                status: response.head.status.code, body: try await beginning(of: response),
                contentType: response.head.headerFields[.contentType],
                contentCoding: response.head.headerFields[.contentEncoding],
                location: response.head.headerFields[.location], hiding: path)
        } catch let failure as TransportFailure {
            throw ConnectedAppError(failure, host: host)
        }
    }

    private func beginning(of response: IncomingResponse) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await piece in response.body {
            bytes += piece
            if bytes.count >= WebhookAnswer.bodyByteLimit { break }
        }
        return bytes
    }
}

/// The format of a notice. The raw values are the values of the setting.
package enum WebhookFormat: String, Sendable, CaseIterable {
    /// A JSON document in aprity's own format.
    case json
    /// The format of Slack's incoming webhooks, which other chat services accept too: `{"text":…}`.
    case slack
}

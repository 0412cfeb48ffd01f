internal import HTTPTypes
internal import JWTBearer
internal import MetadataAPI
internal import MetadataGateway

extension OrgAPI {
    /// The org's answer to a forwarded call, and the token that must not leave the process.
    struct ForwardedAnswer: Sendable {
        let response: IncomingResponse
        let tokenSecret: String
    }

    /// Limits for an answer with an archive. Base64 adds a third to the largest archive.
    private static let forwarding = ExchangeLimits(bodyBytes: 256 << 20, total: .seconds(1_800))

    /// Sends a call of a client. If the org rejects the token, replaces it and repeats the call.
    ///
    /// - Returns: The org's answer, whatever its status is.
    /// - Throws: ``ConnectedAppError``: the cause of a missing answer, and the errors of ``withToken(_:)``.
    func forward(_ call: GatewayCall) async throws -> ForwardedAnswer {
        try await withToken { granted in
            do {
                let response = try await transport.send(try request(call, with: granted), within: Self.forwarding)
                return ForwardedAnswer(
                    response: try await Self.accepted(response, call, granted), tokenSecret: granted.token.secret)
            } catch let failure as TransportFailure {
                throw ConnectedAppError(failure, host: granted.instance)
            }
        }
    }

    private func request(_ call: GatewayCall, with granted: GrantedToken) throws -> OutgoingRequest {
        let host = granted.instance
        switch call {
        case .rest(let call):
            var head = HTTPRequest(method: .get, scheme: host.scheme, authority: host.authority, path: call.target)
            head.headerFields[.accept] = "application/json"
            head.headerFields[.authorization] = "Bearer " + granted.token.secret
            return OutgoingRequest(head, isRead: true, beforeSending: tokens.sendCheck)
        case .soap(let call, let version):
            return try soapRequest(call.call, version, with: granted, isRepeatedHere: call.isRepeatable)
        }
    }

    /// Returns the answer unless it says that the token is not accepted.
    ///
    /// - Throws: ``SessionRefused``.
    private static func accepted(
        _ response: IncomingResponse, _ call: GatewayCall, _ granted: GrantedToken
    ) async throws -> IncomingResponse {
        let status = response.head.status.code
        let words = OrgWords(hiding: [granted.token.secret])
        switch call {
        case .rest where status == 401:
            let body = try await response.collect()
            let failure = failure(Answer(status: status, date: nil, body: body, words: words))
            if failure is SessionRefused { throw failure }
            return IncomingResponse(response.head, body: OnePiece(bytes: body))
        case .soap where status == 500:
            let body = try await response.collect()
            if let fault = fault(in: body), let refused = failure(fault, words) as? SessionRefused { throw refused }
            return IncomingResponse(response.head, body: OnePiece(bytes: body))
        case .rest, .soap: return response
        }
    }

    private static func fault(in body: [UInt8]) -> SOAPFault? {
        let reader = ReplyReader<RetrieveID>.retrieve()
        do {
            try reader.feed(body)
            _ = try reader.finish()
            return nil
        } catch {
            return error as? SOAPFault
        }
    }

    /// A body that was read already.
    private struct OnePiece: AsyncSequence, Sendable {
        let bytes: [UInt8]

        struct Iterator: AsyncIteratorProtocol {
            var bytes: [UInt8]?

            mutating func next() async throws -> [UInt8]? {
                defer { bytes = nil }
                return bytes
            }
        }

        func makeAsyncIterator() -> Iterator { Iterator(bytes: bytes) }
    }
}

extension GatewaySOAPCall {
    /// Whether the transport may send the call again if the connection broke: not if it starts a job or takes an archive.
    fileprivate var isRepeatable: Bool {
        switch call {
        case .retrieve, .checkRetrieveStatus(_, includeZip: true): false
        case .describeMetadata, .listMetadata, .checkRetrieveStatus, .readMetadata, .checkStatus, .describeValueType:
            true
        }
    }
}

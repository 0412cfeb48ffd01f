internal import HTTPTypes
internal import JWTBearer
internal import MetadataAPI

extension OrgAPI {
    /// The network failed during a call to this host.
    struct OrgTransportFailure: Error {
        let failure: TransportFailure
        let host: LoginHost
    }

    /// The org asked to try the call later (HTTP 420, 429 or 503), and the caller decides on retries.
    struct RetryLater: Error {
        /// The error that the caller throws if this was the last attempt.
        let error: any Error
        /// The seconds to wait according to the org; `nil` if it does not say.
        let retryAfter: Int?
    }

    /// Makes a call and passes the reply to a reader as it arrives. If the org rejects the token, replaces it and
    /// repeats the call.
    ///
    /// - Parameter reader: Creates a new reader for each attempt.
    /// - Throws: ``ConnectedAppError``; `TransportFailure` if the network failed, because only the caller knows what
    ///   that means for this call; the errors of the reader's sink; the errors of ``withToken(_:)``.
    package func soap<Reply>(
        _ call: SOAPCall, version: APIVersion, within limits: ExchangeLimits,
        reader makeReader: () -> ReplyReader<Reply>
    ) async throws -> Reply {
        do { return try await soapAtHost(call, version: version, within: limits, reader: makeReader) } catch let error
            as OrgTransportFailure
        {
            throw error.failure
        }
    }

    /// Makes a call for a caller that needs the host in errors; otherwise like ``soap(_:version:within:reader:)``.
    ///
    /// - Parameter isRepeatedByCaller: If `true`, the transport does not retry the call, and ``RetryLater`` is thrown if
    ///   the org asks to try later.
    /// - Throws: ``OrgTransportFailure`` instead of `TransportFailure`.
    func soapAtHost<Reply>(
        _ call: SOAPCall, version: APIVersion, within limits: ExchangeLimits, isRepeatedByCaller: Bool = false,
        reader makeReader: () -> ReplyReader<Reply>
    ) async throws -> Reply {
        try await withToken { granted in
            let host = granted.instance
            do {
                let response = try await send(
                    call, version, with: granted, within: limits, isRepeatedHere: !isRepeatedByCaller)
                let status = response.head.status.code
                let words = OrgWords(hiding: [granted.token.secret])
                guard status == 200 || status == 500 else {
                    let error = Self.failure(
                        Answer(status: status, date: nil, body: try await response.collect(), words: words))
                    guard isRepeatedByCaller, RetryPolicy.asksToRetryLater(status: status) else { throw error }
                    throw RetryLater(error: error, retryAfter: response.retryAfter)
                }
                return try await Self.read(response, with: makeReader(), at: host, words)
            } catch let failure as TransportFailure {
                throw OrgTransportFailure(failure: failure, host: host)
            }
        }
    }

    private func send(
        _ call: SOAPCall, _ version: APIVersion, with granted: GrantedToken, within limits: ExchangeLimits,
        isRepeatedHere: Bool
    ) async throws -> IncomingResponse {
        try await transport.send(
            soapRequest(call, version, with: granted, isRepeatedHere: isRepeatedHere), within: limits)
    }

    /// - Parameter isRepeatedHere: Whether the transport may retry the call.
    func soapRequest(
        _ call: SOAPCall, _ version: APIVersion, with granted: GrantedToken, isRepeatedHere: Bool
    ) throws -> OutgoingRequest {
        let host = granted.instance
        var head = HTTPRequest(
            method: .post, scheme: host.scheme, authority: host.authority, path: SOAPEnvelope.path(version))
        head.headerFields[.contentType] = SOAPEnvelope.contentType
        head.headerFields[.soapAction] = SOAPEnvelope.soapAction
        let body = try SOAPEnvelope(call).body(sessionID: granted.token.secret)
        return OutgoingRequest(head, body: body, isRead: isRepeatedHere, beforeSending: tokens.sendCheck)
    }

    private static func read<Reply>(
        _ response: IncomingResponse, with reader: ReplyReader<Reply>, at host: LoginHost, _ words: OrgWords
    ) async throws -> Reply {
        // Quoted in errors.
        var beginning: [UInt8] = []
        func answer() -> ForeignAnswer { ForeignAnswer(status: response.head.status.code, body: beginning, words) }
        do {
            for try await piece in response.body {
                beginning += piece.prefix(ForeignAnswer.beginningBytes - beginning.count)
                try reader.feed(piece)
            }
            return try reader.finish()
        } catch let fault as SOAPFault {
            throw failure(fault, words)
        } catch let refusal as XMLError {
            throw foreign(answer(), at: host, ["xml": words.clean(refusal.description)])
        } catch let error as ReplyError {
            throw foreign(answer(), at: host, ["soap": words.clean(error.description)])
        }
    }

    private static func foreign(
        _ answer: ForeignAnswer, at host: LoginHost, _ evidence: [String: String]
    ) -> ConnectedAppError {
        guard answer.isPage else {
            return ConnectedAppError(.answerUnintelligible, subject: host.host, evidence: evidence)
        }
        return ConnectedAppError(
            answer.cause, subject: host.host, evidence: answer.evidence.merging(evidence) { page, _ in page })
    }

    static func failure(_ fault: SOAPFault, _ words: OrgWords) -> any Error {
        let shown = SOAPFault(
            code: words.clean(fault.code, atMost: OrgWords.longestName), string: words.clean(fault.string))
        return failure(
            code: fault.code, ["faultCode": shown.code, "faultString": shown.string], .soapFault(shown))
    }
}

extension HTTPField.Name {
    fileprivate static let soapAction = Self("SOAPAction")!  // a constant that is a token
}

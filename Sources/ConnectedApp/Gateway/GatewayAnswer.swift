internal import Foundation
package import HTTPTypes
internal import JWTBearer
internal import MetadataAPI
internal import MetadataGateway

/// The org's answer to a client's call, without what the client must not see.
package struct GatewayAnswer: Sendable {
    /// Stops an answer when its client may no longer read.
    struct Check: Sendable {
        private let pause: Duration
        private let uptime: @Sendable () -> Duration
        private let body: @Sendable () async throws -> Void

        init(
            every pause: Duration, uptime: @escaping @Sendable () -> Duration,
            _ body: @escaping @Sendable () async throws -> Void
        ) {
            (self.pause, self.uptime, self.body) = (pause, uptime, body)
        }

        /// Checks, if the last time is long enough ago.
        func callAsFunction(_ last: inout Duration) async throws {
            guard uptime() - last >= pause else { return }
            last = uptime()
            try await body()
        }

        var now: Duration { uptime() }
    }

    /// The org's status.
    package let status: Int
    /// Only the type of the content, and how many calls of the org are left.
    package let headers: HTTPFields
    private let answer: OrgAPI.ForwardedAnswer
    private let filter: AnswerFilter
    private let ticket: Ticket
    private let check: Check

    init(_ answer: OrgAPI.ForwardedAnswer, filter: AnswerFilter, handle: Handle, check: Check) {
        self.answer = answer
        self.check = check
        ticket = Ticket(handle)
        status = answer.response.head.status.code
        // The answer to a failed call contains neither a job nor records.
        self.filter = status == 200 || filter.holdsForFailures ? filter : .unchanged
        headers = Self.headers(answer.response.head)
    }

    private static func headers(_ head: HTTPResponse) -> HTTPFields {
        var fields = HTTPFields()
        let type = head.headerFields[.contentType] ?? ""
        let name = type.prefix { $0 != ";" }.lowercased()
        // A page of another server must not be shown as one.
        fields[.contentType] = ["application/json", "text/xml", "application/xml"].contains(name) ? type : "text/plain"
        for name in [HTTPField.Name.retryAfter, .limitInfo] { fields[name] = head.headerFields[name] }
        return fields
    }

    /// Sends the body as it arrives.
    ///
    /// - Throws: ``ConnectedAppError``, ``GatewayError`` if the client may no longer read, `TransportFailure`, the errors of the sink, and
    ///   others if secrets could not be removed. What was sent until then is not the whole answer.
    package func write(to sink: @escaping ([UInt8]) async throws -> Void) async throws {
        // No answer has the token. If one had it, because a server in between repeats requests, it would not get out.
        var hiding = TicketReplacement([IssuedTicket(id: answer.tokenSecret, text: "")])
        // An answer that was kept before it is sent is checked as one that streams.
        var last = check.now
        let send: ([UInt8]) async throws -> Void = { bytes in
            try await check(&last)
            let bytes = hiding.feed(bytes)
            if !bytes.isEmpty { try await sink(bytes) }
        }
        try await writeFiltered(to: send)
        let rest = hiding.finish()
        if !rest.isEmpty { try await sink(rest) }
    }

    private func writeFiltered(to send: @escaping ([UInt8]) async throws -> Void) async throws {
        switch filter {
        case .unchanged: try await forEachPiece(send)
        case .replaces(let tickets): try await writeReplacing(tickets, to: send)
        case .bindsJob(let subject):
            let bytes = try await collect(atMost: Self.longestAnswer)
            // An org can send a fault with status 200, too.
            guard let id = try Self.job(in: bytes) else { return try await send(bytes) }
            var replacement = TicketReplacement([
                IssuedTicket(id: id.description, text: ticket.text(for: id.description, subject))
            ])
            try await send(replacement.feed(bytes))
            try await send(replacement.finish())
        case .blanksSecrets:
            let blanked = try RecordBlanking.blanked(try await collect(atMost: Self.longestRecords))
            for start in stride(from: 0, to: blanked.count, by: Self.pieceSize) {
                try await send(Array(blanked[start..<min(start + Self.pieceSize, blanked.count)]))
            }
        case .blanksArchive(let issued):
            var replacement = TicketReplacement([issued])
            try await ArchiveRewriting().write(
                pieces: { try await forEachPiece($0) }, to: { try await send(replacement.feed($0)) })
            try await send(replacement.finish())
        case .bindsPages:
            var binding = PageBinding(ticket)
            try await forEachPiece { try await send(binding.feed($0)) }
        }
    }

    private func writeReplacing(
        _ tickets: [IssuedTicket], to send: ([UInt8]) async throws -> Void
    ) async throws {
        var replacement = TicketReplacement(tickets)
        try await forEachPiece { try await send(replacement.feed($0)) }
        try await send(replacement.finish())
    }

    /// In bytes.
    private static let (longestAnswer, longestRecords, pieceSize) = (1 << 20, 32 << 20, 64 << 10)

    /// - Returns: `nil` if the answer is a fault.
    private static func job(in bytes: [UInt8]) throws -> RetrieveID? {
        let reader = ReplyReader<RetrieveID>.retrieve()
        do {
            try reader.feed(bytes)
            return try reader.finish()
        } catch is SOAPFault {
            return nil
        }
    }

    private func collect(atMost limit: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        try await forEachPiece { piece in
            bytes += piece
            guard bytes.count <= limit else { throw ConnectedAppError(.answerTooLarge) }
        }
        return bytes
    }

    private func forEachPiece(_ body: ([UInt8]) async throws -> Void) async throws {
        var last = check.now
        for try await piece in answer.response.body {
            try await check(&last)
            try await body(piece)
        }
    }
}

extension AnswerFilter {
    /// Whether the filter also applies if the call failed.
    fileprivate var holdsForFailures: Bool {
        switch self {
        case .unchanged, .replaces: true
        case .bindsJob, .blanksSecrets, .blanksArchive, .bindsPages: false
        }
    }
}

extension HTTPField.Name {
    /// How many calls the org has left.
    fileprivate static let limitInfo = Self("Sforce-Limit-Info")!  // a constant that is a token
}

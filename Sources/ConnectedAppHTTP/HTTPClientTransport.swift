internal import AsyncHTTPClient
package import ConnectedApp
internal import Foundation
internal import HTTPTypes
package import JWTBearer
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// A transport over the real network. Only this file uses AsyncHTTPClient.
///
/// It uses HTTP/1.1 and TLS 1.2 or newer, verifies servers with the system's certificate authorities and the given
/// ones, and follows no redirects. It never sends a request twice. Call ``close()`` before it is released.
package final class HTTPClientTransport: HTTPTransport {
    private let direct: HTTPClient
    private let proxied: HTTPClient?
    private let proxy: ProxySettings
    private let allowedHosts: [AllowedHost]
    private let checks = PendingChecks()
    /// Whether it accepts any certificate, and so sends to this machine only.
    private let isForThisMachine: Bool

    /// - Parameters:
    ///   - authoritiesPEM: Certificate authorities to trust in addition to `system`; `nil` for none.
    ///   - allowedHosts: The hosts, other than Salesforce's and this machine, to which it may send.
    ///   - system: The system's certificate authorities.
    /// - Throws: ``ConnectedAppError`` with `.certificateMalformed` if the PEM text cannot be read; the errors of
    ///   ``SystemAuthorities/roots()``.
    package convenience init(
        authoritiesPEM: String?, allowedHosts: [AllowedHost], proxy: ProxySettings,
        system: SystemAuthorities = .standard
    ) throws(ConnectedAppError) {
        var tls = TLSConfiguration.makeClientConfiguration()
        let (roots, further) = try system.roots()
        tls.trustRoots = roots
        tls.additionalTrustRoots = further
        if let authoritiesPEM {
            let authorities = try CertificateAuthorities(Array(authoritiesPEM.utf8))
            tls.additionalTrustRoots.append(.certificates(authorities.certificates))
        }
        self.init(tls, allowedHosts, proxy, isForThisMachine: false)
    }

    /// Creates a transport that sends to this machine only, and accepts any certificate there: it is for another name. Nothing
    /// secret may be sent over it.
    package static func toThisMachine() -> HTTPClientTransport {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.certificateVerification = .none
        return HTTPClientTransport(tls, [], .none, isForThisMachine: true)
    }

    private init(
        _ tls: TLSConfiguration, _ allowedHosts: [AllowedHost], _ proxy: ProxySettings, isForThisMachine: Bool
    ) {
        var tls = tls
        tls.minimumTLSVersion = .tlsv12
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow)
        configuration.httpVersion = .http1Only
        configuration.timeout = .init(connect: .seconds(10), read: .seconds(60))
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.http1_1ConnectionDebugInitializer = { [checks] channel in
            channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                let encoder = try pipeline.handler(type: HTTPRequestEncoder.self)
                try pipeline.addHandler(HeldRequestHandler(checks), position: .after(encoder))
                let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
                try pipeline.addHandler(StatusCheckHandler(), position: .after(decoder))
            }
        }
        direct = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        if let server = proxy.server {
            let login = server.basicAuthorization.map {
                HTTPClient.Authorization.basic(username: $0.user, password: $0.password)
            }
            configuration.proxy = .server(host: server.host, port: server.port, authorization: login)
            proxied = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        } else {
            proxied = nil
        }
        self.proxy = proxy
        self.allowedHosts = allowedHosts
        self.isForThisMachine = isForThisMachine
    }

    /// Closes the connections. Call it once, after the last request.
    package func close() async {
        // Shutdown fails only if the client is already closed.
        try? await direct.shutdown()
        try? await proxied?.shutdown()  // For the same reason.
    }

    package func send(_ request: OutgoingRequest, within limits: ExchangeLimits) async throws -> IncomingResponse {
        let head = request.head
        let address = "\(head.scheme ?? "https")://\(head.authority ?? "")"
        // The last check before any byte leaves. It does not rely on the checks of callers.
        let host: LoginHost
        do { host = try LoginHost(address, allowing: allowedHosts) } catch {
            throw TransportFailure(refusing: address, for: error)
        }
        guard host.form == .loopback || !isForThisMachine else {
            throw TransportFailure(.hostNotAllowed, detail: address)
        }
        var outgoing = HTTPClientRequest(url: host.description + (head.path ?? "/"))
        outgoing.method = HTTPMethod(rawValue: head.method.rawValue)
        for field in head.headerFields { outgoing.headers.add(name: field.name.canonicalName, value: field.value) }
        let server = proxy.server(for: host)
        let check = Self.check(of: request, isProxied: server != nil)
        if let check { outgoing.headers.add(name: PendingChecks.field, value: checks.add(check)) }
        if !request.body.isEmpty { outgoing.body = .bytes(request.body) }
        defer { if let check { checks.remove(check) } }
        let client = server == nil ? direct : (proxied ?? direct)
        let clock = ContinuousClock()
        let deadline = clock.now + limits.total
        do {
            let response = try await client.execute(outgoing, timeout: TimeAmount(limits.total))
            var fields = HTTPFields()
            for (name, value) in response.headers {
                if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
            }
            let pieces = BoundedBody(pieces: response.body, limit: limits.bodyBytes, deadline: deadline, clock: clock)
            return IncomingResponse(
                HTTPResponse(status: .init(code: Int(response.status.code)), headerFields: fields), body: pieces)
        } catch {
            // If the check stopped the request, the client reports only an aborted request. The check has the reason.
            if let refusal = check?.refusal { throw refusal }
            // A cancelled task is not a network failure.
            try Task.checkCancellation()
            let failure = TransportFailure(classifying: error)
            // If the request has left, the tunnel was open. Then the proxy is not the reason.
            guard let server, check?.hasPassed == false else { throw failure }
            let inquiry = ProxyInquiry(proxy: server, target: host)
            guard let reason = await Self.reason(error, failure, inquiry) else { throw failure.through(server) }
            let proxyFailure = ProxyFailure(
                address: server.description, hasLogin: server.basicAuthorization != nil, reason: reason)
            throw TransportFailure(specifics: .proxy(proxyFailure), detail: failure.detail)
        }
    }

    /// Returns the request's own check. A request through a proxy without its own check gets an empty one, which
    /// records whether the request left.
    private static func check(of request: OutgoingRequest, isProxied: Bool) -> SendingCheck? {
        if let own = request.beforeSending { return SendingCheck(own) }
        return isProxied ? SendingCheck {} : nil
    }

    /// Returns why the proxy caused a failure. It may ask the proxy again, which takes up to ten seconds; see
    /// ``ProxyInquiry``.
    ///
    /// - Returns: `nil` if the proxy did not cause the failure, or if the reason is unknown.
    private static func reason(
        _ error: any Error, _ failure: TransportFailure, _ inquiry: ProxyInquiry
    ) async -> ProxyFailure.Reason? {
        switch failure.kind {
        // If there is a proxy, this machine resolves only the proxy's name and connects only to the proxy.
        case .nameNotResolved: return .nameNotResolved
        case .connectionRefused: return .connectionRefused
        case .proxyFailed:
            let isLoginRefused = error as? HTTPClientError == .proxyAuthenticationRequired
            return await inquiry.reason(sendsLogin: !isLoginRefused) ?? .notReproduced
        case .connectionLost:
            // Either the proxy closed the connection after CONNECT, or the org did. The client reports both in the same
            // way.
            switch await inquiry.reason(sendsLogin: true) {
            case .closedWithoutAnswer: return .closedWithoutAnswer
            case .answerNotHTTP: return .answerNotHTTP
            case .page(let status): return .page(status: status)
            case .nameNotResolved, .connectionRefused, .timedOut, .answerTimedOut, .refused, .notReproduced, nil:
                return nil
            }
        // The client's connect timeout includes the proxy's answer and TLS, although its name suggests otherwise.
        case .timedOut: return await inquiry.reason(sendsLogin: true)
        case .tlsFailed:
            guard failure.specifics == nil || failure.specifics == .noTLS(),
                case .page(let status)? = await inquiry.reason(sendsLogin: true)
            else { return nil }
            return .page(status: status)
        case .serverNotTrusted, .bodyTooLarge, .answerMalformed, .clearTextRefused, .hostNotAllowed, .addressMalformed,
            .other:
            return nil
        }
    }
}

/// The body as it arrives, in pieces of 64 KiB or more except for the last. Throws ``TransportFailure`` if it exceeds its
/// size or its deadline, or if it breaks off.
private struct BoundedBody: AsyncSequence, Sendable {
    let pieces: HTTPClientResponse.Body
    /// The maximum size in bytes.
    let limit: Int
    let deadline: ContinuousClock.Instant
    let clock: ContinuousClock

    func makeAsyncIterator() -> Iterator {
        Iterator(inner: Pieces(pieces.makeAsyncIterator()), left: limit, deadline: deadline, clock: clock)
    }

    struct Iterator: AsyncIteratorProtocol {
        let inner: Pieces
        /// How many bytes may still arrive.
        var left: Int
        var isComplete = false
        let deadline: ContinuousClock.Instant
        let clock: ContinuousClock

        mutating func next() async throws -> [UInt8]? {
            do {
                guard !isComplete else { return nil }
                let piece = try await pieceInTime()
                isComplete = piece.isLast
                left -= piece.bytes.count
                guard left >= 0 else {
                    throw TransportFailure(.bodyTooLarge, detail: "the body is larger than the limit")
                }
                return piece.bytes.isEmpty ? nil : piece.bytes
            } catch let failure as TransportFailure {
                throw failure
            } catch {
                try Task.checkCancellation()
                throw TransportFailure(classifying: error)
            }
        }

        /// Returns the next piece, or throws at the deadline. The client's own deadline applies only until the
        /// response's head has arrived.
        private func pieceInTime() async throws -> Piece {
            let (inner, deadline, clock) = (inner, deadline, clock)
            // Checked first: a piece that has already arrived would win the race below, even after the deadline.
            guard clock.now < deadline else { throw TransportFailure(.timedOut, detail: "the body took too long") }
            return try await withThrowingTaskGroup(of: Piece?.self) { group in
                group.addTask { try await inner.next() }
                group.addTask {
                    try await clock.sleep(until: deadline)
                    throw TransportFailure(.timedOut, detail: "the body took too long")
                }
                defer { group.cancelAll() }
                guard let piece = try await group.next() ?? nil else { throw CancellationError() }
                return piece
            }
        }
    }

    struct Piece: Sendable {
        var bytes: [UInt8] = []
        var isLast = false
    }

    /// An actor around the iterator, so that a child task can call it.
    actor Pieces {
        private var iterator: HTTPClientResponse.Body.AsyncIterator

        init(_ iterator: sending HTTPClientResponse.Body.AsyncIterator) { self.iterator = iterator }

        /// Collects what arrives until it is worth the tasks that wait for it.
        func next() async throws -> Piece {
            var iterator = iterator
            defer { self.iterator = iterator }
            var piece = Piece()
            while piece.bytes.count < Self.enough {
                guard let buffer = try await iterator.next(isolation: self) else {
                    piece.isLast = true
                    break
                }
                piece.bytes += buffer.readableBytesView
            }
            return piece
        }

        private static let enough = 64 << 10
    }
}

extension TransportFailure {
    /// Returns the failure of a request through a proxy, which may have answered instead of the host.
    fileprivate func through(_ proxy: ProxySettings.Server) -> TransportFailure {
        guard specifics == .noTLS() else { return self }
        return TransportFailure(specifics: .noTLS(proxy: proxy.description), detail: detail)
    }

    /// The failure for an address that ``LoginHost`` rejects. Nothing was sent.
    fileprivate init(refusing address: String, for error: ConnectedAppError) {
        let kind: Kind
        if error.cause == .clearTextRefused {
            kind = .clearTextRefused
        } else {
            kind = error.cause == .hostNotAllowed ? .hostNotAllowed : .addressMalformed
        }
        self.init(kind, detail: "\(address): \(error.detail ?? error.cause.entry.summary)")
    }

    /// Classifies an error by its type and code, never by the text of its message. The message becomes the detail; for
    /// a name that cannot be resolved, a sentence with the system's message.
    fileprivate init(classifying error: any Error) {
        let detail = "\(error)"
        switch error {
        case let failure as TransportFailure: self = failure
        case let failure as HTTPClientError: self.init(Self.kind(of: failure), detail: detail)
        case let failure as NIOConnectionError:
            let resolved = !failure.connectionErrors.isEmpty
            self.init(resolved ? .connectionRefused : .nameNotResolved, detail: Self.detail(of: failure))
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            self = TLSErrorParser.failure(of: error, detail: detail)
        case let failure as IOError:
            self.init(
                failure.errnoCode == ECONNREFUSED ? .connectionRefused : .connectionLost,
                detail: Self.sentence(failure))
        case let failure as ChannelError:
            if case .connectTimeout = failure {
                self.init(.timedOut, detail: detail)
            } else {
                self.init(.connectionLost, detail: detail)
            }
        case HTTPParserError.invalidEOFState: self.init(.connectionLost, detail: detail)
        case is HTTPParserError: self.init(.answerMalformed, detail: detail)
        case is CancellationError: self.init(.other, detail: "cancelled")
        default: self.init(.other, detail: detail)
        }
    }

    private static func detail(of error: NIOConnectionError) -> String {
        guard let unknown = (error.dnsAError ?? error.dnsAAAAError) as? SocketAddressError.UnknownHost else {
            let reasons = error.connectionErrors.map { failure in
                (failure.error as? IOError).map(sentence) ?? "\(failure.error)"
            }
            return reasons.isEmpty ? "\(error)" : Set(reasons).sorted().joined(separator: "; ")
        }
        return "The name \(unknown.host) cannot be resolved: \(unknown.errorDescription)."
    }

    /// The system's message without the network library's own words, such as "Connection refused, errno 111".
    private static func sentence(_ error: IOError) -> String {
        "\(String(cString: strerror(error.errnoCode))), errno \(error.errnoCode)"
    }

    private static func kind(of error: HTTPClientError) -> Kind {
        switch error {
        case .connectTimeout, .readTimeout, .writeTimeout, .deadlineExceeded, .getConnectionFromPoolTimeout: .timedOut
        case .tlsHandshakeTimeout: .tlsFailed
        case .remoteConnectionClosed, .uncleanShutdown, .bodyLengthMismatch: .connectionLost
        case .invalidProxyResponse, .proxyAuthenticationRequired, .httpProxyHandshakeTimeout: .proxyFailed
        default: .other
        }
    }
}

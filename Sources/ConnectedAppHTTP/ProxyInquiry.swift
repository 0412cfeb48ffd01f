internal import ConnectedApp
internal import Foundation
internal import JWTBearer
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Sends CONNECT to a proxy once more to see its answer, because the HTTP client reports only that there is no tunnel.
///
/// Nothing is sent through the tunnel. If one opens, it is closed at once.
struct ProxyInquiry {
    let proxy: ProxySettings.Server
    /// The host that CONNECT names.
    let target: LoginHost

    /// The timeout for connecting, and again for the answer.
    private static let limit = TimeAmount.seconds(5)

    /// Returns why the proxy opens no tunnel.
    ///
    /// - Parameter sendsLogin: Whether to send the username and password, if the proxy's URL has them. Pass `false` if
    ///   the proxy has refused them, because a second refusal may lock the account.
    /// - Returns: `nil` if the tunnel opens.
    func reason(sendsLogin: Bool) async -> ProxyFailure.Reason? {
        do {
            let head = try await answer(sendsLogin: sendsLogin)
            guard (200..<300).contains(head.status.code) else { return .refused(answer(head)) }
            return Self.isPage(head) ? .page(status: Int(head.status.code)) : nil
        } catch let error as NIOConnectionError {
            return error.connectionErrors.isEmpty ? .nameNotResolved : .connectionRefused
        } catch HTTPParserError.invalidEOFState {
            return .closedWithoutAnswer
        } catch is HTTPParserError {
            return .answerNotHTTP
        } catch ChannelError.connectTimeout {
            return .timedOut
        } catch is LimitExceeded {
            return .answerTimedOut
        } catch {
            return .closedWithoutAnswer
        }
    }

    private struct LimitExceeded: Error {}

    /// Whether a successful answer is the sign-in page of a network instead of a tunnel. A page has a body; an answer
    /// that opens a tunnel has none (RFC 9110 §9.3.6).
    private static func isPage(_ head: HTTPResponseHead) -> Bool {
        let length = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
        return length > 0 || head.headers.first(name: "content-type")?.lowercased().hasPrefix("text/html") == true
    }

    /// Returns the answer without the password, which the proxy may have echoed.
    private func answer(_ head: HTTPResponseHead) -> ProxyAnswer {
        ProxyAnswer(head, hiding: proxy.basicAuthorization?.password)
    }

    private func answer(sendsLogin: Bool) async throws -> HTTPResponseHead {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let answer = loop.makePromise(of: HTTPResponseHead.self)
        let channel: any Channel
        do {
            channel = try await ClientBootstrap(group: loop).connectTimeout(Self.limit)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        try channel.pipeline.syncOperations.addHandler(AnswerHandler(answer))
                    }
                }
                .connect(host: proxy.host, port: proxy.port).get()
        } catch {
            answer.fail(error)
            throw error
        }
        let deadline = loop.scheduleTask(in: Self.limit) { answer.fail(LimitExceeded()) }
        defer {
            deadline.cancel()
            channel.close(promise: nil)
        }
        channel.write(HTTPClientRequestPart.head(head(sendsLogin: sendsLogin)), promise: nil)
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        return try await answer.futureResult.get()
    }

    private func head(sendsLogin: Bool) -> HTTPRequestHead {
        let name = target.host.contains(":") ? "[\(target.host)]" : target.host
        let address = "\(name):\(target.port ?? 443)"
        var head = HTTPRequestHead(version: .http1_1, method: .CONNECT, uri: address, headers: ["host": address])
        if sendsLogin, let login = proxy.basicAuthorization {
            let encoded = Data("\(login.user):\(login.password)".utf8).base64EncodedString()
            head.headers.add(name: "proxy-authorization", value: "Basic " + encoded)
        }
        return head
    }
}

/// Completes a promise with the head of the response, or with the error that came first.
private final class AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let answer: EventLoopPromise<HTTPResponseHead>

    init(_ answer: EventLoopPromise<HTTPResponseHead>) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = unwrapInboundIn(data) { answer.succeed(head) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answer.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { answer.fail(ChannelError.eof) }
}

extension ProxyAnswer {
    /// - Parameter password: Schemes and a host that contain it are left out; `nil` if there is none.
    fileprivate init(_ head: HTTPResponseHead, hiding password: String?) {
        func isShown(_ word: String) -> Bool {
            guard let password, !password.isEmpty else { return true }
            return !word.lowercased().contains(password.lowercased())
        }
        let host = head.headers.first(name: "location").flatMap(Self.host)
        self.init(
            status: Int(head.status.code),
            schemes: Self.schemes(head.headers["proxy-authenticate"]).filter(isShown),
            redirectHost: host.flatMap { isShown($0) ? $0 : nil })
    }

    /// Returns the authentication schemes of `Proxy-Authenticate` fields (RFC 9110 §11.6.1), at most eight, in order
    /// and without duplicates. Commas separate challenges, and also the parameters of one challenge. So a piece between
    /// commas counts as a challenge only if its first word has no `=`.
    static func schemes(_ challenges: [String]) -> [String] {
        var found: [String] = []
        for piece in challenges.flatMap(pieces) {
            let word = piece.trimmingWhiteSpace.prefix { !$0.isWhitespace }
            guard word.count <= 30, word.wholeMatch(of: /[A-Za-z][A-Za-z0-9_.-]*/) != nil else { continue }
            if !found.contains(String(word)), found.count < 8 { found.append(String(word)) }
        }
        return found
    }

    /// Splits at commas outside of quotes.
    private static func pieces(_ text: String) -> [String] {
        var isQuoted = false
        return text.split { character in
            if character == "\"" { isQuoted.toggle() }
            return character == "," && !isQuoted
        }.map(String.init)
    }

    /// - Parameter location: The value of a `Location` field.
    /// - Returns: `nil` for a relative address or an invalid host.
    private static func host(_ location: String) -> String? {
        URLComponents(string: location)?.host.flatMap { (try? HostText($0))?.host }
    }
}

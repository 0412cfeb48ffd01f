import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// Serves the org's port: passes each request to the simulation and sends its answer.
struct OrgResponder: Sendable {
    /// The largest body that the SOAP endpoint accepts, in bytes.
    static let soapBodyLimit = 1 << 20
    /// The largest body that every other endpoint accepts, in bytes.
    static let bodyLimit = 64 << 10

    let simulation: OrgSimulation
    /// The clock for the delays of faults.
    let clock: any Clock<Duration>
    /// `http` or `https`.
    var scheme = "http"
    private let dates = DateTexts(.httpDate)

    init(simulation: OrgSimulation, clock: any Clock<Duration>, scheme: String = "http") {
        self.simulation = simulation
        self.clock = clock
        self.scheme = scheme
    }

    /// Answers one request.
    ///
    /// - Throws: An error that makes the server close the connection.
    func respond(to request: Request, _ writer: consuming ResponseWriter, on channel: any Channel) async throws {
        let head = request.head
        let target = head.path ?? "/"
        let limit = target.hasPrefix("/services/Soap/") ? Self.soapBodyLimit : Self.bodyLimit
        let body = try await collect(request.body, upTo: limit)
        let serverName = scheme == "https" ? try await ServerNameHandler.name(of: channel) : nil
        let orgRequest = OrgRequest(
            method: head.method.rawValue, target: target, host: head.authority ?? serverName ?? "", scheme: scheme,
            serverName: serverName,
            contentType: head.headerFields[.contentType], authorization: head.headerFields[.authorization],
            wantsPrettyJSON: head.headerFields[.prettyPrint] == "1", origin: head.headerFields[.origin], body: body,
            sourceAddress: channel.remoteAddress?.ipAddress ?? "127.0.0.1", connection: ObjectIdentifier(channel))
        var (answer, headerTime) = await simulation.answer(orgRequest)
        let isCompressed = answer.isChunked && GZip.isAccepted(by: head.headerFields[.acceptEncoding])
        if isCompressed, let compressed = GZip.compress(answer.body) {
            answer.body = compressed
            answer.headers.append(("Content-Encoding", "gzip"))
        }
        let sender = AnswerSender(clock: clock, channel: channel)
        try await sender.send(response(answer, to: head, headerTime), answer.body, answer.delivery, writer)
    }

    /// Makes the simulation forget the app server of a connection when the connection closes. Further calls for the
    /// same connection do no harm.
    func forgetWhenClosed(_ channel: any Channel) {
        channel.closeFuture.whenComplete { [simulation] _ in
            let connection = ObjectIdentifier(channel)
            Task { await simulation.forget(connection) }
        }
    }

    /// Reads the body.
    ///
    /// - Returns: `nil` if the body is larger than `limit` bytes.
    private func collect(_ body: RequestBody, upTo limit: Int) async throws -> [UInt8]? {
        do {
            return [UInt8](buffer: try await body.collect(upTo: limit))
        } catch is NIOTooManyBytesError {
            return nil
        }
    }

    private func response(_ answer: OrgAnswer, to request: HTTPRequest, _ headerTime: Date) -> Response {
        var headers = HTTPFields()
        if let contentType = answer.contentType { headers[.contentType] = contentType }
        for (name, value) in answer.headers {
            guard let field = HTTPField.Name(name) else { continue }
            if field == .setCookie {
                headers.append(HTTPField(name: field, value: value))
            } else {
                headers[field] = value
            }
        }
        headers[.date] = dates.text(of: headerTime)
        if answer.keepsAlive { headers[.connection] = request.asksToClose ? "close" : "keep-alive" }
        let isHead = request.method == .head
        return Response(
            status: .init(code: answer.status), headers: headers, body: isHead ? .init() : body(of: answer))
    }

    private func body(of answer: OrgAnswer) -> ResponseBody {
        let bytes = ByteBuffer(bytes: answer.body)
        guard answer.isChunked else { return ResponseBody(byteBuffer: bytes) }
        return ResponseBody { writer in
            try await writer.write(bytes)
            try await writer.finish(nil)
        }
    }
}

extension HTTPRequest {
    fileprivate var asksToClose: Bool { headerFields[.connection]?.lowercased() == "close" }
}

extension HTTPField.Name {
    fileprivate static let prettyPrint = HTTPField.Name("X-PrettyPrint")!
}

extension FormatStyle where Self == Date.VerbatimFormatStyle {
    /// An HTTP date, such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7).
    static var httpDate: Date.VerbatimFormatStyle {
        Date.VerbatimFormatStyle(
            format: """
                \(weekday: .abbreviated), \(day: .twoDigits) \(month: .abbreviated) \(year: .defaultDigits) \
                \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\
                \(second: .twoDigits) GMT
                """,
            locale: Locale(identifier: "en_US_POSIX"), timeZone: .gmt,
            calendar: Calendar(identifier: .gregorian))
    }
}

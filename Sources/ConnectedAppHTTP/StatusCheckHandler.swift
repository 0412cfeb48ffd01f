internal import JWTBearer
internal import NIOCore
internal import NIOHTTP1

/// Rejects answers with a status below 100, which is not a status (RFC 9110 §15).
///
/// AsyncHTTPClient takes such a head for an informational one and then stops the process at the end of the answer.
final class StatusCheckHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = HTTPClientResponsePart

    /// Whether an answer was rejected. The connection is then closing, and nothing more is passed on.
    private var hasRejected = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasRejected else { return }
        if case .head(let head) = unwrapInboundIn(data), head.status.code < 100 {
            hasRejected = true
            let code = String(head.status.code)
            let status = String(repeating: "0", count: 3 - code.count) + code
            context.fireErrorCaught(
                TransportFailure(.answerMalformed, detail: "the answer has the status \(status), which does not exist"))
            return context.close(promise: nil)
        }
        context.fireChannelRead(data)
    }
}

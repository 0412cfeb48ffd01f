internal import NIOCore
internal import NIOHTTP1

/// Adds the host of an absolute-form target (`GET http://host/path`) to a request whose `Host` header names another one,
/// so that ``HostCheck`` sees both. The conversion to HTTP types drops the host of the target.
final class TargetHostHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data), let authority = Self.authority(of: head.uri),
            head.headers["Host"].contains(where: { $0.lowercased() != authority.lowercased() })
        else { return context.fireChannelRead(data) }
        head.headers.add(name: "Host", value: authority)
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    /// Returns the authority of an absolute-form target; `nil` if the target has another form.
    private static func authority(of target: String) -> String? {
        guard !target.hasPrefix("/"), let mark = target.firstRange(of: "://") else { return nil }
        return String(target[mark.upperBound...].prefix { !"/?#".contains($0) })
    }
}

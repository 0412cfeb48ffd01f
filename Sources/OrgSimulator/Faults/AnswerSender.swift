import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import ServiceLifecycle

/// Sends one answer in the manner of its delivery. A graceful shutdown ends every wait.
struct AnswerSender: Sendable {
    /// The size in bytes of one piece of a white-space body.
    private static let pieceBytes = 64 << 10

    /// The clock for delays and pauses.
    let clock: any Clock<Duration>
    /// The connection to the client.
    let channel: any Channel

    /// - Parameters:
    ///   - response: The head, and the body as it is sent if nothing disturbs it.
    ///   - body: The bytes of the same body, for a delivery that sends only a part or in pieces.
    /// - Throws: ``ConnectionCut`` to make the server close the connection; errors of writing to it.
    func send(
        _ response: Response, _ body: [UInt8], _ delivery: Delivery, _ writer: consuming ResponseWriter
    ) async throws {
        if delivery.delayMilliseconds > 0 { await pause(delivery.delayMilliseconds) }
        switch delivery.manner {
        case .whole: try await writer.write(response: response.head, body: response.body)
        case .dropped: throw ConnectionCut()
        case .held(let seconds):
            await hold(seconds)
            throw ConnectionCut()
        case .truncated(let bytes):
            let sent = ByteBuffer(bytes: body.prefix(bytes ?? body.count / 2))
            try await writer.write(
                response: response.head,
                body: ResponseBody { writer in
                    try await writer.write(sent)
                    throw ConnectionCut()
                })
        case .dripped(let bytes, let milliseconds):
            try await writer.write(response: response.head, body: dripping(body, bytes, milliseconds))
        case .filled(let bytes):
            var head = response.head
            head.headerFields[.contentLength] = bytes.map(String.init)
            try await writer.write(response: head, body: whiteSpace(bytes))
        }
    }

    private func pause(_ milliseconds: Int) async {
        // Cancellation only ends the pause early.
        try? await cancelWhenGracefulShutdown { [clock] in try await clock.sleep(for: .milliseconds(milliseconds)) }
    }

    /// Waits until the time has passed, the client leaves or the server stops, whichever comes first.
    private func hold(_ seconds: Double?) async {
        let (presence, left) = AsyncStream.makeStream(of: Never.self)
        DepartureHandler.departure(from: channel).whenComplete { _ in left.finish() }
        await cancelWhenGracefulShutdown { [clock] in
            await withTaskGroup { group in
                group.addTask { for await _ in presence {} }
                // Cancellation only ends the wait early.
                if let seconds { group.addTask { try? await clock.sleep(for: .seconds(seconds)) } }
                await group.next()
                group.cancelAll()
            }
        }
    }

    private func dripping(_ body: [UInt8], _ bytes: Int, _ milliseconds: Int) -> ResponseBody {
        ResponseBody(contentLength: body.count) { writer in
            for start in stride(from: 0, to: body.count, by: bytes) {
                if start > 0 { await pause(milliseconds) }
                try await writer.write(ByteBuffer(bytes: body[start..<min(start + bytes, body.count)]))
            }
            try await writer.finish(nil)
        }
    }

    /// Returns a body that is generated while it is sent. An endless one stops when the client leaves or the server
    /// stops.
    private func whiteSpace(_ bytes: Int?) -> ResponseBody {
        ResponseBody(contentLength: bytes) { [channel] writer in
            try await withGracefulShutdownHandler {
                let piece = ByteBuffer(repeating: UInt8(ascii: " "), count: Self.pieceBytes)
                var left = bytes
                while left ?? 1 > 0 {
                    let size = min(left ?? Self.pieceBytes, Self.pieceBytes)
                    try await writer.write(piece.getSlice(at: 0, length: size) ?? piece)
                    // Lets the connection handle this piece first, so that the next write can wait if the client reads
                    // slowly.
                    try await channel.eventLoop.submit {}.get()
                    left = left.map { $0 - size }
                }
                try await writer.finish(nil)
            } onGracefulShutdown: {
                channel.close(promise: nil)
            }
        }
    }
}

/// An error that makes the server close the connection without sending another byte.
struct ConnectionCut: Error {}

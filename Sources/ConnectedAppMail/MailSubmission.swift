internal import CCurl
internal import ConnectedApp
internal import Foundation
internal import Synchronization

/// One attempt to send a message to one recipient, through libcurl.
final class MailSubmission: Sendable {
    private let server: MailServer
    private let from: String
    private let to: String
    private let text: String
    private let limit: Duration
    private let isCancelled = Atomic(false)

    /// Whether libcurl was initialized. The first access initializes it, once per process, before any other call.
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK
    /// A separate queue, because libcurl blocks its thread during a conversation.
    private static let queue = DispatchQueue(label: "aprity.mail", attributes: .concurrent)

    init(server: MailServer, from: String, to: String, text: String, limit: Duration) {
        self.server = server
        self.from = from
        self.to = to
        self.text = text
        self.limit = limit
    }

    /// Sends the message. If the task is cancelled, the conversation is aborted within about a second.
    ///
    /// - Returns: The failure; `nil` if the server accepted the message.
    func result() async -> NoticeFailure? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                Self.queue.async { continuation.resume(returning: self.perform()) }
            }
        } onCancel: {
            isCancelled.store(true, ordering: .relaxed)
        }
    }

    /// The state that the callbacks share.
    private final class Conversation {
        /// The part of the message that is not sent yet.
        var rest: ArraySlice<UInt8>
        var record = MailRecord()
        let isCancelled: () -> Bool

        init(_ text: String, isCancelled: @escaping () -> Bool) {
            rest = Array(text.utf8)[...]
            self.isCancelled = isCancelled
        }

        /// - Parameter pointer: The pointer that libcurl passes to a callback.
        static func at(_ pointer: UnsafeMutableRawPointer?) -> Conversation? {
            pointer.map { Unmanaged<Conversation>.fromOpaque($0).takeUnretainedValue() }
        }
    }

    private func perform() -> NoticeFailure? {
        // libcurl uses this buffer until the handle is cleaned up.
        let words = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
        words.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        defer { words.deallocate() }
        guard Self.isReady, let curl = curl_easy_init() else { return NoticeFailure(.internalError) }
        defer { curl_easy_cleanup(curl) }
        let conversation = Conversation(text) { self.isCancelled.load(ordering: .relaxed) }
        var recipients: UnsafeMutablePointer<curl_slist>?
        recipients = curl_slist_append(nil, "<\(to)>")
        defer { curl_slist_free_all(recipients) }
        return withExtendedLifetime(conversation) {
            let settings = MailSettings(curl: curl)
            settings.set(server, limit)
            settings.text(CURLOPT_MAIL_FROM, "<\(from)>")
            settings.pointer(CURLOPT_MAIL_RCPT, UnsafeMutableRawPointer(recipients))
            settings.pointer(CURLOPT_ERRORBUFFER, words)
            Self.connect(settings, to: Unmanaged.passUnretained(conversation).toOpaque())
            guard settings.areAllSet else { return NoticeFailure(.internalError) }
            let code = curl_easy_perform(curl)
            if code != CURLE_OK { Self.hangUp(curl) }
            let end = MailOutcome(code, curl, words: String(cString: words))
            return MailFailureClassifier(server: server, end: end, record: conversation.record).failure
        }
    }

    /// Closes the connection after a failure. Otherwise the cleanup sends QUIT and waits up to two minutes for the
    /// reply.
    private static func hangUp(_ curl: UnsafeMutableRawPointer) {
        var socket: curl_socket_t = -1
        guard aprity_curl_get_socket(curl, &socket) == CURLE_OK, socket >= 0 else { return }
        shutdown(socket, Int32(SHUT_RDWR))
    }

    private static func connect(_ settings: MailSettings, to context: UnsafeMutableRawPointer) {
        settings.pointer(CURLOPT_READDATA, context)
        settings.transfer(CURLOPT_READFUNCTION) { buffer, size, count, context in
            guard let buffer, let conversation = Conversation.at(context) else { return 0 }
            let piece = conversation.rest.prefix(size * count)
            conversation.rest = conversation.rest.dropFirst(piece.count)
            for (index, byte) in piece.enumerated() { buffer[index] = CChar(bitPattern: byte) }
            return piece.count
        }
        settings.pointer(CURLOPT_HEADERDATA, context)
        settings.transfer(CURLOPT_HEADERFUNCTION) { buffer, size, count, context in
            guard let buffer, let conversation = Conversation.at(context) else { return 0 }
            let bytes = UnsafeRawBufferPointer(start: buffer, count: size * count)
            conversation.record.add(line: String(decoding: bytes.prefix(2000), as: UTF8.self))
            return size * count
        }
        // Without this callback, libcurl writes other data from the server to standard output.
        settings.transfer(CURLOPT_WRITEFUNCTION) { _, size, count, _ in size * count }
        settings.pointer(CURLOPT_XFERINFODATA, context)
        settings.progress { context, _, _, _, _ in Conversation.at(context)?.isCancelled() == true ? 1 : 0 }
    }
}

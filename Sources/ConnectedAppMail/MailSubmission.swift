internal import CCurl
internal import ConnectedApp
internal import Foundation
internal import Synchronization

/// One conversation with a mail server, by libcurl. The only file that calls it.
final class MailSubmission: Sendable {
    private let server: MailServer
    private let from: String
    private let to: String
    private let text: String
    private let limit: Duration
    private let isCancelled = Atomic(false)

    /// Once for the process, before any other call.
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK
    /// libcurl blocks its thread.
    private static let queue = DispatchQueue(label: "aprity.mail", attributes: .concurrent)

    init(server: MailServer, from: String, to: String, text: String, limit: Duration) {
        self.server = server
        self.from = from
        self.to = to
        self.text = text
        self.limit = limit
    }

    /// - Returns: `nil` where the server has taken the message.
    func result() async -> NoticeFailure? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                Self.queue.async { continuation.resume(returning: self.perform()) }
            }
        } onCancel: {
            isCancelled.store(true, ordering: .relaxed)
        }
    }

    /// What the callbacks work on.
    private final class Conversation {
        var rest: ArraySlice<UInt8>
        /// The server's last line that said no.
        var refusal: String?
        /// What it offers for AUTH, as it said last: over TLS.
        var mechanisms = MailMechanisms()
        let isCancelled: () -> Bool

        init(_ text: String, isCancelled: @escaping () -> Bool) {
            rest = Array(text.utf8)[...]
            self.isCancelled = isCancelled
        }

        static func at(_ pointer: UnsafeMutableRawPointer?) -> Conversation? {
            pointer.map { Unmanaged<Conversation>.fromOpaque($0).takeUnretainedValue() }
        }
    }

    private func perform() -> NoticeFailure? {
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
            Self.connect(settings, to: Unmanaged.passUnretained(conversation).toOpaque())
            guard settings.areAllSet else { return NoticeFailure(.internalError) }
            let code = curl_easy_perform(curl)
            if code != CURLE_OK { Self.hangUp(curl) }
            var status = 0
            _ = aprity_curl_get_long(curl, CURLINFO_RESPONSE_CODE, &status)
            return failure(code, status: status, conversation)
        }
    }

    /// Cleaning up says QUIT and waits for an answer, up to two minutes; not where the conversation has failed already.
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
            if let first = bytes.first, [UInt8(ascii: "4"), UInt8(ascii: "5")].contains(first) {
                conversation.refusal = String(decoding: bytes.prefix(2000), as: UTF8.self)
            }
            if let mechanisms = MailMechanisms(reply: String(decoding: bytes.prefix(2000), as: UTF8.self)) {
                conversation.mechanisms = mechanisms
            }
            return size * count
        }
        // What the server sends beside replies is nothing to print.
        settings.transfer(CURLOPT_WRITEFUNCTION) { _, size, count, _ in size * count }
        settings.pointer(CURLOPT_XFERINFODATA, context)
        settings.progress { context, _, _, _, _ in Conversation.at(context)?.isCancelled() == true ? 1 : 0 }
    }

    private func failure(_ code: CURLcode, status: Int, _ conversation: Conversation) -> NoticeFailure? {
        let reply = conversation.refusal.map(shown)
        switch code {
        case CURLE_OK: return nil
        case CURLE_COULDNT_RESOLVE_HOST: return NoticeFailure(.nameNotResolved)
        case CURLE_COULDNT_CONNECT: return NoticeFailure(.connectionRefused)
        case CURLE_OPERATION_TIMEDOUT, CURLE_ABORTED_BY_CALLBACK: return NoticeFailure(.timedOut)
        case CURLE_LOGIN_DENIED where !conversation.mechanisms.areUsable && !(400..<500).contains(status):
            return NoticeFailure(
                .noticeLoginUnsupported, reply: shown(conversation.mechanisms.description), isPermanent: true)
        case CURLE_LOGIN_DENIED:
            // Only the status: the server's words may repeat what it was sent. 4yz: it cannot look the password up now.
            let isPermanent = !(400..<500).contains(status)
            return NoticeFailure(
                .noticeLoginRefused, reply: status == 0 ? nil : String(status), isPermanent: isPermanent)
        case CURLE_USE_SSL_FAILED: return NoticeFailure(.startTLSMissing, isPermanent: true)
        case CURLE_PEER_FAILED_VERIFICATION:
            return NoticeFailure(.serverNotTrusted, reply: Self.words(of: code), isPermanent: true)
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER:
            return NoticeFailure(.tlsFailed, reply: Self.words(of: code), isPermanent: true)
        default:
            guard (400..<600).contains(status) else {
                return NoticeFailure(.connectionLost, reply: Self.words(of: code))
            }
            return NoticeFailure(.noticeRefused, reply: reply, isPermanent: status >= 500)
        }
    }

    private static func words(of code: CURLcode) -> String { String(cString: curl_easy_strerror(code)) }

    /// One line of printable ASCII. A reply that repeats the password, or a part of it, is not quoted.
    private func shown(_ reply: String) -> String {
        // An unseen character inside a password would hide it from the search.
        let visible = String(String.UnicodeScalarView(reply.unicodeScalars.filter { (" "..."~").contains($0) }))
        if let login = server.login, login.isRepeated(in: reply) || login.isRepeated(in: visible) {
            return "(not shown)"
        }
        let line = reply.unicodeScalars.prefix(200).filter { $0 != "\r" && $0 != "\n" }
        return String(String.UnicodeScalarView(line.map { (" "..."~").contains($0) ? $0 : "?" }))
    }
}

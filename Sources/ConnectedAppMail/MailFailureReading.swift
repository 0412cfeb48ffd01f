internal import CCurl
internal import ConnectedApp

/// What a mail server said in a conversation.
struct MailRecord {
    private var reply = MailReply()
    /// The server's last reply that said no.
    private(set) var refusal: MailReply?
    /// What it offers for AUTH, as it said last: over TLS.
    private(set) var mechanisms = MailMechanisms()
    /// Whether any line came. The first one is the greeting.
    private(set) var hasBegun = false

    mutating func add(line: String) {
        hasBegun = true
        reply.add(line)
        if reply.isRefusal { refusal = reply }
        if let mechanisms = MailMechanisms(reply: line) { self.mechanisms = mechanisms }
    }
}

/// How a conversation with a mail server ended, as libcurl reports it.
struct MailEnd {
    let code: CURLcode
    /// Of the last reply; 0 if none came.
    let status: Int
    /// Whether the server took the connection.
    let isConnected: Bool
    /// More than the code says, if libcurl has more.
    let words: String

    init(_ code: CURLcode, _ curl: UnsafeMutableRawPointer, words: String) {
        var (status, connectTime) = (0, curl_off_t(0))
        _ = aprity_curl_get_long(curl, CURLINFO_RESPONSE_CODE, &status)
        _ = aprity_curl_get_offset(curl, CURLINFO_CONNECT_TIME_T, &connectTime)
        self.code = code
        self.status = status
        // libcurl takes the time when TLS is up if that comes first.
        isConnected = connectTime > 0 || code == CURLE_SSL_CONNECT_ERROR
        self.words = words.isEmpty ? String(cString: curl_easy_strerror(code)) : words
    }
}

/// What the end of a conversation means for the notice.
struct MailFailureReading {
    let server: MailServer
    let end: MailEnd
    let record: MailRecord

    /// `nil` if the server has taken the message.
    var failure: NoticeFailure? {
        switch end.code {
        case CURLE_OK: nil
        case CURLE_COULDNT_RESOLVE_HOST: NoticeFailure(.nameNotResolved, reply: shown(end.words))
        case CURLE_COULDNT_CONNECT: NoticeFailure(.connectionRefused, reply: shown(end.words))
        case CURLE_OPERATION_TIMEDOUT: NoticeFailure(.timedOut, reply: wrongScheme ?? shown(end.words))
        case CURLE_ABORTED_BY_CALLBACK: NoticeFailure(.timedOut)
        case CURLE_LOGIN_DENIED: loginFailure
        // A server may offer STARTTLS and refuse it for now (RFC 3207 §4).
        case CURLE_USE_SSL_FAILED where isTemporary: NoticeFailure(.noticeRefused, reply: record.refusal.map(shown))
        case CURLE_USE_SSL_FAILED:
            NoticeFailure(.startTLSMissing, reply: record.refusal.map(shown), isPermanent: true)
        case CURLE_PEER_FAILED_VERIFICATION:
            NoticeFailure(.serverNotTrusted, reply: shown(end.words), isPermanent: true)
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER:
            NoticeFailure(.tlsFailed, reply: wrongScheme ?? shown(end.words), isPermanent: true)
        default: otherFailure
        }
    }

    private var otherFailure: NoticeFailure {
        guard (400..<600).contains(end.status) else {
            return NoticeFailure(.connectionLost, reply: wrongScheme ?? shown(end.words))
        }
        return NoticeFailure(.noticeRefused, reply: record.refusal.map(shown), isPermanent: !isTemporary)
    }

    private var isTemporary: Bool { (400..<500).contains(end.status) }

    /// Only the status: the server's words may repeat what it was sent.
    private var loginFailure: NoticeFailure {
        if isTemporary {
            return NoticeFailure(.noticeRefused, reply: "\(end.status): the server refuses the sign-in for now")
        }
        guard record.mechanisms.areUsable else {
            return NoticeFailure(
                .noticeLoginUnsupported, reply: shown(record.mechanisms.description), isPermanent: true)
        }
        return NoticeFailure(.noticeLoginRefused, reply: loginStatus, isPermanent: true)
    }

    /// The status, and what RFC 4954 §6 has for it beside a wrong password.
    private var loginStatus: String? {
        switch end.status {
        case 0: nil
        case 534: "534: the server wants a stronger mechanism"
        case 538: "538: the server wants encryption for this mechanism"
        default: String(end.status)
        }
    }

    /// What to write in the URL if its scheme is for the other way into TLS than the server's port.
    private var wrongScheme: String? {
        guard end.isConnected, !record.hasBegun else { return nil }
        switch server.security {
        case .startTLS where end.code == CURLE_OPERATION_TIMEDOUT || server.port == MailServer.implicitTLSPort:
            return "no greeting came; if the server has TLS from the start, as at port 465, write "
                + "smtps://\(server.host):\(server.port)"
        case .implicitTLS where isClearTextAnswer || MailServer.startTLSPorts.contains(server.port):
            return "the server does not begin with TLS; for STARTTLS, as at port 587, write "
                + "smtp://\(server.host):\(server.port)"
        case .startTLS, .implicitTLS, .none: return nil
        }
    }

    /// OpenSSL's words for an answer that begins with something else than a version of TLS.
    private var isClearTextAnswer: Bool {
        end.code == CURLE_SSL_CONNECT_ERROR && end.words.contains("wrong version number")
    }

    private func shown(_ reply: MailReply) -> String {
        guard server.login?.isRepeated(in: reply.joinedWords) != true else { return Self.notShown }
        return shown(reply.text)
    }

    private static let notShown = "(not shown)"

    /// One line of printable ASCII. A text that repeats the password, or a part of it, is not quoted.
    private func shown(_ text: String) -> String {
        guard server.login?.isRepeated(in: text) != true else { return Self.notShown }
        let line = text.unicodeScalars.filter { $0 != "\r" && $0 != "\n" }.prefix(200)
        return String(String.UnicodeScalarView(line.map { (" "..."~").contains($0) ? $0 : "?" }))
    }
}

internal import CCurl
internal import ConnectedApp

/// What a mail server has replied in a conversation so far.
struct MailRecord {
    /// The last reply, which may be incomplete.
    private var reply = MailReply()
    /// The last reply with a 4xx or 5xx code; `nil` if there was none.
    private(set) var refusal: MailReply?
    /// The AUTH mechanisms that the server listed last. A server lists them again after STARTTLS, so these are the
    /// valid ones.
    private(set) var mechanisms = MailMechanisms()
    /// Whether any line was received. The first line is the greeting.
    private(set) var hasBegun = false

    /// - Parameter line: The next line of the server, with or without its line end.
    mutating func add(line: String) {
        hasBegun = true
        reply.add(line)
        if reply.isRefusal { refusal = reply }
        if let mechanisms = MailMechanisms(reply: line) { self.mechanisms = mechanisms }
    }
}

/// How a conversation with a mail server ended, as libcurl reports it.
struct MailOutcome {
    let code: CURLcode
    /// The status code of the last reply; 0 if there was none.
    let status: Int
    /// Whether the server accepted the connection.
    let isConnected: Bool
    /// libcurl's detailed error text, or its general text for the code.
    let words: String

    /// - Parameters:
    ///   - curl: The handle, after the transfer.
    ///   - words: libcurl's detailed error text; empty if it gave none.
    init(_ code: CURLcode, _ curl: UnsafeMutableRawPointer, words: String) {
        var (status, connectTime) = (0, curl_off_t(0))
        _ = aprity_curl_get_long(curl, CURLINFO_RESPONSE_CODE, &status)
        _ = aprity_curl_get_offset(curl, CURLINFO_CONNECT_TIME_T, &connectTime)
        self.code = code
        self.status = status
        // With implicit TLS, libcurl sets the time only after the TLS handshake, but a handshake needs a connection.
        isConnected = connectTime > 0 || code == CURLE_SSL_CONNECT_ERROR
        self.words = words.isEmpty ? String(cString: curl_easy_strerror(code)) : words
    }
}

/// Determines from the end of a conversation why a notice was not sent.
struct MailFailureClassifier {
    let server: MailServer
    let end: MailOutcome
    let record: MailRecord

    /// The failure; `nil` if the server accepted the message.
    var failure: NoticeFailure? {
        switch end.code {
        case CURLE_OK: nil
        case CURLE_COULDNT_RESOLVE_HOST: NoticeFailure(.nameNotResolved, reply: shown(end.words))
        case CURLE_COULDNT_CONNECT: NoticeFailure(.connectionRefused, reply: shown(end.words))
        case CURLE_OPERATION_TIMEDOUT: NoticeFailure(.timedOut, reply: wrongScheme ?? shown(end.words))
        case CURLE_ABORTED_BY_CALLBACK: NoticeFailure(.timedOut)
        case CURLE_LOGIN_DENIED: loginFailure
        // A server may offer STARTTLS but refuse it temporarily (RFC 3207 §4).
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

    /// The failure of a login. It contains only the status, because the server's text may repeat the username and
    /// password.
    private var loginFailure: NoticeFailure {
        if isTemporary {
            return NoticeFailure(.noticeRefused, reply: "\(end.status): the server refuses the sign-in temporarily")
        }
        guard record.mechanisms.acceptPassword else {
            return NoticeFailure(
                .noticeLoginUnsupported, reply: shown(record.mechanisms.description), isPermanent: true)
        }
        return NoticeFailure(.noticeLoginRefused, reply: loginStatus, isPermanent: true)
    }

    /// The status, with its meaning in RFC 4954 §6 if that is not a wrong password; `nil` if there was no reply.
    private var loginStatus: String? {
        switch end.status {
        case 0: nil
        case 534: "534: the server requires a stronger mechanism"
        case 538: "538: the server requires encryption for this mechanism"
        default: String(end.status)
        }
    }

    /// A sentence with the URL to use, if the URL's scheme and the server probably start TLS in different ways;
    /// otherwise `nil`.
    private var wrongScheme: String? {
        guard end.isConnected, !record.hasBegun else { return nil }
        switch server.security {
        case .startTLS where end.code == CURLE_OPERATION_TIMEDOUT || server.port == MailServer.implicitTLSPort:
            return "the server sent no greeting; if it uses TLS from the start, as on port 465, write "
                + "smtps://\(server.host):\(server.port)"
        case .implicitTLS where isClearTextAnswer || MailServer.startTLSPorts.contains(server.port):
            return "the server does not start with TLS; for STARTTLS, as on port 587, write "
                + "smtp://\(server.host):\(server.port)"
        case .startTLS, .implicitTLS, .none: return nil
        }
    }

    /// Whether OpenSSL reported an answer that does not begin with a TLS version.
    private var isClearTextAnswer: Bool {
        end.code == CURLE_SSL_CONNECT_ERROR && end.words.contains("wrong version number")
    }

    private func shown(_ reply: MailReply) -> String {
        guard server.login?.isRepeated(in: reply.joinedText) != true else { return Self.notShown }
        return shown(reply.text)
    }

    private static let notShown = "(not shown)"

    /// Returns a text as one line of printable ASCII, at most 200 characters. A text that repeats the password or a
    /// part of it is not shown.
    private func shown(_ text: String) -> String {
        guard server.login?.isRepeated(in: text) != true else { return Self.notShown }
        let line = text.unicodeScalars.filter { $0 != "\r" && $0 != "\n" }.prefix(200)
        return String(String.UnicodeScalarView(line.map { (" "..."~").contains($0) ? $0 : "?" }))
    }
}

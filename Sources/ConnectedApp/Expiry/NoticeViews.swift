package import Foundation

/// A notice in the outbox: its content, its receiver and the result, for people and JSON.
///
/// The names of properties are JSON names (`Notice` in `openapi.yaml`) and must not change.
package struct NoticeView: Codable, Sendable, Equatable {
    package let id: String
    package let kind: NoticeKind
    package let channel: NoticeChannelKind
    /// A mail address, or a webhook's host with its port.
    package let destination: String
    /// The aliases of the connections that it is about; empty for a test.
    package let connections: [String]
    let subject: String
    let text: String
    /// SHA-256 of the certificate that it is about, in lower-case hex; `null` for a test.
    @ExplicitNull var certificateSHA256: String?
    /// When that certificate expires; `null` for a test.
    @ExplicitNull var notAfter: Date?
    /// Which notice of its kind it is. For `certificateExpiry`, the days before the certificate expires, or -1 for the
    /// day after; for `uploadMissing`, the days since the next certificate was ready; `null` for other kinds.
    @ExplicitNull package var days: Int?
    package let state: NoticeState
    /// Including one that is under way.
    let attempts: Int
    /// When the first attempt began.
    let createdAt: Date
    /// When the last attempt began.
    package let lastAttemptAt: Date
    /// The earliest time of the next attempt; `null` unless the state is `waiting`.
    @ExplicitNull package var nextAttemptAt: Date?
    /// Why the last finished attempt failed; `null` if it did not.
    @ExplicitNull public var code: Cause?
    /// The receiver's reply to that attempt, without secrets, at most 200 characters.
    @ExplicitNull public var reply: String?
}

extension NoticeView {
    init(_ notice: Notice) {
        id = notice.id
        kind = notice.content.kind
        channel = notice.address.kind
        destination = notice.address.destination
        connections = notice.content.connections
        subject = notice.content.subject
        text = notice.content.text
        state = notice.state
        attempts = notice.attempts
        createdAt = notice.createdAt
        lastAttemptAt = notice.lastAttempt
        certificateSHA256 = notice.content.certificateSHA256
        notAfter = notice.content.notAfter
        days = notice.content.lead?.days
        nextAttemptAt = notice.nextAttempt
        code = notice.cause
        reply = notice.reply
    }

    /// What to do about the failure in ``code``; `nil` if there is none. For some causes, a channel has its own remedy,
    /// which names its settings.
    package var remedy: String? {
        guard let cause = code else { return nil }
        return switch (channel, cause) {
        case (.mail, .connectionRefused):
            "Check the host and port in APRITY_SMTP_URL, and firewalls in between. aprity sends mail without a proxy."
        case (.mail, .serverNotTrusted):
            "The mail server's certificate must name the host in APRITY_SMTP_URL and be issued by an authority that "
                + "this machine trusts. If it is your own authority, set APRITY_SMTP_CA_FILE to its file, or "
                + "SSL_CERT_FILE for all of aprity's connections."
        case (.mail, .tlsFailed):
            "Check the port in APRITY_SMTP_URL: smtp:// is for STARTTLS, usually on port 587, and smtps:// for TLS "
                + "from the start, usually on port 465. The server must offer TLS 1.2 or 1.3."
        case (.webhook, .serverNotTrusted):
            "The certificate of the webhook's receiver must name its host and be issued by an authority that this "
                + "machine trusts. If it is your own authority, set APRITY_NOTIFY_WEBHOOK_CA_FILE to its file, or "
                + "SSL_CERT_FILE for all of aprity's connections."
        case (.mail, .timedOut):
            "Check the host and port in APRITY_SMTP_URL, and firewalls in between. If the server uses TLS from the "
                + "start, usually on port 465, the URL must begin with smtps://."
        case (.mail, .nameNotResolved): "Check the host in APRITY_SMTP_URL and this machine's DNS."
        case (.mail, _), (.webhook, _): cause.entry.remedy
        }
    }

    /// The result in one line, for people.
    package var result: String {
        switch state {
        case .sent: "sent"
        case .sending: "being sent"
        case .waiting: "failed, will be retried" + failure
        case .givenUp: "failed" + failure
        }
    }

    private var failure: String {
        (code.map { ": \($0.rawValue)" } ?? "") + (reply.map { " (\($0))" } ?? "")
    }
}

extension NoticeKind {
    /// Returns what such a notice is about, as part of a sentence.
    ///
    /// - Parameter days: As in ``NoticeView/days``.
    package func about(days: Int?) -> String {
        switch self {
        case .certificateExpiry: "the certificate \(Self.expiry(NoticeTiming(self, days: days)))"
        case .rotationDue: "the certificate is due to be replaced"
        case .uploadMissing:
            "the next certificate has not been uploaded" + (days.map { " for \($0) days" } ?? "")
        case .test: "a test"
        }
    }

    private static func expiry(_ lead: NoticeTiming?) -> String {
        switch lead {
        case .dayAfterExpiry: "expired a day ago"
        case .beforeExpiry(1): "expires in 1 day"
        case .beforeExpiry(let days) where days > 1: "expires in \(days) days"
        case .beforeExpiry, .afterReady, nil: "expires"
        }
    }
}

/// The state of a channel for notices, from the stored notices to its address. The names of properties are JSON names
/// (`NoticeChannel` in `openapi.yaml`) and must not change.
package struct NoticeChannelView: Codable, Sendable, Equatable {
    package let channel: NoticeChannelKind
    /// As in ``NoticeView``.
    package let destination: String
    /// Whether the last finished attempt failed.
    package let isFailing: Bool
    /// When the oldest of the notices that failed since the last success was first tried; `null` if the channel is not
    /// failing.
    @ExplicitNull var failingSince: Date?
    /// When the last successful attempt began; `null` if there is none.
    @ExplicitNull package var lastSentAt: Date?
    /// Why the last finished attempt failed; `null` if the channel is not failing.
    @ExplicitNull public var code: Cause?
    @ExplicitNull public var reply: String?

    /// A sentence about the failure; `nil` if the channel is not failing.
    var warning: String? {
        guard isFailing else { return nil }
        let since = failingSince.map { " since \($0.ISO8601Format())" } ?? ""
        let code = code?.rawValue ?? ""
        return
            "Notices by \(channel.rawValue) to \(destination) have failed\(since): \(code)"
            + (reply.map { " (\($0))" } ?? "") + "."
    }
}

extension NoticeChannelView {
    /// - Parameter notices: The notices to this address, sorted by ``Notices/newestFirst(_:)``.
    init(_ address: NoticeAddress, _ notices: [Notice]) {
        channel = address.kind
        destination = address.destination
        let ended = notices.filter { $0.state != .sending }
        let failures = ended.prefix { $0.state != .sent }
        isFailing = failures.first?.cause != nil
        failingSince = isFailing ? failures.last?.createdAt : nil
        lastSentAt = ended.first { $0.state == .sent }?.lastAttempt
        code = failures.first?.cause
        reply = failures.first?.reply
    }
}

/// The notices of all apps, and the channels. The names of properties are JSON names (`Notices` in `openapi.yaml`).
package struct NoticesView: Codable, Sendable, Equatable {
    package let channels: [NoticeChannelView]
    /// Those with the newest attempt first.
    package let notices: [NoticeView]

    /// A sentence for each failing channel. Not part of the JSON.
    package var warnings: [String] { channels.compactMap(\.warning) }
}

/// The next notice of an app, or the next attempt to send one.
package struct NextNoticeView: Codable, Sendable, Equatable {
    package let kind: NoticeKind
    /// As in ``NoticeView``.
    @ExplicitNull package var days: Int?
    package let at: Date
}

/// The notices of a connection's app. The names of properties are JSON names (`ConnectionNotices` in `openapi.yaml`).
package struct ConnectionNoticesView: Codable, Sendable, Equatable {
    package let connection: String
    package let channels: [NoticeChannelView]
    /// `null` if there is no channel, or no further notice.
    @ExplicitNull package var next: NextNoticeView?
    /// Those with the newest attempt first.
    package let notices: [NoticeView]
    /// A sentence for each failing channel.
    package let warnings: [String]
}

extension NextNoticeView {
    init(_ next: NextNotice) {
        kind = next.kind
        at = next.at
        days = next.timing?.days
    }
}

extension ConnectionNoticesView {
    init(_ connection: String, _ channels: [NoticeChannelView], _ next: NextNotice?, _ notices: [Notice]) {
        self.connection = connection
        self.channels = channels
        self.notices = notices.map(NoticeView.init)
        warnings = channels.compactMap(\.warning)
        self.next = next.map(NextNoticeView.init)
    }
}

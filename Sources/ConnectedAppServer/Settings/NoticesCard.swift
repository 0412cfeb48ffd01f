internal import ConnectedApp
internal import Foundation

/// Notices on a connection's page: the next one, to whom, and what was sent.
struct NoticesCard {
    struct Channel {
        let kind: String
        let destination: String
        let state: String
        let tone: String
        let lastSent: ShownTime?

        init(_ view: NoticeChannelView) {
            kind = view.channel
            destination = view.destination
            lastSent = view.lastSentAt.map(ShownTime.init)
            (state, tone) =
                view.isFailing ? ("fails", "bad") : lastSent == nil ? ("not tried yet", "plain") : ("works", "good")
        }
    }

    struct Next {
        let at: ShownTime
        let about: String
    }

    struct Row {
        let time: ShownTime
        let about: String
        let destination: String
        let result: String
        let tone: String
        /// Of the next attempt. A name of its own: a template looks further out for one that is not there.
        let again: ShownTime?
    }

    static let limit = 10

    let path: String
    let formToken: String
    let tone: String
    let warnings: [String]
    let hasWarnings: Bool
    let channels: [Channel]
    let hasChannels: Bool
    let next: Next?
    let rows: [Row]
    let hasRows: Bool

    /// - Parameter tests: Those of all apps: a test is about none.
    init(_ view: ConnectionNoticesView, tests: [NoticeView], session: Session) {
        path = SettingsPath.connection(view.connection)
        formToken = session.formToken
        warnings = view.warnings
        hasWarnings = !view.warnings.isEmpty
        hasChannels = !view.channels.isEmpty
        tone = hasWarnings || !hasChannels ? "warn" : "plain"
        channels = view.channels.map(Channel.init)
        next = view.next.map { Next(at: ShownTime($0.at), about: Self.about($0.kind, $0.days)) }
        let all = (view.notices + tests).sorted { ($0.lastAttemptAt, $0.id) > ($1.lastAttemptAt, $1.id) }
        rows = all.prefix(Self.limit).map { notice in
            Row(
                time: ShownTime(notice.lastAttemptAt), about: Self.about(notice.kind, notice.days),
                destination: notice.destination, result: notice.result,
                tone: notice.state == "sent" ? "good" : notice.state == "sending" ? "plain" : "bad",
                again: notice.nextAttemptAt.map(ShownTime.init))
        }
        hasRows = !rows.isEmpty
    }

    static func about(_ kind: String, _ days: Int?) -> String {
        switch (kind, days) {
        case ("certificateExpiry", .some(-1)): "the certificate ended a day ago"
        case ("certificateExpiry", .some(0)): "the certificate ends"
        case ("certificateExpiry", .some(1)): "the certificate ends in 1 day"
        case ("certificateExpiry", let days?): "the certificate ends in \(days) days"
        case ("rotationDue", _): "the certificate is due to be replaced"
        case ("uploadMissing", let days?): "the next certificate was not uploaded for \(days) days"
        case ("test", _): "a test"
        default: kind
        }
    }
}

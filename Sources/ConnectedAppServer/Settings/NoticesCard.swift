internal import ConnectedApp
internal import Foundation

/// The notices on a connection's page: the next one, the channels, and those that were sent. The property names are the
/// tags of `noticesCard.mustache`.
struct NoticesCard {
    struct Channel {
        let kind: String
        let destination: String
        let state: String
        let tone: String
        /// When a notice was last accepted; `nil` if none was.
        let lastSent: ShownTime?

        init(_ view: NoticeChannelView) {
            kind = view.channel.rawValue
            destination = view.destination
            lastSent = view.lastSentAt.map(ShownTime.init)
            (state, tone) =
                view.isFailing ? ("fails", "bad") : lastSent == nil ? ("not tried yet", "plain") : ("works", "good")
        }
    }

    /// The notice that is sent next.
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
        /// When the next attempt is due; `nil` if there is none. The name must differ from the card's `next`, because a
        /// template looks up a missing name in the enclosing scope.
        let again: ShownTime?
    }

    /// The maximum number of rows.
    static let limit = 10

    let path: String
    let formToken: String
    let tone: String
    let warnings: [String]
    let channels: [Channel]
    /// `nil` if no further notice is sent for this certificate.
    let next: Next?
    /// The latest attempt first.
    let rows: [Row]

    /// - Parameter tests: Test notices. They belong to no app, so every connection's page shows them.
    init(_ view: ConnectionNoticesView, tests: [NoticeView], session: Session) {
        path = SettingsPath.connection(view.connection)
        formToken = session.formToken
        warnings = view.warnings
        tone = view.warnings.isEmpty ? "plain" : "warn"
        channels = view.channels.map(Channel.init)
        next = view.next.map { Next(at: ShownTime($0.at), about: $0.kind.about(days: $0.days)) }
        let all = (view.notices + tests).sorted { ($0.lastAttemptAt, $0.id) > ($1.lastAttemptAt, $1.id) }
        rows = all.prefix(Self.limit).map { notice in
            Row(
                time: ShownTime(notice.lastAttemptAt), about: notice.kind.about(days: notice.days),
                destination: notice.destination, result: notice.result,
                tone: notice.state.tone, again: notice.nextAttemptAt.map(ShownTime.init))
        }
    }
}

extension NoticeState {
    fileprivate var tone: String {
        switch self {
        case .sent: "good"
        case .sending: "plain"
        case .waiting, .givenUp: "bad"
        }
    }
}

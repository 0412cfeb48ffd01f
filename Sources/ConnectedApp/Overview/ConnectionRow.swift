package import Foundation

/// What a list shows of a connection.
package struct ConnectionRow: Sendable, Equatable {
    package let alias: String
    package let username: String
    package let loginHost: String
    package let appKind: AppKind
    /// The id of the org that the connection is pinned to; `nil` before the first sign-in.
    package let organizationID: String?
    package let certificateEndsAt: Date
    package let state: ConnectionStateView
    package let isRotating: Bool
    /// Why the latest scheduled pull failed; `nil` if it did not.
    package let pullCause: Cause?
    /// When aprity last signed in for ordinary use, to within ten minutes; `nil` if it has not done so since
    /// the connection was last changed.
    package let lastUsedAt: Date?
    /// What a search looks at.
    let searched: SearchedText
    /// When the connection was added or last changed; `nil` if that is not known.
    let changedAt: Date?

    init(_ listed: ListedConnections.Listed, _ shown: ShownRecords, now: Date) {
        let (connection, app) = (listed.connection, listed.app)
        let rotation = app.rotation.flatMap(RotationStateName.init(rawValue:))
        alias = connection.alias
        username = connection.username
        loginHost = connection.loginHost
        appKind = app.kind
        organizationID = connection.organizationID
        certificateEndsAt = app.certificateEndsAt
        state = ConnectionStateView(
            .init(
                isBlocked: app.isBlocked || shown.isBlockedOutsideRecord(app.appID),
                hasConsumerKey: app.consumerKey != nil, change: app.change, certificateEndsAt: app.certificateEndsAt,
                rotation: rotation),
            connection.evidence, now: now)
        isRotating = rotation.map { $0 != .steady } ?? false
        pullCause = connection.pullCode.flatMap(Cause.init(rawValue:))
        lastUsedAt = connection.evidence?.signIn?.time
        searched = listed.searched
        changedAt = connection.changedAt
    }

    init(_ view: ConnectionView, lastUsedAt: Date?) {
        alias = view.alias
        username = view.username
        loginHost = view.loginHost
        appKind = view.appKind
        organizationID = view.organizationID
        certificateEndsAt = view.certificate.notAfter
        state = view.state
        isRotating = view.rotation != .steady
        pullCause = view.pullCause
        self.lastUsedAt = lastUsedAt
        searched = SearchedText(alias, username, loginHost, organizationID)
        changedAt = view.changedAt
    }

    /// Whether somebody must do something: because of the state, because a scheduled pull failed, or because aprity has never
    /// signed in (``organizationID`` is `nil`). The last counts even in the state `waiting`, which otherwise ends by itself.
    var needsAction: Bool {
        state.code.needsAction || hasFailingPull || (state.code == .waiting && organizationID == nil)
    }

    /// Whether the latest scheduled pull failed. The pulls of a blocked app pause.
    package var hasFailingPull: Bool { pullCause != nil && state.code != .blocked }

    /// Whether aprity has not signed in for a long time. Right after a change, there cannot have been a use yet.
    fileprivate func isUnused(at now: Date) -> Bool {
        func isPast(_ date: Date, _ days: Int) -> Bool { date < now.addingTimeInterval(-86_400 * Double(days)) }
        if let lastUsedAt { return isPast(lastUsedAt, ConnectionFilter.idleDays) }
        return changedAt.map { isPast($0, ConnectionFilter.newDays) } ?? true
    }
}

/// A property by which a list selects connections. The raw value is in the addresses of the page (`show=`), which people
/// may have bookmarked, and must not change.
package enum ConnectionFilter: String, Sendable, CaseIterable {
    /// Somebody must do something before the connection is as it should be.
    case needsAction = "needs-action"
    /// The certificate has expired or expires within ``AppCertificate/soon`` days.
    case endsSoon = "ends-soon"
    /// aprity has not signed in for ordinary use for ``ConnectionFilter/idleDays`` days, or not at all in the
    /// ``ConnectionFilter/newDays`` days after the connection was added or changed.
    case unused
    /// The latest test found that the app's key can sign in as more than one user.
    case reachTooWide = "reach-too-wide"

    package static let idleDays = 90
    package static let newDays = 7

    func selects(_ row: ConnectionRow, at now: Date) -> Bool {
        switch self {
        case .needsAction: row.needsAction
        case .endsSoon: row.certificateEndsAt < now.addingTimeInterval(Double(AppCertificate.soon) * 86_400)
        case .unused: row.isUnused(at: now)
        case .reachTooWide: row.state.cause == .reachTooWide
        }
    }
}

extension ConnectionStateView.Code {
    /// Whether somebody must do something. Not for `blocked`, because somebody ordered it, nor for `waiting`, which ends by
    /// itself.
    package var needsAction: Bool {
        switch self {
        case .consumerKeyMissing, .fails, .certificateExpired, .differs, .uploadAwaited, .certificateEndsSoon, .unclear,
            .untested:
            true
        case .blocked, .waiting, .works: false
        }
    }

    /// The position in a list that is sorted by urgency; the most urgent is 0.
    var urgency: Int {
        switch self {
        case .certificateExpired: 0
        case .fails: 1
        case .differs: 2
        case .certificateEndsSoon: 3
        case .uploadAwaited: 4
        case .unclear: 5
        case .consumerKeyMissing: 6
        case .untested: 7
        case .waiting: 8
        case .blocked: 9
        case .works: 10
        }
    }
}

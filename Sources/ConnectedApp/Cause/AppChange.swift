package import Foundation

/// The last change of an app in its org that aprity knows of. Until ``deadline`` some of the org's servers may not
/// know it yet, so answers contradict each other.
package struct AppChange: Sendable, Equatable {
    /// What was changed. It decides which refusals a spreading change can explain, and for how long.
    package enum Kind: String, Codable, Sendable, CaseIterable {
        /// The app was created: its Consumer Key was set here, or somebody said so.
        case newApp
        /// A certificate of this app was replaced here, so it is replaced in the org about now.
        case certificate
        /// Somebody said that they edited the app in Setup.
        case edit

        /// Seconds. Setup names 2 to 10 minutes after a save; a new app was seen to take up to 30
        /// (pozil/salesforce-react-integration#15, "External Client Apps" in the MintMCP guide).
        package var spread: TimeInterval {
            switch self {
            case .newApp: 1800
            case .certificate, .edit: 600
            }
        }
    }

    package let kind: Kind
    package let time: Date

    package init(_ kind: Kind, at time: Date) {
        self.kind = kind
        self.time = time
    }

    /// From this moment on, a refusal has another reason than a spreading change.
    package var deadline: Date { time.addingTimeInterval(kind.spread) }

    /// - Returns: ``deadline`` if the change may still be spreading and can be the reason for the cause; otherwise `nil`.
    package func explains(_ cause: Cause, at now: Date) -> Date? {
        cause.spreadingChanges.contains(kind) && now < deadline ? deadline : nil
    }

    /// The change that is waited for after one more: while an app is new, whatever is done to it spreads like a new app.
    package func followed(by kind: Kind, at time: Date) -> AppChange {
        AppChange(self.kind == .newApp && time < deadline ? .newApp : kind, at: time)
    }
}

extension Cause {
    /// The changes that can cause this while they spread.
    ///
    /// Confirmed for this flow are the refusals of an unknown app, of the signature and of a missing approval
    /// (forcedotcom/cli#1640, #3482; pozil/salesforce-react-integration#15). The others follow from what the change
    /// concerns. What is read from the org's own records, such as a user or a permission set, does not spread.
    package var spreadingChanges: Set<AppChange.Kind> { Self.spreadingChanges[self] ?? [] }

    private static let spreadingChanges: [Cause: Set<AppChange.Kind>] = [
        .consumerKeyUnknown: [.newApp, .edit], .appNotInstalled: [.newApp, .edit], .audienceRefused: [.newApp, .edit],
        .userNotApproved: [.newApp, .edit], .userNotAdminApproved: [.newApp, .edit],
        .refreshTokenScopeMissing: [.newApp, .edit], .noValidScopes: [.newApp, .edit], .scopesDiffer: [.edit],
        .signatureRefused: [.newApp, .certificate, .edit], .assertionRefused: [.newApp, .certificate, .edit],
        .certificateOfAnotherApp: [.newApp, .certificate, .edit], .certificateExpired: [.newApp, .certificate, .edit],
        .appBlockedInOrg: [.edit], .appUninstalled: [.edit], .sessionLevelUnmet: [.edit], .jwtFormatToken: [.edit],
        .apiAccessRestricted: [.edit],
    ]
}

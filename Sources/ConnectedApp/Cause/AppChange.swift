internal import Foundation

/// The latest change to an app in Salesforce that aprity knows of.
///
/// Until ``deadline``, some of the org's servers may not have the change yet, so answers may contradict each other.
struct AppChange: Sendable, Equatable {
    /// What was changed. It determines which refusals the change can explain while it spreads, and for how long.
    ///
    /// The raw values are stored; they must not change.
    enum Kind: String, Codable, Sendable, CaseIterable {
        /// The app was created: its Consumer Key was set in aprity, or the user said so.
        case newApp
        /// The app's certificate was replaced in aprity, so it is being replaced in the org about now.
        case certificate
        /// The user said that they edited the app in Setup.
        case edit

        /// How long the change may take to reach all servers, in seconds. Setup says 2 to 10 minutes after a save. For a
        /// new app, reports say up to 30 minutes (pozil/salesforce-react-integration#15; "External Client Apps" in the MintMCP
        /// guide).
        var longestSpread: TimeInterval {
            switch self {
            case .newApp: 1800
            case .certificate, .edit: 600
            }
        }
    }

    let kind: Kind
    /// When the change was made, as far as aprity knows: when it was set in aprity or reported.
    let time: Date

    init(_ kind: Kind, at time: Date) {
        self.kind = kind
        self.time = time
    }

    /// From this time on, the spreading of the change no longer explains a refusal.
    var deadline: Date { time.addingTimeInterval(kind.longestSpread) }

    /// Returns ``deadline`` if the change may still be spreading at `now` and can lead to this cause; otherwise `nil`.
    func spreadingDeadline(_ cause: Cause, at now: Date) -> Date? {
        cause.spreadingChanges.contains(kind) && now < deadline ? deadline : nil
    }

    /// Returns the change to wait for after a further change. While an app is new, each of its changes may take as long to
    /// spread as the new app itself.
    func followed(by kind: Kind, at time: Date) -> AppChange {
        AppChange(self.kind == .newApp && time < deadline ? .newApp : kind, at: time)
    }
}

extension Cause {
    /// The changes that can lead to this cause while they spread; empty if none can.
    ///
    /// Reports about JWT Bearer confirm this for an unknown app, the signature and a missing approval
    /// (forcedotcom/cli#1640, #3482; pozil/salesforce-react-integration#15). The other entries are inferred from what the
    /// change affects. Changes to records, such as users or permission set assignments, take effect at once.
    var spreadingChanges: Set<AppChange.Kind> { Self.spreadingChanges[self] ?? [] }

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

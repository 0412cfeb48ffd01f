internal import Foundation

/// The texts about a rotation's state, for ``RotationView``.
struct RotationWords {
    let found: FoundConnection
    let state: Rotation.State
    let reader: GuideMedium
    let now: Date

    private var alias: String { found.connection.value.alias.description }
    private var record: RotationRecord? { found.rotation }
    private var hasTwoApps: Bool { record?.rotation.hasTwoApps ?? false }
    private var isGivenUp: Bool { record?.rotation.isGivenUp ?? false }
    private var isRolledBack: Bool { record?.rotation.isRolledBack ?? false }
    /// As part of a sentence, as in "the … key".
    private var wantedWord: String { isRolledBack ? "former" : "next" }
    private var oldWord: String { isGivenUp ? "given-up" : isRolledBack ? "rolled-back" : "former" }

    /// As ``RotationView/isOverdue``.
    var isOverdue: Bool {
        guard case .prepared(_, _, let since) = state else { return false }
        return now.timeIntervalSince(since) > RotationPolicy.uploadDeadline
    }

    /// As ``RotationView/summary``.
    var summary: String {
        switch state {
        case .steady: "One key, one certificate; no rotation is under way."
        case .generating: "The next key is being created."
        case .prepared:
            hasTwoApps
                ? "The next certificate is ready for a second app; the present app stays in use."
                : "The next certificate is ready. Both keys are in use, so it can be uploaded at any time."
        case .publishing, .proving:
            isRolledBack ? rollbackSummary : progressSummary
        case .retiring(_, _, let until) where isGivenUp:
            """
            The next certificate was given up; the certificate in force is unchanged. The given-up key is kept at \
            least until \(until.ISO8601Format()), in case its certificate was uploaded.
            """
        case .retiring where isRolledBack:
            """
            The former certificate is in force again. The rolled-back key is kept, and is tried if the former one is \
            refused.
            """
        case .retiring:
            "The new certificate is in force. The former key is kept, and is tried if the new one is refused."
        case .destroying: "The \(oldWord) key is being destroyed."
        }
    }

    /// The summary in the states `publishing` and `proving`.
    private var progressSummary: String {
        if state.name == .publishing {
            return hasTwoApps
                ? "The second app is being tried; the present app stays in use."
                : isUploadDue
                    ? "Rolled back: the next certificate is to be in force again. Both keys are in use."
                    : "The upload was reported, and no server has accepted the next key yet. Both keys are in use."
        }
        return hasTwoApps
            ? "The second app accepts the next key; the present app stays in use until that is proven."
            : "Servers of the org accept the next key; aprity checks whether all do. Both keys are in use."
    }

    /// The summary in the states `publishing` and `proving`, after a rollback.
    private var rollbackSummary: String {
        let goal =
            hasTwoApps
            ? "Rolled back: the former app is to be used again"
            : "Rolled back: the former certificate is to be in force again"
        if state.name == .proving {
            return goal + ". Servers of the org accept its key; aprity checks whether all do. Both keys are in use."
        }
        return goal + (isUploadDue ? "." : ", and its upload was reported.") + " Both keys are in use."
    }

    /// Whether somebody rolled back, and nobody has reported since that the other certificate was uploaded.
    private var isUploadDue: Bool { record?.rotation.rolledBackAt != nil }

    /// As ``RotationView/waitsFor``.
    var waitsFor: String? {
        switch state {
        case .steady: nil
        case .generating: "the creation of the key"
        case .prepared: "the upload of the next certificate"
        case .publishing:
            "a server of the org to accept the \(wantedWord) key; a change takes 2 to 10 minutes to reach all servers"
        case .proving:
            hasTwoApps
                ? "ten minutes in which the second app accepts every sign-in"
                : "ten minutes without a stale answer, and then the other key to be refused everywhere"
        case .retiring(_, _, let until):
            now < until
                ? "the end of the \(oldWord) key's retention period"
                : hasTwoApps && !isGivenUp
                    ? "the former app to be deleted in Salesforce" : "the \(oldWord) key to be refused everywhere"
        case .destroying: "the key store to destroy the key"
        }
    }

    /// What an admin has to do now; empty if there is nothing to do but wait.
    var toDo: [GuideStep] {
        switch state {
        case .steady, .generating, .destroying: []
        case .publishing: isUploadDue ? uploadingAfterRollback : []
        case .prepared:
            hasTwoApps ? movingToSecondApp : SetupGuide(.rotate, for: subject).steps(without: .startRotation)
        case .proving: afterNeither
        case .retiring(_, _, let until):
            hasTwoApps && !isGivenUp && record?.otherApp != nil ? [.click(deleteFormerApp(now < until))] : []
        }
    }

    /// The app whose Setup the guides describe: the second app if there is one, otherwise the present one.
    private var subject: GuidedApp {
        found.setupSubject(of: found.app.value.asOtherApp(record?.otherApp), reader: reader)
    }

    /// What an admin does after a rollback: uploads the certificate that is to be in force again. With two apps, each
    /// app still has its own.
    private var uploadingAfterRollback: [GuideStep] {
        guard hasTwoApps else { return SetupGuide(.rotate, for: subject).steps(without: .startRotation) }
        return [
            .check("Check in Setup that the former app still exists. Its certificate did not change: upload nothing.")
        ]
    }

    private var movingToSecondApp: [GuideStep] {
        let createClicks =
            switch reader {
            case .commandLine: "`aprity app guide \(alias) --task create`"
            case .settingsPage: "see Create the app, under Clicks in Setup on this connection's page"
            }
        let confirm =
            switch reader {
            case .commandLine: "`aprity rotate uploaded \(alias) --consumer-key KEY` with the second app's Consumer Key"
            case .settingsPage: "Paste the second app's Consumer Key, and choose I uploaded it"
            }
        return [
            SetupGuide.downloadNext(subject),
            .click(
                "Create a second app in Setup like the first one, with another name and that file as its certificate "
                    + "(\(createClicks)), and pre-authorize the same user"),
            .command(confirm, .confirmUpload),
        ]
    }

    /// The step after the org refused both keys; empty if it did not.
    private var afterNeither: [GuideStep] {
        guard let neither = record?.rotation.evidence.neitherAt else { return [] }
        let next =
            switch reader {
            case .commandLine: "`aprity certificate download \(alias) --next`"
            case .settingsPage: subject.nextCertificateFile
            }
        return [
            .check(
                "At \(neither.ISO8601Format()), the org refused both keys: check which certificate the app has, and "
                    + "upload the next one (\(next))")
        ]
    }

    /// - Parameter isKept: Whether the former app's key must still be kept.
    private func deleteFormerApp(_ isKept: Bool) -> String {
        "Delete the former app in Setup"
            + (isKept ? " when nobody else uses it any more" : "; its key is kept until then")
    }

    /// - Parameters:
    ///   - other: The certificate of the other key; `nil` if there is none.
    ///   - isDue: Whether the active certificate is due to be replaced, in any state.
    func warnings(active: AppCertificate, other: AppCertificate?, isDue: Bool) -> [String] {
        var warnings: [String] = []
        if now > active.notAfter {
            warnings.append("The certificate in force has expired; Salesforce may refuse sign-ins with it at any time.")
        }
        if isDue, state.name == .steady {
            switch reader {
            case .commandLine: warnings.append("A rotation is due: `aprity rotate start \(alias)`.")
            case .settingsPage: warnings.append("A rotation is due.")
            }
        }
        if isOverdue {
            warnings.append("The next certificate has been ready for over 30 days, and nobody has uploaded it.")
        }
        if let other, state.next != nil, now > other.notAfter {
            warnings.append(
                "The next certificate has expired: abort this rotation or, after the upload, roll it back. Then begin "
                    + "another.")
        }
        if record?.rotation.evidence.neitherAt != nil, state.name != .steady {
            warnings.append(
                "The org refuses both keys: the app has another certificate. Upload the next one again or, if there is "
                    + "none, the one in force.")
        }
        return warnings
    }
}

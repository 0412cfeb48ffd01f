package import Foundation

/// The progress of replacing a compromised key, as it is shown.
///
/// A JSON document; property names and raw values must not change.
package struct CompromiseView: Codable, Sendable {
    package enum StepID: String, Codable, Sendable, CaseIterable {
        /// aprity signs nothing and hands out no token.
        case blockedHere
        /// An admin blocked the app in Salesforce. Only this stops whoever has the key.
        case blockedInSalesforce
        /// The next key and its certificate exist.
        case nextCertificate
        /// An admin saved the next certificate in the app, and unblocked the app in Salesforce. A certificate in a
        /// second app needs no unblocking.
        case upload
        /// The org accepts the next key everywhere. The former one is refused everywhere and destroyed.
        case replaced
        /// The org refuses every token that aprity knows.
        case knownTokensDead
        /// An admin revoked the tokens that others may have.
        case revokedInSalesforce
    }

    package enum StepState: String, Codable, Sendable {
        case done
        /// The first step that is not done.
        case now
        case later
    }

    package struct Step: Codable, Sendable {
        package let id: StepID
        package let state: StepState
        /// When it was done; `null` if it is not done, or if the time is not known.
        @ExplicitNull package var at: Date?
        package let title: String
        /// What an admin does in Salesforce; empty if the step is done or aprity does it.
        package let clicks: [String]
        /// The command to run afterwards; `null` if there is none.
        @ExplicitNull package var command: String?
    }

    package let connection: String
    /// The reason of the report. It may differ from the reason of the block, which may be older.
    package let reason: String
    /// When the key was reported.
    package let toldAt: Date
    /// SHA-256 of the certificate whose key was reported, in lower-case hex.
    package let certificateSHA256: String
    /// Whether everything except unblocking is done.
    package let isOver: Bool
    /// All steps, in the order in which to take them.
    package let steps: [Step]
    /// Sentences that say where to look for traces of somebody else.
    package let evidence: [String]
    let block: BlockView
    package let rotation: RotationView
}

extension CompromiseView {
    /// - Parameters:
    ///   - signIns: The app's sign-ins since thirty days before the report.
    ///   - reader: Where the steps are shown.
    init(
        _ found: FoundConnection, _ compromise: Compromise, block: BlockView, rotation: RotationView,
        signIns: [SignInEntry], reader: GuideMedium, now: Date
    ) {
        let alias = found.connection.value.alias.description
        let plan = CompromisePlan(
            found: found, compromise: compromise, block: block, rotation: rotation, reader: reader, now: now)
        connection = alias
        reason = compromise.reason ?? block.reason
        toldAt = compromise.toldAt
        certificateSHA256 = compromise.certificateSHA256
        steps = plan.steps
        isOver = plan.steps.allSatisfy { $0.state == .done }
        evidence = plan.evidence(signIns)
        self.block = block
        self.rotation = rotation
    }
}

/// The steps of replacing a compromised key, and which of them are done.
private struct CompromisePlan {
    let found: FoundConnection
    let compromise: Compromise
    let block: BlockView
    let rotation: RotationView
    let reader: GuideMedium
    let now: Date

    private var alias: String { found.connection.value.alias.description }
    private var isReplaced: Bool { found.isReplaced }

    /// The steps of a task, without those that aprity does at another time: it has blocked the app, and unblocks it at
    /// the end.
    private func clicks(_ task: SetupTask) -> [GuideStep] {
        SetupGuide(task, for: found.setupSubject(reader: reader))
            .steps(without: .block, .unblock, .followChange, .startRotation, .confirmUpload)
    }

    var steps: [CompromiseView.Step] {
        var isFirst = true
        return parts.map { part in
            let state: CompromiseView.StepState = part.isDone ? .done : isFirst ? .now : .later
            if !part.isDone { isFirst = false }
            return .init(
                id: part.id, state: state, at: part.isDone ? part.at : nil, title: part.title,
                clicks: part.isDone ? [] : part.clicks.map(\.text), command: part.isDone ? nil : part.command)
        }
    }

    private struct Part {
        let id: CompromiseView.StepID
        let isDone: Bool
        var at: Date?
        let title: String
        var clicks: [GuideStep] = []
        var command: String?
    }

    private var parts: [Part] {
        let again = "aprity credential compromise \(alias)"
        let facts = block.facts.filter { $0.id == .noNewSignature || $0.id == .noNewHandOut }
        let isMade =
            isReplaced || (![RotationStateName.generating, .steady].contains(rotation.state) && !rotation.isGivenUp)
        let isUploaded = isMade && compromise.isUploaded(since: found.rotation?.begunAt)
        return [
            Part(
                id: .blockedHere, isDone: facts.allSatisfy(\.isTrue), at: facts.compactMap(\.at).max(),
                title: "aprity signs nothing and hands out no token"),
            Part(
                id: .blockedInSalesforce, isDone: compromise.blockedInOrgAt != nil, at: compromise.blockedInOrgAt,
                title: "The app is blocked in Salesforce; nothing else stops whoever has the key",
                clicks: clicks(.block), command: again + " --blocked-in-salesforce"),
            Part(
                id: .nextCertificate, isDone: isMade, title: "The next key and its certificate exist", command: again),
            Part(
                id: .upload, isDone: isUploaded, at: compromise.uploadedAt,
                title: "The next certificate is saved in the app, and the app is unblocked in Salesforce",
                clicks: uploadClicks,
                command: again + " --uploaded" + (rotation.hasSecondApp ? " --consumer-key KEY" : "")),
            Part(
                id: .replaced, isDone: isReplaced, at: compromise.replacedAt,
                title: "The org accepts the next key everywhere; the former key is refused everywhere and destroyed",
                clicks: isUploaded ? rotationSteps : [], command: again + " --wait 1800"),
            Part(
                id: .knownTokensDead, isDone: isReplaced && block.tokensLeft == 0,
                title: "The org refuses every token that aprity knows", command: again),
            Part(
                id: .revokedInSalesforce, isDone: compromise.revokedInOrgAt != nil, at: compromise.revokedInOrgAt,
                title: "An admin has revoked every token that somebody else may have",
                clicks: revocationClicks, command: again + " --revoked-in-salesforce"),
        ]
    }

    /// The steps of the rotation that an admin takes now.
    private var rotationSteps: [GuideStep] {
        guard let state = found.rotation?.rotation.state else { return [] }
        return RotationWords(found: found, state: state, reader: reader, now: now).toDo
    }

    private var uploadClicks: [GuideStep] {
        guard rotation.hasSecondApp else { return uploadInSameApp }
        return rotationSteps.filter { $0.act != .confirmUpload }
    }

    private var uploadInSameApp: [GuideStep] {
        clicks(.rotate) + [.wait("Wait ten minutes. Until then, some servers may still trust the former key")]
            + clicks(.unblock)
    }

    private var revocationClicks: [GuideStep] {
        switch found.app.value.kind {
        case .externalClientApp:
            [
                .click("Setup > Quick Find: External Client Apps > OAuth Usage"),
                .click("In the app's row, click the number of users, then Revoke"),
            ]
        case .connectedApp:
            [
                .click("Setup > Quick Find: Connected Apps > Connected Apps OAuth Usage"),
                .click("In the app's row, click the number of users, then Revoke"),
            ]
        }
    }

    func evidence(_ signIns: [SignInEntry]) -> [String] {
        [
            ownSignIns(signIns.filter { $0.startedAt <= compromise.toldAt }, listed: signIns.count),
            "Login History of \(found.connection.value.username.description): a sign-in through this app at a time when "
                + "aprity did not sign in, or from an address that is not aprity's, may be somebody else's. See "
                + "\(places().loginHistory).",
            "Somebody may have changed the app's settings. After the app is unblocked, compare its settings: "
                + "\(reader.appCheck(alias)).",
            "The audit record of aprity: \(places().audit).",
        ]
    }

    /// A sentence about aprity's sign-ins before the report, so that readers can recognize others in Login History.
    ///
    /// - Parameter listed: How many audit records to list so that all of them are shown.
    private func ownSignIns(_ signIns: [SignInEntry], listed: Int) -> String {
        guard !signIns.isEmpty else { return "aprity did not sign in with this app in the 30 days before the report." }
        let ways = Set(signIns.map(\.egress)).sorted().joined(separator: ", ")
        let last = signIns.map(\.startedAt).max()?.ISO8601Format() ?? "-"
        let (granted, refused) = (count(.granted, signIns), count(.refused, signIns))
        let open = signIns.count - granted - refused
        let unknown = open == 0 ? "" : ", \(open) without an answer"
        return
            "Sign-ins of aprity in the 30 days before the report: \(granted) granted, \(refused) refused\(unknown) (\(ways)), last at "
            + "\(last): \(places(listed: listed).signIns)."
    }

    private func count(_ kind: SignInOutcome.Kind, _ signIns: [SignInEntry]) -> Int {
        signIns.count { $0.outcome?.kind == kind }
    }

    /// Where the reader can see the sign-ins, Login History and the audit record.
    private func places(listed: Int = 0) -> (signIns: String, loginHistory: String, audit: String) {
        switch reader {
        case .commandLine:
            (
                "`aprity audit list --connection \(alias) --act signedIn --limit \(listed)`",
                "`aprity app guide \(alias) --task login-history`",
                "`aprity audit verify`"
            )
        case .settingsPage:
            (
                "Audit, at the top of the page",
                "\(SetupTask.loginHistory.title), under Clicks in Setup on this connection's page",
                "Audit, at the top of the page"
            )
        }
    }
}

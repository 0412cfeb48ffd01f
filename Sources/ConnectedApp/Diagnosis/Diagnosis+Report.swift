internal import Foundation
internal import JWTBearer

extension Diagnosis {
    /// Tests the connection, saves the test in the history, and returns it with further facts about the connection.
    ///
    /// - Parameters:
    ///   - showingNames: Whether to leave usernames and the Consumer Key unmasked.
    ///   - onStep: Called after each step of the test.
    /// - Throws: The errors of ``test(_:id:as:onStep:onUnsaved:)``, or those of the store. A failed test is not an error.
    package func report(
        on alias: String, showingNames: Bool = false, as principal: Principal,
        onStep: @Sendable (TestView.Step) -> Void = { _ in }
    ) async throws -> ReportView {
        let test = try await test(alias, as: principal, onStep: onStep)
        let target = try await targets.preferred(alias)
        let now = surroundings.now()
        let (found, signIns) = try await targets.readShown { shown in
            let signIns = try shown.records.reading.signIns(since: now.addingTimeInterval(-3600))
            return (try FoundConnection(alias, shown), signIns.filter { $0.appID == target.appID })
        }
        // If the audience is not decided, `audienceReason` says why.
        let audience = try? target.audience()
        let claims: ReportView.Claims? = target.consumerKey.flatMap { key in
            audience.map {
                .init(
                    iss: key.description, sub: target.username.description, aud: $0.url,
                    lifetimeSeconds: Assertion.defaultLifetime, algorithm: "RS256")
            }
        }
        let report = ReportView(
            version: 1, madeAt: now, isMasked: !showingNames, connection: alias, appKind: target.appKind,
            loginHost: target.loginHost.description, organizationID: target.pinnedOrganizationID?.description,
            claims: claims, audienceReason: found.audience.reason,
            certificate: CertificateView(try found.credential.value.certificate(), now: now),
            isBlocked: found.app.value.isBlocked, test: test,
            signIns: signIns.suffix(20).reversed().map {
                ReportView.SignIn(time: $0.startedAt, purpose: $0.purpose, outcome: $0.outcome?.code)
            },
            change: try await reportedChange(of: alias, as: principal))
        try await record(.reportMade, alias, principal, facts: ["masked": String(!showingNames)])
        guard !showingNames else { return report }
        return try masking(target, report).apply(to: report)
    }

    /// Returns the last reported change; `nil` if none was reported.
    private func reportedChange(of alias: String, as principal: Principal) async throws -> ChangeWatchView? {
        do { return try await change(of: alias, as: principal) } catch let error as ConnectedAppError
            where error.cause == .notWatched
        {
            return nil
        }
    }

    /// Returns a masking that replaces every known username in the report, and the Consumer Key.
    private func masking(_ target: Target, _ report: ReportView) -> Masking {
        var names = [(target.username.description, Masking.username(target.username.description))]
        if let key = target.consumerKey { names.append((key.description, key.masked)) }
        names += report.test.namedUsers.filter { $0.contains("@") }.map { ($0, Masking.username($0)) }
        return Masking(names)
    }
}

extension ReportView {
    /// The report as Markdown. The org's texts are escaped or formatted as code, so that they cannot add HTML, links,
    /// emphasis or table cells.
    package var markdown: String {
        var lines = ["# Report on the connection \(Self.code(connection))", ""]
        lines.append(
            "Made \(madeAt.ISO8601Format()). \(isMasked ? "Usernames and the Consumer Key are masked." : "Usernames and the Consumer Key are shown.")"
        )
        lines += ["", "| | |", "|---|---|"]
        lines += facts.map { "| \($0) | \(Self.code($1)) |" }
        lines += ["", "## Verdict", "", verdict]
        lines += reasonLines
        lines += ["", "## Steps", "", "| step | outcome | because | evidence |", "|---|---|---|---|"]
        lines += test.steps.map { step in
            let evidence = step.evidence.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(
                separator: "; ")
            let because = [step.because, step.notice].compactMap { $0 }.joined(separator: " ")
            return
                "| \(step.id.rawValue) | \(step.outcome.rawValue) | \(Self.plain(because)) | \(Self.code(evidence)) |"
        }
        lines += probeLines
        lines += ["", "## Sign-ins of the last hour", ""]
        lines += signIns.map { "- \($0.time.ISO8601Format()) \($0.purpose.rawValue): \($0.outcome ?? "not finished")" }
        if signIns.isEmpty { lines.append("None.") }
        if let change { lines += ["", "## The last reported change", "", Self.plain(change.because)] }
        return lines.joined(separator: "\n") + "\n"
    }

    private var facts: [(String, String)] {
        var facts = [
            ("App kind", appKind.label), ("Login host", loginHost), ("Org", organizationID ?? "not known yet"),
            ("Audience", claims?.aud ?? "not decided"), ("Reasoning", audienceReason),
            ("Certificate SHA-256", certificate.sha256), ("Public key SHA-256", certificate.publicKeySHA256),
            (
                "Certificate valid",
                "\(certificate.notBefore.ISO8601Format()) to \(certificate.notAfter.ISO8601Format())"
            ),
            ("Blocked in aprity", isBlocked ? "yes" : "no"),
        ]
        if let claims {
            facts += [
                ("iss", claims.iss), ("sub", claims.sub),
                ("alg, lifetime", "\(claims.algorithm), \(claims.lifetimeSeconds) s"),
            ]
        }
        return facts
    }

    private var verdict: String {
        guard let cause = test.cause else { return test.headline }
        let among =
            cause.among.isEmpty
            ? "" : " The evidence does not decide between: \(cause.among.map(\.rawValue).joined(separator: ", "))."
        let certainty = cause.certain ? "Certain" : "Likely"
        return
            "\(certainty): `\(cause.code.rawValue)`. \(Self.plain(cause.summary))\(among) \(Self.plain(cause.remedy))"
    }

    private var reasonLines: [String] {
        guard let cause = test.cause, !cause.reasons.isEmpty else { return [] }
        return [""] + cause.reasons.map { "- \(Self.plain($0))" }
    }

    private var probeLines: [String] {
        guard !test.probes.isEmpty else { return [] }
        return ["", "## Further sign-ins to narrow down the cause", "", "| asked | answer | shows |", "|---|---|---|"]
            + test.probes.map { "| \($0.asks) | \(Self.code($0.answer)) | \(Self.plain($0.shows)) |" }
    }

    /// Returns the text as inline code in a table, without characters that Markdown, HTML or a terminal would interpret.
    private static func code(_ text: String) -> String {
        guard !text.isEmpty else { return "" }
        return "`" + visible(text).replacing("`", with: "'").replacing("|", with: "\\|") + "`"
    }

    /// Escapes the backslash, and the characters that could form a tag, a link's text, emphasis or a table cell. Backticks
    /// stay, because aprity's own sentences mark code with them.
    private static func plain(_ text: String) -> String {
        var result = visible(text)
        // The backslash first, so that those of the other escapes stay single.
        for character in ["\\", "<", ">", "|", "[", "]", "*", "_"] {
            result = result.replacing(character, with: "\\" + character)
        }
        return result
    }

    private static func visible(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.isHidden ? " " : $0 }))
    }
}

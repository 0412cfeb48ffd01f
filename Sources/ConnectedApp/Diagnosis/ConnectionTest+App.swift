internal import Foundation
internal import MetadataAPI

extension ConnectionTest {
    /// Returns a reader of the org's Setup; `nil` if the step `api` did not pass.
    private func org(_ findings: Findings) -> OrgSetup? {
        guard findings.apiWorks, let granted = findings.granted, let version = findings.version else { return nil }
        return OrgSetup(api: api(for: granted), version: version)
    }

    /// Reads the app's settings and the users whom its key can sign in as, for this and the later steps.
    func policy(_ findings: inout Findings) async throws -> Verdict {
        guard let org = org(findings), let consumerKey = target.consumerKey else { return notRead(findings) }
        let app = try await org.app(of: target, consumerKey: consumerKey).app()
        findings.app = app
        try await saveApp(app)
        return verdict(app[.permittedUsers]) { policy in
            app.permittedUsers == .adminApproved
                ? .passes("Permitted Users is \"Admin approved users are pre-authorized\".", ["permittedUsers": policy])
                : .fails(ConnectedAppError(.selfAuthorizationAllowed, evidence: ["permittedUsers": policy]))
        }
    }

    func preauthorization(_ findings: inout Findings) async throws -> Verdict {
        guard let org = org(findings), let app = findings.app else { return notRead(findings) }
        let reach = try await org.reach.reach(of: app)
        findings.reach = reach
        switch reach {
        case .unknown(let reason): return .unknown(reason.sentence)
        case .everybody: return .unknown("Nobody is pre-authorized while every user may authorize the app.")
        case .users(let users, let ways):
            let own = target.username.description.lowercased()
            guard users.contains(where: { $0.lowercased() == own }) else {
                return .fails(
                    ConnectedAppError(
                        .userNotAdminApproved,
                        detail: "The org does not list this user for the app; a change may be spreading.",
                        evidence: Self.facts(users, ways)))
            }
            let by = ways.filter { $0.users.contains { $0.lowercased() == own } }.map {
                "\($0.kind.rawValue) \($0.name)"
            }
            return .passes("Pre-authorized by \(by.joined(separator: ", ")).", ["by": by.joined(separator: ", ")])
        }
    }

    func appScopes(_ findings: Findings) -> Verdict {
        guard let app = findings.app else { return notRead(findings) }
        return verdict(app[.scopes]) { scopes in
            guard app[.scopes] == ApprovedApp.scopes else {
                return .fails(
                    ConnectedAppError(
                        .scopesDiffer,
                        detail: "The app does not have exactly the two required scopes: it has \(scopes).",
                        evidence: ["scopes": scopes, "required": ApprovedApp.scopes.value ?? ""]))
            }
            return .passes("The app has exactly the two scopes.", ["scopes": scopes])
        }
    }

    func appCertificate(_ findings: Findings) -> Verdict {
        guard let app = findings.app else { return notRead(findings) }
        guard let own = target.certificate else { return .unknown("Only a key file was given, no certificate.") }
        if case .unknown(let reason) = app[.certificate] {
            return .passes(
                "The org does not show the app's certificate. It accepted the sign-in, so the server that answered has this "
                    + "connection's certificate.",
                ["own": own.sha256, "notShown": reason.sentence])
        }
        return verdict(app[.certificate]) { held in
            let evidence = ["held": held.isEmpty ? "none" : held, "own": own.sha256]
            guard held == own.sha256 else { return .fails(ConnectedAppError(.certificateDiffers, evidence: evidence)) }
            return .passes("The org holds this connection's certificate.", evidence)
        }
    }

    func reach(_ findings: Findings) -> Verdict {
        guard findings.app != nil else { return notRead(findings) }
        guard let reach = findings.reach else {
            return .unknown("The users of the app could not be read; see the step `preauthorization`.")
        }
        switch reach {
        case .unknown(let reason): return .unknown(reason.sentence)
        case .everybody(let count):
            return .fails(
                ConnectedAppError(
                    .reachTooWide,
                    detail:
                        "The key can sign in as any active user who approves the app. Active users in the org: \(count).",
                    evidence: ["users": String(count)]))
        case .users(let users, let ways):
            let evidence = Self.facts(users, ways)
            switch users.count {
            case 1: return .passes("The key can sign in as one user.", evidence)
            case 0: return .unknown("The org lists no pre-authorized user; a change may be spreading.", evidence)
            default:
                return .fails(
                    ConnectedAppError(
                        .reachTooWide, detail: "The app's key can sign in as \(users.count) users.",
                        evidence: evidence))
            }
        }
    }

    func loginRanges(_ findings: Findings) async throws -> Verdict {
        guard let reading = org(findings)?.user(of: target) else { return notRead(findings) }
        let user: OrgUser
        switch try await reading.shownUser() {
        case .found(let found): user = found
        case .noSuchUser: return .unknown("The org lists no user of this name.")
        case .hidden:
            return .unknown("The org shows users and profiles only to users with View Setup and Configuration.")
        }
        guard let profile = user.profile, let count = try await reading.loginRanges(ofProfile: profile) else {
            return .unknown("The Login IP Ranges of the user's profile could not be read.")
        }
        let evidence = ["profile": profile, "ranges": String(count)]
        guard count == 0 else {
            let ranges = count == 1 ? "1 Login IP Range" : "\(count) Login IP Ranges"
            return .passes("The profile \(profile) has \(ranges).", evidence)
        }
        return .passes(
            "No Login IP Ranges are set on the profile \(profile).", evidence,
            notice: """
                A stolen key would work from any address. JWT Bearer always follows the profile's ranges, so setting them \
                helps.
                """)
    }

    func rights(_ findings: Findings) async throws -> Verdict {
        guard let reading = org(findings)?.user(of: target) else { return notRead(findings) }
        guard let beyond = try await reading.rightsBeyondNeed() else {
            return .unknown("The org does not show this user's rights.")
        }
        guard !beyond.isEmpty else {
            return .passes("The user has none of the strong rights that reading metadata does not need.")
        }
        return .passes(
            "The user has rights that reading metadata does not need.", ["beyondNeed": beyond.joined(separator: ", ")],
            notice: "Not needed: \(beyond.joined(separator: ", ")). Whoever has the key or a token has them too.")
    }

    private func verdict(_ fact: AppFact, _ known: (String) -> Verdict) -> Verdict {
        switch fact {
        case .value(let value): known(value.description)
        case .unknown(let reason): .unknown(reason.sentence)
        }
    }

    /// Returns evidence about the users whom the key can sign in as: their number, at most ten names, and the permission sets,
    /// groups and profiles that give access.
    private static func facts(_ users: [String], _ ways: [Reach.Way]) -> [String: String] {
        var facts = ["users": String(users.count)]
        let shown = users.prefix(10).joined(separator: ", ")
        if !users.isEmpty { facts["usernames"] = users.count > 10 ? shown + ", …" : shown }
        let by = ways.map { "\($0.kind.rawValue) \($0.name) (\($0.users.count))" }
        if !by.isEmpty { facts["by"] = by.joined(separator: ", ") }
        return facts
    }
}

import Foundation
import JWTBearer
import Testing

@testable import ConnectedApp

@Suite("Causes and refusals")
struct CauseTests {
    @Test("Each cause says what happened and what to do, in sentences", arguments: Cause.allCases)
    func texts(_ cause: Cause) {
        for text in [cause.entry.summary, cause.entry.remedy] {
            #expect(text.count >= 10)
            #expect(text.hasSuffix("."))
            #expect(!text.contains("\n"))
            #expect(!text.contains("  "))
        }
        #expect(cause.entry.summary != cause.entry.remedy)
    }

    @Test(
        "The remedy for a wrong Consumer Key uses the names in Setup for the kind of app",
        arguments: [Cause.consumerKeyUnknown, .consumerKeyMalformed])
    func consumerKeyPlace(_ cause: Cause) {
        let (external, connected) = ("Consumer Key and Secret", "Manage Consumer Details")
        #expect(cause.entry.remedy.contains("\(external) (External Client App) or \(connected) (Connected App)"))
        let remedy = cause.remedy(for: .externalClientApp)
        #expect(remedy.contains(external))
        #expect(!remedy.contains(connected))
        #expect(cause.remedy(for: .connectedApp).contains(connected))
        #expect(!cause.remedy(for: .connectedApp).contains(external))
    }

    @Test("Codes and summaries are unique, even if case is ignored")
    func unique() {
        #expect(Set(Cause.allCases.map { $0.rawValue.lowercased() }).count == Cause.allCases.count)
        #expect(Set(Cause.allCases.map { $0.entry.summary.lowercased() }).count == Cause.allCases.count)
    }

    @Test("No cause has exit status 0, and each other status has a cause", arguments: ConnectedApp.ExitStatus.allCases)
    func exits(_ status: ConnectedApp.ExitStatus) {
        #expect(Cause.allCases.contains { $0.entry.exit == status } == (status != .done))
    }

    @Test("If a cause is busy, trying again can help; after wrong usage, malformed input or a bug it cannot")
    func retries() {
        for cause in Cause.allCases {
            switch cause.entry.exit {
            case .busy: #expect(cause.entry.retry, "\(cause)")
            case .usage, .malformed, .noInput, .cannotCreate, .configuration, .notPermitted, .bug:
                #expect(!cause.entry.retry, "\(cause)")
            case .done, .refused, .unreachable, .inputOutput: break
            }
        }
    }

    /// The org's words and the causes they are known for, the most likely first.
    static let refusals: [(error: String, words: String, causes: [Cause])] = [
        ("unsupported_grant_type", "grant type not supported", [.grantTypeRefused]),
        ("invalid_grant", "invalid assertion", [.signatureRefused, .assertionRefused]),
        ("invalid_grant", "audience is invalid", [.audienceRefused]),
        ("invalid_grant", "Audience validation failed", [.audienceRefused]),
        ("invalid_client_id", "client identifier invalid", [.consumerKeyUnknown]),
        (
            "app_not_found", "External client app is not installed in this org",
            [.appNotInstalled, .consumerKeyUnknown]
        ),
        ("invalid_client", "invalid client credentials", [.signatureRefused]),
        ("invalid_grant", "expired authorization code", [.assertionExpired]),
        (
            "invalid_grant", "user hasn't approved this consumer",
            [.userNotApproved, .userNotAdminApproved, .refreshTokenScopeMissing, .usernameUnknown]
        ),
        ("invalid_app_access", "user is not admin approved to access this app", [.userNotAdminApproved]),
        (
            "invalid_request",
            "refresh_token scope is required and the connected app should be installed and preauthorized",
            [.refreshTokenScopeMissing]
        ),
        ("invalid_grant", "no valid scopes defined", [.noValidScopes]),
        ("invalid_grant", "inactive user", [.userInactive, .userFrozen]),
        ("inactive_user", "User is inactive", [.userInactive, .userFrozen]),
        ("invalid_grant", "inactive organization", [.organizationInactive]),
        ("inactive_org", "Org is locked, closed, or suspended", [.organizationInactive]),
        ("invalid_grant", "ip restricted or invalid login hours", [.addressOrHoursRestricted]),
        ("invalid_grant", "login rate exceeded", [.signInRateExceeded]),
        ("rate_limit_exceeded", "Number of logins exceeded", [.signInRateExceeded]),
        ("OAUTH_APP_BLOCKED", "this app is blocked by admin", [.appBlockedInOrg]),
        ("invalid_client", "app must be installed into org", [.appUninstalled]),
        ("unknown_error", "retry your request", [.orgTransient]),
        ("invalid_grant", "authentication failure", [.authenticationFailure, .sessionLevelUnmet]),
    ]

    @Test("The org's words lead to the causes they are known for", arguments: refusals)
    func readings(_ row: (error: String, words: String, causes: [Cause])) {
        for words in [row.words, row.words + ".", row.words.uppercased(), row.words.capitalized + "."] {
            for error in [row.error, row.error.uppercased()] {
                let reading = RefusalReading(TokenRefusal(status: 400, error: error, description: words))
                #expect(reading.among == row.causes)
                #expect(reading.cause == row.causes.first)
            }
        }
    }

    @Test("A refusal without a description is recognized by its error code")
    func wordless() {
        let reading = RefusalReading(
            TokenRefusal(status: 400, error: "OAUTH_EC_APP_NOT_FOUND", description: nil))
        #expect(reading.cause == .appNotInstalled)
    }

    @Test(
        "Unknown words lead to refusalUnknown, without a guess",
        arguments: [
            ("invalid_grant", nil), ("invalid_grant", ""), ("invalid_grant", "invalid assertion.."),
            ("invalid_grant", "invalid assertion "), ("invalid_grant", "your invalid assertion"),
            ("invalid_client", "invalid assertion"), ("server_error", "audience is invalid"), ("", ""),
            ("invalid_grant", "activation secret invalid"), ("invalid_scope", "the requested scope is invalid"),
        ] as [(String, String?)])
    func unknownWords(_ error: String, _ words: String?) {
        let reading = RefusalReading(TokenRefusal(status: 400, error: error, description: words))
        #expect(reading.cause == .refusalUnknown)
        #expect(reading.among == [.refusalUnknown])
    }

    @Test("A refusal's error contains the org's words and names all their causes", arguments: refusals)
    func evidence(_ row: (error: String, words: String, causes: [Cause])) throws {
        let host = try LoginHost("https://acme.my.salesforce.com")
        let error = ConnectedAppError(
            TokenRefusal(status: 400, error: row.error, description: row.words), host: host)
        #expect(error.evidence["error"] == row.error)
        #expect(error.evidence["errorDescription"] == row.words)
        #expect(error.evidence["status"] == "400")
        let among = error.evidence["among"]?.split(separator: ",").compactMap { Cause(rawValue: String($0)) }
        #expect(among == (row.causes.count > 1 ? row.causes : nil))
        #expect(!error.description.contains(row.words))
    }

    @Test(
        "Each kind of network failure has a cause whose exit status is unreachable or not permitted",
        arguments: TransportFailure.Kind.allCases)
    func transport(_ kind: TransportFailure.Kind) throws {
        let host = try LoginHost("https://acme.my.salesforce.com")
        let error = ConnectedAppError(TransportFailure(kind, detail: "what was said"), host: host)
        let exit: ConnectedApp.ExitStatus =
            switch kind {
            case .clearTextRefused, .hostNotAllowed: .notPermitted
            case .addressMalformed: .malformed
            case .nameNotResolved, .connectionRefused, .timedOut, .connectionLost, .bodyTooLarge, .proxyFailed,
                .serverNotTrusted, .tlsFailed, .answerMalformed, .other:
                .unreachable
            }
        #expect(error.cause.entry.exit == exit)
        #expect(error.evidence["transport"] == kind.rawValue)
        #expect(!error.description.contains("what was said"))
    }

    @Test("Only the name of a connection replaces ALIAS in a remedy, not a host or another subject")
    func alias() {
        let host = ConnectedAppError(.signatureRefused, subject: "login.salesforce.com")
        #expect(host.remedy.contains("download ALIAS`"))
        let known = host.concerning("acme")
        #expect(known.subject == "login.salesforce.com")
        #expect(known.remedy.contains("download acme`"))
        #expect(known.about("other").remedy.contains("download acme`"))
        #expect(known.adding(["a": "b"]).remedy.contains("download acme`"))
        #expect(ConnectedAppError(.blocked, connection: "acme").remedy.contains("`aprity unblock acme`"))
        #expect(ConnectedAppError(.blocked, connection: "acme").subject == "acme")
        #expect(ConnectedAppError(.blocked).concerning("acme").subject == "acme")
    }

    @Test("The remedy on the page names the connection too, if it is the error's own")
    func aliasOnPage() {
        let own = ConnectedAppError(.rotationRefused, connection: "acme", remedy: Rotation.Remedy.begin.inCommands)
        #expect(own.remedyOnPage == "To begin one, run `aprity rotate start acme`.")
        let both = ConnectedAppError(
            .rotationRefused, connection: "acme", remedy: Rotation.Remedy.begin.inCommands, remedyOnPage: "Open ALIAS.")
        #expect(both.remedyOnPage == "Open acme.")
        #expect(both.adding(["a": "b"]).about("x").concerning("y").remedyOnPage == "Open acme.")
        #expect(ConnectedAppError(.blocked, connection: "acme").remedyOnPage == Cause.blocked.remedyOnPage)
        #expect(ConnectedAppError(.appDrifted, connection: "acme").remedyOnPage == Cause.appDrifted.remedyOnPage)
    }
}

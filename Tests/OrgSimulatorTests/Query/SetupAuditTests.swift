import Foundation
import Testing

@testable import OrgSimulator

@Suite("The Setup Audit Trail")
struct SetupAuditTests {
    private static func app(_ change: (inout App) throws -> Void = { _ in }) throws -> App {
        var app = App(name: "Reader")
        app.kind = .connectedApp
        app.id = "0H4000000000000AAA"
        try change(&app)
        return app
    }

    private static func names(_ old: App?, _ new: App?) -> [String] {
        SetupAction.actions(from: old, to: new).map(\.name)
    }

    @Test("A new connected app is inserted, installed and certified")
    func created() throws {
        let app = try Self.app { $0.certificatePEM = try TestFiles.text("first.crt") }
        #expect(
            Self.names(nil, app) == ["insertApplication", "insertConnectedApplication", "insertApplicationCertificate"])
        #expect(Self.names(app, nil) == ["deleteApplication"])
    }

    static let changes: [(name: String, display: String?, change: @Sendable (inout App) -> Void)] = [
        (
            "changeApplicationCallbackUrl", "Changed Connected App Callback URL from  to x://y",
            { $0.callbackURL = "x://y" }
        ),
        ("changeApplicationContactEmail", nil, { $0.contactEmail = "a@b" }),
        (
            "changeIpRelaxationPolicy",
            "Changed connected app Reader IP relaxation setting from Enforce IP restrictions to Relax IP restrictions",
            { $0.ipRelaxation = .relax }
        ),
        (
            "changeOauthDefaultScope", "Changed connected app Reader scopes from null to full, refresh_token",
            { $0.scopes = ["Full", "RefreshToken"] }
        ),
        (
            "changeUserRuntimeAccessPolicy",
            "Changed connected app Reader Permitted Users setting from All users may self-authorize to Admin approved "
                + "users are pre-authorized", { $0.permittedUsers = .adminApprovedPreAuthorized }
        ),
        (
            "changeApplicationClientCredentialEnabled", "Changed Enable Client Credentials Flow from false to true",
            { $0.oauthOptions.allowsClientCredentialsFlow = true }
        ),
        (
            "changeApplicationCodeCredentialEnabled",
            "Changed connected app Enable Authorization Code and Credentials Flow setting from false to true",
            { $0.oauthOptions.allowsCodeAndCredentialsFlow = true }
        ),
        (
            "changeApplicationCodeCredentialPostOnly",
            "Changed connected app Require user credentials in the POST body for Authorization Code and Credentials Flow "
                + "setting from false to true", { $0.oauthOptions.takesCredentialsByPostOnly = true }
        ),
        (
            "changeApplicationOptionalConsumerSecret",
            "Changed connected app Require Secret for Web Server Flow OAuth setting from true to false",
            { $0.oauthOptions.requiresSecretForWebServerFlow = false }
        ),
        (
            "changeApplicationPkceRequired",
            "Changed the Reader connected app setting Require Proof Key for Code Exchange (PKCE) Extension for Supported "
                + "Authorization Flows from true to false", { $0.oauthOptions.requiresPKCE = false }
        ),
        (
            "changeApplicationSecretRequiredForRefreshToken",
            "Changed the connected app's Require Secret for Refresh Token Flow setting from true to false",
            { $0.oauthOptions.requiresSecretForRefreshTokenFlow = false }
        ),
        (
            "syntheticChangeConnectedApp", "Changed connected app Reader",
            { $0.oauthOptions.rotatesRefreshTokens = true }
        ),
        ("deleteConnectedApplication", "Uninstalled Connected App Reader", { $0.installed = false }),
        ("syntheticBlockConnectedApplication", nil, { $0.blocked = true }),
        ("syntheticChangeConnectedApp", "Changed connected app Reader", { $0.permissionSets = ["x"] }),
    ]

    @Test("Each change of a connected app has one line", arguments: changes.indices)
    func changed(_ index: Int) throws {
        let (name, display, change) = Self.changes[index]
        let actions = SetupAction.actions(from: try Self.app(), to: try Self.app { change(&$0) })
        #expect(actions.map(\.name) == [name])
        #expect(actions.first?.display == display)
    }

    @Test("A certificate is inserted, changed, and removed by an action of its own")
    func certificate() throws {
        let (none, first) = (try Self.app(), try Self.app { $0.certificatePEM = try TestFiles.text("first.crt") })
        let second = try Self.app { $0.certificatePEM = try TestFiles.text("second.crt") }
        #expect(Self.names(none, first) == ["insertApplicationCertificate"])
        #expect(Self.names(first, second) == ["changeApplicationCertificate"])
        #expect(Self.names(second, none) == ["syntheticDeleteApplicationCertificate"])
        #expect(try Self.names(Self.app { $0.blocked = true }, none) == ["unblockConnectedApplication"])
    }

    @Test("The actions of External Client Apps are synthetic, and an approval is not an admin's action")
    func external() {
        var old = App(name: "Aprity")
        var new = old
        new.blocked = true
        for (before, after) in [(nil, old), (old, nil), (old, new)] as [(App?, App?)] {
            let names = Self.names(before, after)
            #expect(names.count == 1)
            #expect(names.allSatisfy { $0.hasPrefix("synthetic") })
        }
        new = old
        new.approvals = [Approval(username: "a")]
        #expect(Self.names(old, new).isEmpty)
        (old.kind, new.kind) = (.connectedApp, .connectedApp)
        #expect(Self.names(old, new).isEmpty)
    }

    @Test("Saved changes are in the trail until the state is replaced")
    func saved() async throws {
        let org = try TestOrg(.harbourBikes)
        try await org.save(
            #"{"orgs":[{"name":"Harbour Bikes","apps":[{"name":"Reader","kind":"connectedApp"}]}]}"#)
        await org.simulation.adjustClock { clock, wall in clock.step(by: 60, wall: wall) }
        try await org.save(#"{"orgs":[{"name":"Harbour Bikes","apps":[{"name":"Reader","blocked":true}]}]}"#)
        try await org.save(#"{"switches":{"propagation":"instant"}}"#)
        let audit = await org.simulation.audit
        let state = await org.simulation.state
        #expect(
            audit.records.map(\.action) == [
                "insertApplication", "insertConnectedApplication", "syntheticBlockConnectedApplication",
            ])
        #expect(audit.records.allSatisfy { $0.userID == state.orgs[0].administrator?.id })
        let dates = audit.dates(of: state.orgs[0].apps[0])
        try #require(dates.created == audit.records[0].time)
        #expect(dates.changed == audit.records[2].time)
        #expect(dates.changed.timeIntervalSince(dates.created) == 60)
        try await org.simulation.reset()
        #expect(await org.simulation.audit.records.isEmpty)
    }
}

import Foundation
import Testing

@testable import OrgSimulator

@Suite("AppMetadata: the apps of the state in the Metadata API")
struct AppMetadataTests {
    private static let types = [
        "ExternalClientApplication": "Aprity", "ExtlClntAppGlobalOauthSettings": "Aprity_glbloauth",
        "ExtlClntAppOauthSettings": "Aprity_oauth", "ExtlClntAppOauthConfigurablePolicies": "Aprity_oauthPlcy",
        "ExtlClntAppConfigurablePolicies": "Aprity_plcy",
    ]

    @Test("An External Client App is five components, listed, read and retrieved")
    func externalClientApp() async throws {
        let session = try await MetadataSession { $0.orgs[0].apps[0].ipRelaxation = .enforceButRelaxForRefresh }
        for (type, name) in Self.types {
            #expect(try await session.list(type) == [name])
            #expect(try await session.read(type, name).value("fullName") == name)
        }
        let global = try await session.read("ExtlClntAppGlobalOauthSettings", "Aprity_glbloauth")
        #expect(global.value("consumerKey") == TokenCase.consumerKey)
        #expect(global.value("externalClientApplication") == "Aprity")
        #expect(global.child("certificate") == nil)
        #expect(global.child("consumerSecret") == nil)
        let policy = try await session.read("ExtlClntAppOauthConfigurablePolicies", "Aprity_oauthPlcy")
        #expect(policy.value("permittedUsersPolicyType") == "AdminApprovedPreAuthorized")
        #expect(policy.value("commaSeparatedPermissionSet") == "Aprity_Integration")
        #expect(policy.value("ipRelaxationPolicyType") == "Enforce_RelaxRefresh")
        let retrieved = try await session.retrieve(Self.types.keys.map { ($0, ["*"]) })
        #expect(
            retrieved.paths == [
                "externalClientApps/Aprity.eca", "extlClntAppGlobalOauthSets/Aprity_glbloauth.ecaGlblOauth",
                "extlClntAppOauthPolicies/Aprity_oauthPlcy.ecaOauthPlcy",
                "extlClntAppOauthSettings/Aprity_oauth.ecaOauth", "extlClntAppPolicies/Aprity_plcy.ecaPlcy",
                "package.xml",
            ])
        #expect(
            retrieved.files["extlClntAppOauthSettings/Aprity_oauth.ecaOauth"]?
                .contains("<commaSeparatedOauthScopes>Api, RefreshToken</commaSeparatedOauthScopes>") == true)
    }

    @Test("The certificate is returned on one line if the switch allows it, the secret only as a canary")
    func disclosure() async throws {
        let session = try await MetadataSession {
            $0.switches.retrieveReturnsCertificate = true
            $0.switches.retrieveReturnsConsumerSecret = true
        }
        let global = try await session.read("ExtlClntAppGlobalOauthSettings", "Aprity_glbloauth")
        #expect(global.value("certificate")?.hasPrefix("MII") == true)
        #expect(global.value("certificate")?.contains("\n") == false)
        #expect(global.value("consumerSecret") == AppDisclosure.canary)
    }

    @Test("A Connected App has the certificate as stored, and the scopes by the names that an org returns")
    func connectedApp() async throws {
        let session = try await MetadataSession {
            $0.orgs[0].apps[0].scopes = ["Api", "OfflineAccess", "Profile", "Email"]
            $0.orgs[0].apps[0].requiredSessionLevel = .highAssurance
            $0.orgs[0].apps.append($0.orgs[0].apps[0])
            $0.orgs[0].apps[0].name = "Classic"
            $0.orgs[0].apps[0].kind = .connectedApp
            $0.orgs[0].apps[0].consumerKey = "ClassicKey123"
            $0.orgs[0].apps[1].requiredSessionLevel = .standard
            $0.orgs[0].apps[1].scopes = ["Api", "RefreshToken"]
        }
        #expect(try await session.list("ConnectedApp") == ["Classic"])
        let named = try await session.retrieve([("ConnectedApp", ["Classic", "None"])])
        #expect(named.problems == ["Entity of type 'ConnectedApp' named 'None' cannot be found"])
        let app = try XMLTree.parse(Array((named.files["connectedApps/Classic.connectedApp"] ?? "").utf8))
        let names = app.children.map(\.name)
        #expect(names == names.sorted())
        let oauth = try #require(app.child("oauthConfig"))
        #expect(oauth.children("scopes").map(\.text) == ["Api", "RefreshToken", "Basic"])
        #expect(oauth.value("certificate") == (try TestFiles.text("first.crt")).trimmed)
        #expect(oauth.flag("isAdminApproved") == true)
        #expect(oauth.value("consumerKey") == "ClassicKey123")
        #expect(oauth.child("consumerSecret") == nil)
        #expect(app.child("oauthPolicy")?.value("ipRelaxation") == "ENFORCE")
        #expect(app.child("sessionPolicy")?.value("sessionLevel") == "HIGH_ASSURANCE")
        #expect(app.value("permissionSetName") == "Aprity_Integration")
    }

    struct Reader: Sendable {
        var permissions: [String]
        var permission = Switches.AppSettingsPermission.customizeApplication
        var reads: Set<String>
    }

    @Test(
        "Without the permission, no app is returned and no error",
        arguments: [
            Reader(permissions: [], reads: []),
            Reader(permissions: ["CustomizeApplication"], reads: ["ConnectedApp", "ExtlClntAppOauthSettings"]),
            Reader(
                permissions: ["CustomizeApplication"], permission: .viewAllExternalClientApps, reads: ["ConnectedApp"]),
            Reader(
                permissions: ["ViewAllExternalClientApps"], permission: .viewAllExternalClientApps,
                reads: ["ExtlClntAppOauthSettings"]),
        ])
    func permissions(_ reader: Reader) async throws {
        let session = try await MetadataSession(permissions: reader.permissions) {
            $0.switches.appSettingsPermission = reader.permission
            var classic = App(name: "Classic")
            classic.kind = .connectedApp
            $0.orgs[0].apps.append(classic)
        }
        for (type, name) in [("ConnectedApp", "Classic"), ("ExtlClntAppOauthSettings", "Aprity_oauth")] {
            let isReadable = reader.reads.contains(type)
            #expect(try await session.list(type) == (isReadable ? [name] : []))
            #expect(try await session.read(type, name).children.isEmpty != isReadable)
            let problems = try await session.retrieve([(type, [name])]).problems
            #expect(problems == (isReadable ? [] : ["Entity of type '\(type)' named '\(name)' cannot be found"]))
        }
    }

    @Test("The state's app replaces the source's; the source's permission set replaces the state's")
    func source() async throws {
        let source = try SourceFixture([
            "package.xml": metadataXML("Package", "<version>67.0</version>"),
            "externalClientApps/Aprity.eca": metadataXML("ExternalClientApplication", "<label>Old</label>"),
            "externalClientApps/Other.eca": metadataXML("ExternalClientApplication", "<label>Other</label>"),
            "permissionsets/Aprity_Admin.permissionset": metadataXML("PermissionSet", "<label>Of the source</label>"),
        ])
        let session = try await MetadataSession { $0.orgs[0].source = source.url.path }
        #expect(try await session.list("ExternalClientApplication") == ["Aprity", "Other"])
        #expect(try await session.read("ExternalClientApplication", "Aprity").value("label") == "Aprity")
        #expect(try await session.list("PermissionSet") == ["Aprity_Admin", "Aprity_Integration", "Aprity_User"])
        #expect(try await session.read("PermissionSet", "Aprity_Admin").value("label") == "Of the source")
        let permissions = try await session.read("PermissionSet", "Aprity_Integration").children("userPermissions")
        #expect(
            permissions.map { $0.value("name") } == [
                "ApiEnabled", "CustomizeApplication", "ModifyMetadata", "ViewRoles", "ViewSetup",
            ])
    }

    @Test("A server returns an app as it has it at the time of the call")
    func propagation() async throws {
        let session = try await MetadataSession { $0.switches.servers = 1 }
        try await session.org.save(#"{"orgs":[{"name":"Harbour Bikes","apps":[{"name":"Aprity","label":"New"}]}]}"#)
        #expect(try await session.read("ExternalClientApplication", "Aprity").value("label") == "Aprity")
        session.org.wall.advance(601)
        #expect(try await session.read("ExternalClientApplication", "Aprity").value("label") == "New")
    }

    private static let flags: [(element: String, external: String, change: @Sendable (inout App) -> Void)] = [
        (
            "isClientCredentialEnabled", "isClientCredentialsFlowEnabled",
            { $0.oauthOptions.allowsClientCredentialsFlow = true }
        ),
        ("isCodeCredentialEnabled", "isCodeCredFlowEnabled", { $0.oauthOptions.allowsCodeAndCredentialsFlow = true }),
        ("isCodeCredentialPostOnly", "isCodeCredPostOnly", { $0.oauthOptions.takesCredentialsByPostOnly = true }),
        (
            "isConsumerSecretOptional", "isConsumerSecretOptional",
            { $0.oauthOptions.requiresSecretForWebServerFlow = false }
        ),
        ("isIntrospectAllTokens", "isIntrospectAllTokens", { $0.introspectsAllTokens = true }),
        ("isNamedUserJwtEnabled", "isNamedUserJwtEnabled", { $0.issuesJWTAccessTokens = true }),
        ("isPkceRequired", "isPkceRequired", { $0.oauthOptions.requiresPKCE = false }),
        (
            "isRefreshTokenRotationEnabled", "isRefreshTokenRotationEnabled",
            { $0.oauthOptions.rotatesRefreshTokens = true }
        ),
        (
            "isSecretRequiredForRefreshToken", "isSecretRequiredForRefreshToken",
            { $0.oauthOptions.requiresSecretForRefreshTokenFlow = false }
        ),
        (
            "isSecretRequiredForTokenExchange", "isSecretRequiredForTokenExchange",
            { $0.oauthOptions.requiresSecretForTokenExchangeFlow = true }
        ),
        ("isTokenExchangeEnabled", "isTokenExchangeEnabled", { $0.oauthOptions.allowsTokenExchangeFlow = true }),
    ]

    @Test("Each checkbox of the OAuth settings is one element, for both kinds of app", arguments: flags.indices)
    func boxes(_ index: Int) throws {
        let (element, external, change) = Self.flags[index]
        var (before, after) = (App(name: "Aprity"), App(name: "Aprity"))
        change(&after)
        let global = try #require(ExternalClientAppFiles.all.first { $0.type == AppType.globalOAuthSettings })
        func changed(_ trees: (App) throws -> [XMLTree]) rethrows -> [String] {
            zip(try trees(before), try trees(after)).filter { $0 != $1 }.map(\.0.name)
        }
        #expect(changed { global.tree(of: $0) } == [external])
        (before.kind, after.kind) = (.connectedApp, .connectedApp)
        let oauth = try changed {
            try #require(ConnectedAppFile.tree(of: $0).first { $0.name == "oauthConfig" }).children
        }
        #expect(oauth == [element])
    }

    @Test("The elements of an app's OAuth settings are in alphabetical order, including idTokenConfig")
    func order() throws {
        var app = App(name: "Aprity")
        app.scopes = ["Api"]
        app.oauthOptions.idToken.isConfigured = true
        app.oauthOptions.idToken.audience = "https://portal.example"
        for file in ExternalClientAppFiles.all {
            let names = file.tree(of: app).map(\.name)
            #expect(names == names.sorted(), "\(file.type)")
        }
        app.kind = .connectedApp
        let names = try #require(ConnectedAppFile.tree(of: app).first { $0.name == "oauthConfig" }).children.map(\.name)
        #expect(names == names.sorted())
        #expect(names.contains("idTokenConfig"))
    }
}

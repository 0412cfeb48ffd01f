import Foundation
import Testing

@testable import OrgSimulator

@Suite("Deploy: rules")
struct DeployTests {
    /// A deployment into an org with the External Client App `Aprity`, and the expected result.
    struct Rule: Sendable, CustomTestStringConvertible {
        var name: String
        var change: @Sendable (inout SimulatorState) throws -> Void = { _ in }
        var before: [DeployedFile] = []
        var files: [DeployedFile]
        /// Empty if it succeeds.
        var problems: [String] = []
        var isSynthetic = false
        var check: @Sendable (App) -> Bool = { _ in true }

        var testDescription: String { name }
    }

    private static let opened: @Sendable (inout SimulatorState) throws -> Void = {
        $0.orgs[0].allowConnectedAppCreation = true
    }
    private static let all: [DeployedFile] = [
        .application(), .global("<consumerKey>KeyOfTheDeployer</consumerKey>"), .settings(),
        .policy(DeployedFile.preAuthorized),
    ]
    private static let approved = "<isAdminApproved>true</isAdminApproved>"
    private static let named = "<permissionSetName>Aprity_Integration</permissionSetName>"

    static let rules = [
        Rule(
            name: "a Connected App is not created in an org that does not allow it", files: [.connectedApp()],
            problems: [
                "You can't create a connected app. To enable connected app creation, contact Salesforce Customer "
                    + "Support."
            ]),
        Rule(
            name: "a Connected App is created with the given key", change: opened,
            files: [.connectedApp("<consumerKey>MyOwnKey1</consumerKey>\(approved)<scopes>Api</scopes>", named)],
            check: {
                $0.kind == .connectedApp && $0.consumerKey == "MyOwnKey1" && $0.scopes == ["Api"]
                    && $0.permittedUsers == .adminApprovedPreAuthorized
                    && $0.permissionSets == ["Aprity_Integration"]
            }),
        Rule(
            name: "a file of an existing Connected App may not have a key", change: opened, before: [.connectedApp()],
            files: [.connectedApp("<consumerKey>AnotherKey1</consumerKey>")],
            problems: ["You cannot provide a Consumer Key"]),
        Rule(
            name: "a key that is already taken", change: opened,
            files: [.connectedApp("<consumerKey>\(TokenCase.consumerKey)</consumerKey>")],
            problems: ["The consumer key is already taken"]),
        Rule(
            name: "permission sets need isAdminApproved", change: opened, files: [.connectedApp("", named)],
            problems: ["permissionSetName and profileName need isAdminApproved to be true"], isSynthetic: true),
        Rule(
            name: "a permission set that does not exist", change: opened,
            files: [.connectedApp(approved, "<permissionSetName>None</permissionSetName>")],
            problems: ["In field: permissionSetName - no PermissionSet named None found"], isSynthetic: true),
        Rule(
            name: "what a Connected App's file leaves out gets its default", change: opened,
            before: [
                .connectedApp(
                    "\(approved)<isIntrospectAllTokens>true</isIntrospectAllTokens><scopes>Api</scopes>",
                    "<oauthPolicy><ipRelaxation>BYPASS</ipRelaxation></oauthPolicy>" + named)
            ], files: [.connectedApp()],
            check: {
                $0.permittedUsers == .allSelfAuthorized && !$0.introspectsAllTokens && $0.scopes.isEmpty
                    && $0.ipRelaxation == .enforce && $0.permissionSets.isEmpty
            }),
        Rule(
            name: "one empty element clears the list of permission sets; no element keeps it", change: opened,
            before: [.connectedApp(approved, named + "<profileName>Standard User</profileName>")],
            files: [.connectedApp(approved, "<permissionSetName></permissionSetName>")],
            check: { $0.permissionSets.isEmpty && $0.profiles == ["Standard User"] }),
        Rule(
            name: "five files create an External Client App, with the given key", files: all + [.enablement(false)],
            check: {
                $0.kind == .externalClientApp && $0.consumerKey == "KeyOfTheDeployer" && !$0.enabled
                    && $0.scopes == ["Api", "RefreshToken"] && $0.permissionSets == ["Aprity_Integration"]
                    && $0.permittedUsers == .adminApprovedPreAuthorized
            }),
        Rule(
            name: "a different key for an existing app is silently ignored", before: all,
            files: [.global("<consumerKey>AnotherKey1</consumerKey>")],
            check: { $0.consumerKey == "KeyOfTheDeployer" && $0.scopes == ["Api", "RefreshToken"] }),
        Rule(
            name: "without a policy file, a new app allows self-authorization",
            files: [.application(), .global(), .settings()], check: { $0.permittedUsers == .allSelfAuthorized }),
        Rule(
            name: "what a policy file leaves out gets its default", before: all,
            files: [.policy("<ipRelaxationPolicyType>Bypass</ipRelaxationPolicyType>")],
            check: {
                $0.permittedUsers == .allSelfAuthorized && $0.permissionSets.isEmpty && $0.ipRelaxation == .relax
            }),
        Rule(
            name: "AdminApproved is not a valid value",
            files: [.application(), .policy("<permittedUsersPolicyType>AdminApproved</permittedUsersPolicyType>")],
            problems: ["'AdminApproved' is not a valid value for the enum 'PermittedUsersPolicyType'"]),
        Rule(
            name: "an unknown permission set in a policy",
            files: [.application(), .policy("<commaSeparatedPermissionSet>None</commaSeparatedPermissionSet>")],
            problems: ["In field: commaSeparatedPermissionSet - no PermissionSet named None found"], isSynthetic: true),
        Rule(
            name: "a policy may name a permission set of the same deployment",
            files: [
                .permissionSet("Fresh", ["ViewSetup"]), .application(),
                .policy("<commaSeparatedPermissionSet>Fresh</commaSeparatedPermissionSet>"),
            ], check: { $0.permissionSets == ["Fresh"] }),
        Rule(
            name: "a file of an app that does not exist", files: [.settings()],
            problems: ["In field: externalClientApplication - no ExternalClientApplication named Reader found"],
            isSynthetic: true),
        Rule(
            name: "parent first: the other files are refused",
            change: { $0.switches.externalClientAppDeployment = .parentFirst }, files: [.application(), .settings()],
            problems: ["In field: externalClientApplication - no ExternalClientApplication named Reader found"],
            isSynthetic: true),
        Rule(
            name: "parent first: a later deployment with a key succeeds",
            change: { $0.switches.externalClientAppDeployment = .parentFirst }, before: [.application()],
            files: [.global("<consumerKey>KeyOfTheDeployer</consumerKey>"), .settings()],
            check: { $0.consumerKey == "KeyOfTheDeployer" && $0.scopes == ["Api", "RefreshToken"] }),
        Rule(
            name: "the checkboxes of a Connected App's OAuth settings and its ID token", change: opened,
            files: [
                .connectedApp(
                    """
                    <idTokenConfig><idTokenAudience>https://a.example</idTokenAudience>\
                    <idTokenIncludeCustomPerms>true</idTokenIncludeCustomPerms>\
                    <idTokenValidity>5</idTokenValidity></idTokenConfig>\
                    <isClientCredentialEnabled>true</isClientCredentialEnabled>\
                    <isConsumerSecretOptional>true</isConsumerSecretOptional>
                    """)
            ],
            check: {
                $0.oauthOptions.allowsClientCredentialsFlow && !$0.oauthOptions.requiresSecretForWebServerFlow
                    && $0.oauthOptions.requiresSecretForRefreshTokenFlow && !$0.oauthOptions.requiresPKCE
                    && $0.oauthOptions.idToken.isConfigured && $0.oauthOptions.idToken.validityMinutes == 5
                    && $0.oauthOptions.idToken.audience == "https://a.example"
                    && $0.oauthOptions.idToken.includesCustomPermissions
            }),
        Rule(
            name: "the checkboxes of an External Client App's settings and policies",
            files: [
                .application(),
                .global(
                    """
                    <idTokenConfig><idTokenValidityInMinutes>7</idTokenValidityInMinutes></idTokenConfig>\
                    <isDeviceFlowEnabled>true</isDeviceFlowEnabled>
                    """), .policy("<isTokenExchangeFlowEnabled>true</isTokenExchangeFlowEnabled>"),
            ],
            check: {
                $0.oauthOptions.allowsDeviceFlow && $0.oauthOptions.requiresPKCE
                    && $0.oauthOptions.idToken.validityMinutes == 7 && $0.flowPolicies.allowsTokenExchangeFlow
            }),
        Rule(
            name: "an External Client App's checkboxes get their defaults",
            before: [
                .application(),
                .global(
                    "<idTokenConfig/><isDeviceFlowEnabled>true</isDeviceFlowEnabled><isPkceRequired>false</isPkceRequired>"
                ),
                .policy("<isTokenExchangeFlowEnabled>true</isTokenExchangeFlowEnabled>"),
            ], files: [.global(), .policy("")],
            check: { $0.oauthOptions == OAuthOptions() && $0.flowPolicies == FlowPolicies() }),
        Rule(
            name: "an ID token with too long a validity",
            files: [
                .application(),
                .global(
                    "<idTokenConfig><idTokenValidityInMinutes>721</idTokenValidityInMinutes></idTokenConfig>"),
            ], problems: ["idTokenValidityInMinutes must be from 1 to 720"], isSynthetic: true),
        Rule(
            name: "an element that the type does not have", files: [.application(), .global("<scopes>Api</scopes>")],
            problems: [
                "Error parsing file: Element {http://soap.sforce.com/2006/04/metadata}scopes invalid at this location "
                    + "in type ExtlClntAppGlobalOauthSettings"
            ], isSynthetic: true),
        Rule(
            name: "repeated elements that are not adjacent", change: opened,
            files: [.connectedApp("<scopes>Api</scopes><isAdminApproved>true</isAdminApproved><scopes>Full</scopes>")],
            problems: [
                "Error parsing file: Element scopes is duplicated at this location in type ConnectedApp.oauthConfig"
            ], isSynthetic: true),
    ]

    @Test("A deployment follows the rules of its types", arguments: rules)
    func rule(_ rule: Rule) async throws {
        let session = try await MetadataSession(rule.change)
        if !rule.before.isEmpty { #expect(try await session.deploy(rule.before).status == "Succeeded") }
        let before = await session.org.simulation.state
        let deployed = try await session.deploy(rule.files)
        #expect(deployed.problems == rule.problems)
        #expect(deployed.status == (rule.problems.isEmpty ? "Succeeded" : "Failed"))
        #expect(deployed.answer.isSynthetic == rule.isSynthetic)
        if rule.problems.isEmpty {
            #expect(rule.check(try #require(await session.app)))
        } else {
            #expect(await session.org.simulation.state.orgs == before.orgs)
        }
    }

    @Test("Without the permission to deploy, access is insufficient; with it, the request is recorded as a change")
    func access() async throws {
        let archive = try DeployedFile.archive([.application()])
        let arguments = "<zipFile>\(Data(archive).base64EncodedString())</zipFile>"
        let weak = try await MetadataSession(permissions: [])
        let refused = try await weak.call("deploy", arguments)
        #expect(refused.content.value("faultcode") == "sf:INSUFFICIENT_ACCESS")
        #expect(refused.answer.verdict == .changesMetadata)
        for permissions in [["CustomizeApplication"], ["ModifyAllData"]] {
            let strong = try await MetadataSession(permissions: permissions)
            let accepted = try await strong.call("deploy", arguments)
            #expect(accepted.content.child("result")?.value("id")?.hasPrefix("0Af") == true)
            #expect(accepted.answer.verdict == .changesMetadata)
            #expect(try await strong.call("cancelDeploy", "<String>0Af</String>").answer.status == 500)
        }
    }

    @Test("A job is pending, in progress and done; another user cannot read it")
    func job() async throws {
        let session = try await MetadataSession()
        let archive = try DeployedFile.archive([.application()])
        let started = try await session.call("deploy", "<zipFile>\(Data(archive).base64EncodedString())</zipFile>")
        let id = started.content.child("result")?.value("id") ?? ""
        var seen: [String?] = []
        for _ in 0..<3 {
            let reply = try await session.call("checkDeployStatus", "<asyncProcessId>\(id)</asyncProcessId>")
            seen.append(reply.content.child("result")?.value("status"))
            session.org.wall.advance(1)
        }
        #expect(seen == ["Pending", "InProgress", "Succeeded"])
        let unknown = try await session.call("checkDeployStatus", "<asyncProcessId>0AfNone</asyncProcessId>")
        #expect(unknown.content.value("faultcode") == "sf:INVALID_ID_FIELD")
    }

    @Test("checkOnly changes nothing")
    func checkOnly() async throws {
        let session = try await MetadataSession()
        let deployed = try await session.deploy([.application()], options: "<checkOnly>true</checkOnly>")
        #expect(deployed.status == "Succeeded")
        #expect(deployed.successes.map { $0.value("fullName") } == ["Reader"])
        #expect(deployed.result.flag("checkOnly") == true)
        #expect(await session.app == nil)
    }

    @Test(
        "Only a sandbox without rollbackOnError keeps the components that succeeded",
        arguments: [(true, true, "Failed"), (true, false, "SucceededPartial"), (false, false, "Failed")])
    func rollback(_ isSandbox: Bool, _ rollsBack: Bool, _ status: String) async throws {
        let session = try await MetadataSession { $0.orgs[0].isSandbox = isSandbox }
        let deployed = try await session.deploy(
            [.permissionSet("Kept", ["ViewSetup"]), .settings()],
            options: "<rollbackOnError>\(rollsBack)</rollbackOnError>")
        #expect(deployed.status == status)
        #expect(deployed.result.value("numberComponentErrors") == "1")
        let sets = await session.org.simulation.state.orgs[0].permissionSets.map(\.name)
        #expect(sets.contains("Kept") == (status == "SucceededPartial"))
    }

    @Test("A permission set is created, and a later file replaces its content")
    func permissionSet() async throws {
        let session = try await MetadataSession()
        for permissions in [["ApiEnabled", "ViewSetup"], ["ViewRoles"]] {
            #expect(try await session.deploy([.permissionSet("Fresh", permissions)]).status == "Succeeded")
            let set = await session.org.simulation.state.orgs[0].permissionSets.first { $0.name == "Fresh" }
            #expect(set?.userPermissions == permissions)
            #expect(set?.label == "Fresh")
            #expect(try await session.list("PermissionSet").contains("Fresh"))
        }
    }

    @Test("Archive and manifest must have the same components")
    func manifest() async throws {
        let session = try await MetadataSession()
        func packed(_ entries: [(String, String)]) throws -> [UInt8] {
            try ZIPArchive.pack(entries.map { ($0.0, Array($0.1.utf8)) }, date: Date())
        }
        let application = metadataXML("ExternalClientApplication", DeployedFile.application().content)
        let named = metadataXML(
            "Package", "<types><members>Reader</members><name>ExternalClientApplication</name></types>")
        let empty = metadataXML("Package", "<version>67.0</version>")
        let cases: [([(String, String)], String)] = [
            ([("externalClientApps/Reader.eca", application)], "No package.xml found"),
            (
                [("package.xml", empty), ("externalClientApps/Reader.eca", application)],
                "The file is not in package.xml"
            ),
            ([("package.xml", named)], "An object 'Reader' of type ExternalClientApplication was named in package.xml"),
            ([("package.xml", named), ("classes/A.cls", "class A {}")], "An object 'Reader'"),
            (
                [("package.xml", metadataXML("Package", "<types><members>A</members><name>ApexClass</name></types>"))],
                "The simulator deploys only"
            ),
        ]
        for (entries, problem) in cases {
            let deployed = try await session.deploy(archive: try packed(entries))
            // Only the text for a missing package.xml is recorded.
            #expect(deployed.status == "Failed")
            #expect(deployed.answer.isSynthetic == (problem != "No package.xml found"))
            #expect(deployed.problems.contains { $0.hasPrefix(problem) }, "\(deployed.problems)")
        }
        let folder = try packed([("p/package.xml", named), ("p/externalClientApps/Reader.eca", application)])
        let inFolder = try await session.deploy(archive: folder, options: "<singlePackage>false</singlePackage>")
        #expect(inFolder.status == "Succeeded")
        let broken = try await session.deploy(archive: Array("no archive at all, not even a small one".utf8))
        #expect(broken.result.value("errorMessage")?.contains("The zipFile cannot be read") == true)
    }
}

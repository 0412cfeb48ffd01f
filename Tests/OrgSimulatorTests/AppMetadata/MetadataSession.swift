import Foundation
import Testing

@testable import OrgSimulator

/// A signed-in caller of the Metadata API, for reading and deploying.
struct MetadataSession: Sendable {
    let org: TestOrg
    let token: String

    init(org: TestOrg, token: String) {
        self.org = org
        self.token = token
    }

    /// - Parameter permissions: The permissions of the integration user in addition to its own.
    init(
        permissions: [String] = [UserPermission.customizeApplication],
        _ change: (inout SimulatorState) throws -> Void = { _ in }
    ) async throws {
        var request = try TokenCase()
        request.state.orgs[0].permissionSets[0].userPermissions += permissions
        try change(&request.state)
        org = try TestOrg(request.state)
        token = await org.signIn(request, assertion: try await request.assertion()).accessToken
    }

    /// The app that a test has deployed: the first one except `Aprity`.
    var app: App? { get async { await org.simulation.state.orgs[0].apps.first { $0.name != "Aprity" } } }

    /// Sends one operation.
    ///
    /// - Parameter arguments: The XML inside the operation.
    /// - Returns: The child of the reply's Body, which is a fault if the call failed, and the answer.
    func call(_ name: String, _ arguments: String) async throws -> (content: XMLTree, answer: OrgAnswer) {
        let envelope = """
            <e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" \
            xmlns="http://soap.sforce.com/2006/04/metadata">
            <e:Header><SessionHeader><sessionId>\(token)</sessionId></SessionHeader></e:Header>
            <e:Body><\(name)>\(arguments)</\(name)></e:Body></e:Envelope>
            """
        let request = OrgRequest(
            method: "POST", target: "/services/Soap/m/67.0", host: "harbour-bikes.my.salesforce.com",
            body: Array(envelope.utf8), sourceAddress: "192.0.2.7")
        let answer = await org.simulation.answer(request).answer
        return (try XMLTree.parse(answer.body).child("Body")?.children.first ?? XMLTree(""), answer)
    }

    func list(_ type: String) async throws -> [String] {
        let reply = try await call("listMetadata", "<queries><type>\(type)</type></queries>")
        return reply.content.children("result").compactMap { $0.value("fullName") }
    }

    /// Returns the record of readMetadata; one without children if there is none.
    func read(_ type: String, _ name: String) async throws -> XMLTree {
        let reply = try await call("readMetadata", "<type>\(type)</type><fullNames>\(name)</fullNames>")
        return reply.content.child("result")?.child("records") ?? XMLTree("")
    }

    /// Starts a retrieve, lets five seconds pass and fetches the archive.
    func retrieve(_ types: [(type: String, members: [String])]) async throws -> Retrieved {
        let entries = types.map { entry in
            "<types>\(entry.members.map { "<members>\($0)</members>" }.joined())<name>\(entry.type)</name></types>"
        }
        let started = try await call(
            "retrieve",
            """
            <retrieveRequest><apiVersion>67.0</apiVersion><singlePackage>true</singlePackage>\
            <unpackaged>\(entries.joined())<version>67.0</version></unpackaged></retrieveRequest>
            """)
        org.wall.advance(5)
        let id = started.content.child("result")?.value("id") ?? ""
        let reply = try await call("checkRetrieveStatus", "<asyncProcessId>\(id)</asyncProcessId>")
        let soap = SOAPReply(
            status: reply.answer.status, body: reply.answer.body, operation: nil, verdict: .other, reason: "")
        return try Retrieved(MetadataAnswer(soap))
    }

    /// Deploys files. Their types and names make up the package.xml.
    ///
    /// - Returns: The `DeployResult`, and the answer that contains it.
    func deploy(_ files: [DeployedFile], options: String = "") async throws -> Deployed {
        try await deploy(archive: try DeployedFile.archive(files), options: options)
    }

    func deploy(
        archive: [UInt8], options: String = "<singlePackage>true</singlePackage>"
    ) async throws -> Deployed {
        let single = options.contains("singlePackage") ? "" : "<singlePackage>true</singlePackage>"
        let zip = Data(archive).base64EncodedString()
        let started = try await call(
            "deploy", "<ZipFile>\(zip)</ZipFile><DeployOptions>\(options)\(single)</DeployOptions>")
        let id = try #require(
            started.content.child("result")?.value("id"), "\(String(decoding: started.answer.body, as: UTF8.self))")
        org.wall.advance(5)
        let reply = try await call(
            "checkDeployStatus", "<asyncProcessId>\(id)</asyncProcessId><includeDetails>true</includeDetails>")
        return Deployed(result: reply.content.child("result") ?? XMLTree(""), answer: reply.answer)
    }
}

/// The result of a deployment.
struct Deployed {
    let result: XMLTree
    let answer: OrgAnswer

    var status: String? { result.value("status") }
    var problems: [String] {
        result.child("details")?.children("componentFailures").compactMap { $0.value("problem") } ?? []
    }
    /// The components that succeeded, without the row of `package.xml`.
    var successes: [XMLTree] {
        result.child("details")?.children("componentSuccesses").filter { $0.value("componentType") != nil } ?? []
    }
}

/// A file of a deployment.
struct DeployedFile: Sendable {
    var type: String
    var name: String
    var content: String

    // Each file has what its type requires, and the given XML in addition. The files of an External Client App get the
    // API names that orgs give them, such as `Reader_oauth`.

    static func connectedApp(_ oauth: String = "", _ rest: String = "", name: String = "Reader") -> DeployedFile {
        DeployedFile(
            type: "ConnectedApp", name: name,
            content: """
                <contactEmail>a@b.example</contactEmail><label>Reader</label><oauthConfig>\
                <callbackUrl>https://localhost/</callbackUrl>\(oauth)</oauthConfig>\(rest)
                """)
    }

    static func application(_ name: String = "Reader") -> DeployedFile {
        DeployedFile(
            type: "ExternalClientApplication", name: name,
            content: """
                <contactEmail>a@b.example</contactEmail><distributionState>Local</distributionState>\
                <label>Reader</label>
                """)
    }

    static func global(_ content: String = "", app: String = "Reader") -> DeployedFile {
        satellite(
            "ExtlClntAppGlobalOauthSettings", "_glbloauth", "<callbackUrl>https://localhost/</callbackUrl>\(content)",
            app)
    }

    static func settings(_ scopes: String = "Api, RefreshToken", app: String = "Reader") -> DeployedFile {
        satellite(
            "ExtlClntAppOauthSettings", "_oauth", "<commaSeparatedOauthScopes>\(scopes)</commaSeparatedOauthScopes>",
            app)
    }

    static func policy(_ content: String, app: String = "Reader") -> DeployedFile {
        satellite("ExtlClntAppOauthConfigurablePolicies", "_oauthPlcy", content, app)
    }

    static func enablement(_ isEnabled: Bool, app: String = "Reader") -> DeployedFile {
        satellite("ExtlClntAppConfigurablePolicies", "_plcy", "<isEnabled>\(isEnabled)</isEnabled>", app)
    }

    static func permissionSet(_ name: String, _ permissions: [String]) -> DeployedFile {
        let entries = permissions.map { "<userPermissions><enabled>true</enabled><name>\($0)</name></userPermissions>" }
        return DeployedFile(type: "PermissionSet", name: name, content: "<label>\(name)</label>\(entries.joined())")
    }

    /// Policies that pre-authorize the integration user.
    static let preAuthorized = """
        <commaSeparatedPermissionSet>Aprity_Integration</commaSeparatedPermissionSet>\
        <permittedUsersPolicyType>AdminApprovedPreAuthorized</permittedUsersPolicyType>
        """

    private static func satellite(_ type: String, _ suffix: String, _ content: String, _ app: String) -> DeployedFile {
        DeployedFile(
            type: type, name: app + suffix,
            content: "\(content)<externalClientApplication>\(app)</externalClientApplication><label>\(app)</label>")
    }

    /// Returns a ZIP archive with the files and a package.xml that names them.
    static func archive(_ files: [DeployedFile]) throws -> [UInt8] {
        let entries = try files.map { file in
            let type = try #require(MetadataRegistry.standard.type(named: file.type))
            return (
                "\(type.directory)/\(file.name).\(type.suffix ?? "")", Array(metadataXML(file.type, file.content).utf8)
            )
        }
        let types = files.map { "<types><members>\($0.name)</members><name>\($0.type)</name></types>" }
        let manifest = metadataXML("Package", types.joined() + "<version>67.0</version>")
        return try ZIPArchive.pack(entries + [("package.xml", Array(manifest.utf8))], date: Date())
    }
}

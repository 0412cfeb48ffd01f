import Foundation
import Testing

@testable import OrgSimulator

@Suite("Deploy: deployed apps at the token endpoint")
struct DeployedAppTests {
    private static let key = "KeyOfTheDeployer"

    private func files(certificate: String?) -> [DeployedFile] {
        let certificate = certificate.map { "<certificate>\($0)</certificate>" } ?? ""
        return [
            .application(), .global("\(certificate)<consumerKey>\(Self.key)</consumerKey>"), .settings(),
            .policy(DeployedFile.preAuthorized),
        ]
    }

    private static func body(_ pem: String) -> String {
        pem.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("-----") }.joined()
    }

    /// The answer of the token endpoint to an assertion for the deployed app.
    private func signIn(_ session: MetadataSession, key: String = "second") async throws -> String {
        var request = try TokenCase()
        request.issuer = Self.key
        request.key = key
        request.expiry = "\(Int(session.org.wall.now.timeIntervalSince1970) + 150)"
        let answer = await session.org.signIn(request, assertion: try await request.assertion())
        return answer.accessToken.isEmpty ? answer.refusal : "token"
    }

    @Test("A sign-in with the key of a deployed certificate works once the app has reached the server")
    func certificate() async throws {
        let session = try await MetadataSession()
        let certificate = Self.body(try TestFiles.text("second.crt"))
        #expect(try await session.deploy(files(certificate: certificate)).status == "Succeeded")
        #expect(try await signIn(session) == "invalid_client_id / client identifier invalid")
        session.org.wall.advance(1_801)
        #expect(try await signIn(session) == "token")
        #expect(try await signIn(session, key: "first") == "invalid_client / invalid client credentials")
    }

    @Test("A deployed change reaches each server at its own time; a file without the certificate removes it")
    func edit() async throws {
        let session = try await MetadataSession()
        let certificate = Self.body(try TestFiles.text("second.crt"))
        #expect(try await session.deploy(files(certificate: certificate)).status == "Succeeded")
        session.org.wall.advance(1_801)
        #expect(try await session.deploy([.global()]).status == "Succeeded")
        #expect(await session.app?.certificatePEM == nil)
        #expect(try await signIn(session) == "token")
        let simulation = session.org.simulation
        let pending = await simulation.propagation.pending(at: simulation.orgTime)
        #expect(pending.map(\.version.change) == ["certificatePEM"])
        session.org.wall.advance(601)
        #expect(try await signIn(session) == "invalid_client / invalid client credentials")
    }

    @Test(
        "A switch decides which form of a certificate is valid; the other form never verifies",
        arguments: Switches.CertificateEncoding.allCases, [false, true])
    func encoding(_ encoding: Switches.CertificateEncoding, _ hasArmour: Bool) async throws {
        let session = try await MetadataSession {
            $0.switches.certificateEncoding = encoding
            $0.switches.propagation = .instant
            $0.switches.retrieveReturnsCertificate = true
        }
        let pem = try TestFiles.text("second.crt")
        let certificate = hasArmour ? pem : Self.body(pem)
        #expect(try await session.deploy(files(certificate: certificate)).status == "Succeeded")
        let isUnderstood = hasArmour == (encoding == .pem)
        let expected = isUnderstood ? "token" : "invalid_client / invalid client credentials"
        #expect(try await signIn(session) == expected)
        let read = try await session.read("ExtlClntAppGlobalOauthSettings", "Reader_glbloauth")
        #expect(read.value("certificate") == (isUnderstood ? Self.body(pem) : certificate.trimmed))
    }

    @Test("A sign-in with the key of a Connected App deployed with PEM works")
    func connectedApp() async throws {
        let session = try await MetadataSession {
            $0.orgs[0].allowConnectedAppCreation = true
            $0.switches.propagation = .instant
            $0.switches.myDomainAudienceForConnectedApp = true
        }
        let app = DeployedFile.connectedApp(
            """
            <certificate>\(try TestFiles.text("second.crt"))</certificate><consumerKey>\(Self.key)</consumerKey>\
            <isAdminApproved>true</isAdminApproved><scopes>Api</scopes><scopes>RefreshToken</scopes>
            """, "<permissionSetName>Aprity_Integration</permissionSetName>")
        #expect(try await session.deploy([app]).status == "Succeeded")
        #expect(try await signIn(session) == "token")
    }

    @Test("The files that an org returns of an app can be deployed over another app and back without a difference")
    func roundTrip() async throws {
        let session = try await MetadataSession {
            $0.switches.retrieveReturnsCertificate = true
            $0.orgs[0].apps[0].certificatePEM = $0.orgs[0].apps[0].certificatePEM.map(Self.body)
            $0.orgs[0].apps[0].label = "Aprity"
            $0.orgs[0].apps[0].contactEmail = "a@b.example"
            $0.orgs[0].apps[0].callbackURL = "https://localhost/"
            $0.orgs[0].apps[0].oauthOptions.requiresPKCE = false
            $0.orgs[0].apps[0].oauthOptions.rotatesRefreshTokens = true
            $0.orgs[0].apps[0].oauthOptions.idToken.isConfigured = true
            $0.orgs[0].apps[0].flowPolicies.allowsClientCredentialsFlow = true
        }
        let before = await session.org.simulation.state.orgs[0]
        let retrieved = try await session.retrieve(AppType.externalClientApp.map { ($0, ["*"]) })
        let deployed = try await session.deploy(archive: retrieved.archive)
        #expect(deployed.status == "Succeeded", "\(deployed.problems)")
        #expect(await session.org.simulation.state.orgs[0] == before)
        #expect(deployed.successes.count == 5)
        #expect(deployed.successes.allSatisfy { $0.flag("changed") == false })
    }
}

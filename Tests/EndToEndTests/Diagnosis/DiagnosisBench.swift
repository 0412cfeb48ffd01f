internal import ConnectedAppHTTP
internal import ConnectedAppTesting
internal import Foundation
internal import HTTPTypes
internal import JWTBearer

@testable internal import ConnectedApp

/// Puts the embedded org into a fault, and tests a connection to it. The diagnosis sees only what the org sends.
struct DiagnosisBench {
    let org: ManagedOrg
    let transport: HTTPClientTransport

    /// Placeholders in a fault for certificates that are created at run time.
    static let foreignCertificate = "CERTIFICATE-OF-NOBODY"
    static let neighbourCertificate = "CERTIFICATE-OF-NEIGHBOUR"

    static let me = Principal(.commandLine, name: "bench")
    private static let aDay: TimeInterval = 86_400

    static func running(_ body: @Sendable (DiagnosisBench) async throws -> Void) async throws {
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            let transport = try HTTPClientTransport(
                authoritiesPEM: nil, allowedHosts: [], proxy: try ProxySettings(environment: [:]))
            do { try await body(DiagnosisBench(org: org, transport: transport)) } catch {
                await transport.close()
                throw error
            }
            await transport.close()
        }
    }

    /// - Parameter rewriting: Changes the token endpoint's answers in transit.
    func test(_ cases: [FaultCase], rewriting: RewritingTransport.Rewrite? = nil) async throws -> TestView {
        let side = cases.dropFirst().reduce(cases[0].side) { $0.merged(with: $1.side) }
        let wall = Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.down))
        let age = side.expiredDays > 0 ? Double(side.expiredDays + 1) * Self.aDay : 7200
        let time = TestTime(now: wall.addingTimeInterval(-age))
        let carrier: any HTTPTransport =
            rewriting.map { RewritingTransport(inner: transport, rewrite: $0) } ?? transport
        let world = try await TestWorld(time: time, transport: carrier)
        try await connect(world, side)
        let pem = try await world.service.certificates.current(of: "bikes", as: Self.me).pem
        var document = OrgDocument(kind: side.kind, certificatePEM: pem)
        if side.hasToken {
            try await org.replace(document.state)
            time.advance(by: .seconds(Int(age)))
            _ = try await world.service.diagnosis.test("bikes", as: Self.me) { _ in }
        }
        for fault in cases { fault.arrange(&document) }
        let state = try await replacing(document.state, world)
        if side.hasToken, !document.changesOrganization {
            try await org.patch(state)
        } else {
            try await org.replace(state)
        }
        if !side.hasToken { time.advance(by: .seconds(Int(age))) }
        return try await world.service.diagnosis.test("bikes", as: Self.me) { _ in }
    }

    private func connect(_ world: TestWorld, _ side: FaultCase.Side) async throws {
        let kind: AppKind = side.kind == "connectedApp" ? .connectedApp : .externalClientApp
        let audience = side.audience == "ORG" ? org.url : side.audience
        _ = try await world.service.connections.add(
            NewConnection(
                alias: "bikes", loginHost: side.loginHost ?? org.url, username: side.username, appKind: kind,
                consumerKey: side.consumerKey, audience: audience, certificateDays: side.expiredDays > 0 ? 1 : 365),
            as: Self.me)
        _ = try await world.service.connections.add(
            NewConnection(
                alias: "neighbour", loginHost: org.url, username: "other@harbour-bikes.example", appKind: kind,
                audience: audience),
            as: Self.me)
    }

    /// Replaces the placeholders in the state by certificates.
    private func replacing(_ state: [String: Any], _ world: TestWorld) async throws -> [String: Any] {
        let neighbour = try await world.service.certificates.current(of: "neighbour", as: Self.me).pem
        let nobody = try await nobodysCertificate()
        var text = String(decoding: try JSONSerialization.data(withJSONObject: state), as: UTF8.self)
        for (marker, pem) in [(Self.neighbourCertificate, neighbour), (Self.foreignCertificate, nobody)] {
            text = text.replacingOccurrences(of: marker, with: pem.replacingOccurrences(of: "\n", with: "\\n"))
        }
        return try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
    }

    private func nobodysCertificate() async throws -> String {
        let key = try RSAKey(pem: TestKeys.third) { () throws(ConnectedAppError) in nil }
        return try await AppCertificate.selfSigned(
            publicKey: key.publicKey, signer: key, commonName: "nobody", now: Date(), days: 365,
            randomBytes: SeededRandom(seed: 3).bytes
        ).pem
    }
}

extension FaultCase.Side {
    /// Combines the deviations of both; the first one has priority.
    func merged(with other: FaultCase.Side) -> FaultCase.Side {
        let usual = FaultCase.Side()
        var side = self
        if kind == usual.kind { side.kind = other.kind }
        if consumerKey == usual.consumerKey { side.consumerKey = other.consumerKey }
        if username == usual.username { side.username = other.username }
        if audience == nil { side.audience = other.audience }
        if loginHost == nil { side.loginHost = other.loginHost }
        side.hasToken = hasToken || other.hasToken
        side.expiredDays = max(expiredDays, other.expiredDays)
        return side
    }
}

extension OrgDocument {
    var changesOrganization: Bool {
        let orgs = state["orgs"] as? [[String: Any]] ?? []
        return orgs.first?["id"] as? String != Self.organizationID
    }
}

/// Changes refusals of the token endpoint in transit, to those of an org with wordings other than the reported ones.
struct RewritingTransport: HTTPTransport {
    /// Returns another `error` and `error_description`; `nil` keeps them.
    typealias Rewrite = @Sendable (_ error: String, _ description: String) async -> (String, String)?

    let inner: any HTTPTransport
    let rewrite: Rewrite

    func send(_ request: OutgoingRequest, within limits: ExchangeLimits) async throws -> IncomingResponse {
        let response = try await inner.send(request, within: limits)
        guard request.head.path == "/services/oauth2/token", response.head.status.code == 400 else { return response }
        var body = try await response.collect()
        if let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: String],
            let error = object["error"],
            let other = await rewrite(error, object["error_description"] ?? "")
        {
            let changed = ["error": other.0, "error_description": other.1]
            body = [UInt8](try JSONSerialization.data(withJSONObject: changed))
        }
        let bytes = body
        return IncomingResponse(
            response.head,
            body: AsyncThrowingStream { continuation in
                continuation.yield(bytes)
                continuation.finish()
            })
    }
}

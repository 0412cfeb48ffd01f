import ConnectedAppTesting
import Foundation
import JWTBearer

@testable import ConnectedApp
@testable import OrgSimulator

extension App {
    static let testKey = "3MVG9HarbourBikesConsumerKeyForTheTests"

    /// The app of aprity as an admin sets it up. It has no certificate, so nobody can sign in yet.
    static func ofAprity(named name: String = "aprity", consumerKey: String = testKey) -> App {
        var app = App(name: name)
        app.consumerKey = consumerKey
        app.scopes = ["Api", "RefreshToken"]
        app.permittedUsers = .adminApprovedPreAuthorized
        app.permissionSets = ["Aprity_Integration"]
        return app
    }
}

extension NewConnection {
    /// A connection to the embedded org.
    static func toHarbourBikes(_ alias: String, consumerKey: String? = nil, sameAppAs other: String? = nil) -> Self {
        .test(
            alias, loginHost: "https://harbour-bikes.my.salesforce.com",
            username: "integration@harbour-bikes.example", consumerKey: consumerKey, sameAppAs: other)
    }
}

/// An embedded org with one app, and a service that is connected to it. Both use one clock, which a test advances.
struct OneAppOrg {
    static let alias = "acme"
    static let me = Principal(.commandLine, name: "tester")

    let clock = HarnessClock()
    let simulation: OrgSimulation
    let store = MemoryStore()
    let records: SealedRecords
    let service: AppService
    /// For scheduled pulls. A test that makes one removes it.
    let pullFolder = FileManager.default.temporaryDirectory.appending(path: "aprity-pulls-\(UUID().uuidString)")
    /// All processes share one key store; otherwise each would start with the same prepared keys.
    private let builder: ServiceBuilder

    /// Connects the service; the certificate is in force everywhere.
    ///
    /// - Parameter prepare: Changes the org before it starts.
    init(_ prepare: (inout Org) -> Void = { _ in }) async throws {
        let clock = clock
        var state = SimulatorState.harbourBikes
        state.orgs[0].apps = [.ofAprity()]
        prepare(&state.orgs[0])
        simulation = try OrgSimulation(seed: state, wall: { clock.now })
        var builder = ServiceBuilder(store, ring: try MasterKeyRing.test(), surroundings: clock.surroundings(seed: 3))
        builder.pullFolder = pullFolder.path
        self.builder = builder
        records = builder.records
        _ = try await records.initialise()
        service = Self.process(builder, simulation, clock, seed: 7)
        try await add(Self.alias)
        try await change([("certificatePEM", .string(service.certificates.current(of: Self.alias, as: Self.me).pem))])
        clock.advance(by: 3_600)
    }

    /// Returns the service of another process on the same store, or on a store that wraps it.
    func process(on other: (any RecordStore)? = nil, seed: UInt64) -> AppService {
        var builder = builder
        if let other { builder.records = SealedRecords(store: other, ring: records.ring) }
        return Self.process(builder, simulation, clock, seed: seed)
    }

    private static func process(
        _ builder: ServiceBuilder, _ simulation: OrgSimulation, _ clock: HarnessClock, seed: UInt64
    ) -> AppService {
        var process = builder.process("process \(seed)", clock.surroundings(seed: seed))
        process.records = SealedRecords(store: builder.records.store, ring: builder.records.ring)
        process.transports = OrgConnections(simulation, dice: Dice(seed: seed))
        return process.service()
    }

    /// Adds a connection to the org.
    ///
    /// - Parameter other: The alias of a connection whose app it shares; `nil` for an app of its own.
    func add(_ alias: String, sharing other: String? = nil) async throws {
        _ = try await service.connections.add(
            .toHarbourBikes(alias, consumerKey: other == nil ? App.testKey : nil, sameAppAs: other), as: Self.me)
    }

    /// Changes the app, or a second one, as an admin does.
    func change(_ members: [(String, JSONValue)], ofAppNamed name: String = App.ofAprity().name) async throws {
        guard let org = await simulation.document().orgs.first else { return }
        try await simulation.save(SetupChange.record("apps", ("name", name), of: org, members))
    }

    /// Creates the app `aprity 2` in the org, set up like the first one.
    func makeSecondApp(consumerKey: String, certificatePEM: String) async throws {
        let app = App.ofAprity(named: "aprity 2", consumerKey: consumerKey)
        try await change(
            [
                ("consumerKey", .string(consumerKey)), ("certificatePEM", .string(certificatePEM)),
                ("scopes", .strings(app.scopes)), ("permittedUsers", .string(app.permittedUsers.rawValue)),
                ("permissionSets", .strings(app.permissionSets)),
            ], ofAppNamed: app.name)
    }

    /// Returns an attacker with a copy of the present key.
    func thief() async throws -> Thief {
        guard let target = try await service.targets.all(Self.alias).first else {
            throw ConnectedAppError(.internalError)
        }
        return Thief(target: target.unblocked, surroundings: clock.surroundings(seed: 99))
    }

    /// An attacker who signs in with a copied key.
    struct Thief {
        fileprivate let target: Target
        fileprivate let surroundings: Surroundings

        /// The cause of the org's refusal, or `nil` if it accepts the attacker.
        func refusal() async -> Cause? {
            let signIn = SignIn(context: nil, surroundings: surroundings)
            do {
                _ = try await signIn.token(for: target.identity(), purpose: .use)
                return nil
            } catch {
                return (error as? ConnectedAppError)?.cause ?? .internalError
            }
        }
    }
}

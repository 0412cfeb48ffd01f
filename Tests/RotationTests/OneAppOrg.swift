import ConnectedAppTesting
import Foundation
import JWTBearer

@testable import ConnectedApp
@testable import OrgSimulator

/// An embedded org with one app that a service of ours is connected to, all in one time that goes on when it is told to.
struct OneAppOrg {
    static let alias = "acme"
    static let me = Principal(.commandLine, name: "tester")
    private static let appName = "aprity"
    private static let consumerKey = "3MVG9HarbourBikesConsumerKeyForTheTests"

    let clock = HarnessClock()
    let simulation: OrgSimulation
    let store = MemoryStore()
    let records: SealedRecords
    let service: AppService
    private let ring: MasterKeyRing
    private let orders = MemoryBlockOrders()
    /// One for all processes: each would hand out the same prepared keys from the first one on.
    private let keys: PreparedKeyStore

    /// Connected: the certificate is in force everywhere.
    init() async throws {
        let clock = clock
        var state = SimulatorState.harbourBikes
        state.orgs[0].apps = [Self.app(Self.appName, Self.consumerKey)]
        simulation = try OrgSimulation(seed: state, wall: { clock.now })
        ring = try MasterKeyRing.test()
        records = SealedRecords(store: store, ring: ring)
        _ = try await records.initialise()
        keys = PreparedKeyStore(SealedKeyStore(ring: ring, surroundings: clock.surroundings(seed: 3)))
        service = Self.process(store, store, ring, orders, keys, simulation, clock, seed: 7)
        try await add(Self.alias)
        try await change([("certificatePEM", .string(service.certificates.current(of: Self.alias, as: Self.me).pem))])
        clock.advance(by: 3_600)
    }

    /// Another process on the same store, or on one that stands before it.
    func process(on other: (any RecordStore)? = nil, seed: UInt64) -> AppService {
        Self.process(other ?? store, store, ring, orders, keys, simulation, clock, seed: seed)
    }

    private static func process(
        _ records: any RecordStore, _ audit: MemoryStore, _ ring: MasterKeyRing, _ orders: MemoryBlockOrders,
        _ keys: PreparedKeyStore, _ simulation: OrgSimulation, _ clock: HarnessClock, seed: UInt64
    ) -> AppService {
        let surroundings = clock.surroundings(seed: seed)
        let records = SealedRecords(store: records, ring: ring)
        return AppService(
            records: records,
            gate: LeasedGate(records: records, orders: orders, surroundings: surroundings, name: "process \(seed)"),
            audit: audit, keys: keys,
            transports: OrgConnections(simulation, dice: Dice(seed: seed)), surroundings: surroundings)
    }

    private static func app(_ name: String, _ consumerKey: String) -> App {
        var app = App(name: name)
        app.consumerKey = consumerKey
        app.scopes = ["Api", "RefreshToken"]
        app.permittedUsers = .adminApprovedPreAuthorized
        app.permissionSets = ["Aprity_Integration"]
        return app
    }

    func add(_ alias: String, sharing other: String? = nil) async throws {
        var new = NewConnection(
            alias: alias, loginHost: "https://harbour-bikes.my.salesforce.com",
            username: "integration@harbour-bikes.example")
        if let other { new.sameAppAs = other } else { new.consumerKey = Self.consumerKey }
        _ = try await service.connections.add(new, as: Self.me)
    }

    /// An admin changes the app, or a second one.
    func change(_ members: [(String, JSONValue)], ofAppNamed name: String = appName) async throws {
        guard let org = await simulation.document().orgs.first else { return }
        try await simulation.save(SetupChange.record("apps", ("name", name), of: org, members))
    }

    func makeSecondApp(consumerKey: String, certificatePEM: String) async throws {
        let app = Self.app("aprity 2", consumerKey)
        try await change(
            [
                ("consumerKey", .string(consumerKey)), ("certificatePEM", .string(certificatePEM)),
                ("scopes", .strings(app.scopes)), ("permittedUsers", .string(app.permittedUsers.rawValue)),
                ("permissionSets", .strings(app.permissionSets)),
            ], ofAppNamed: app.name)
    }

    /// Somebody else with a copy of the key as it is now.
    func thief() async throws -> Thief {
        guard let target = try await service.targets.all(Self.alias).first else {
            throw ConnectedAppError(.internalError)
        }
        return Thief(target: target.unblocked, surroundings: clock.surroundings(seed: 99))
    }

    struct Thief {
        fileprivate let target: Target
        fileprivate let surroundings: Surroundings

        /// The cause's code, or `nil` where the org lets them in.
        func refusal() async -> Cause? {
            let signIn = SignIn(transport: target.transport, context: nil, surroundings: surroundings)
            do {
                _ = try await signIn.token(for: target.identity(), purpose: .use)
                return nil
            } catch {
                return (error as? ConnectedAppError)?.cause ?? .internalError
            }
        }
    }
}

import Foundation
import Synchronization

/// The Metadata API of each org. A service reads the org's `source` folder once, when it is created. Later changes of
/// the files have no effect.
struct MetadataServices: Sendable {
    /// The settings that cause a new service when they change. The new service reads the folder again and does not know
    /// the retrieves and deployments of the old one. A service also has the org's administrator, but keeps the one that
    /// it was created with.
    private struct Origin: Equatable, Sendable {
        let source: String?
        let isSandbox: Bool
        let returnsCertificate: Bool
        let returnsConsumerSecret: Bool

        init(_ org: Org, _ switches: Switches) {
            source = org.source
            isSandbox = org.isSandbox
            returnsCertificate = switches.retrieveReturnsCertificate
            returnsConsumerSecret = switches.retrieveReturnsConsumerSecret
        }
    }

    private struct Served: Sendable {
        let origin: Origin
        let service: MetadataService
        let source: OrgSource
    }

    private let clock: RunningClock
    private var served: [String: Served] = [:]

    init(clock: RunningClock) { self.clock = clock }

    /// Returns the service of an org, or `nil` if ``update(_:)`` has not seen an org with this id.
    func service(of orgID: String) -> MetadataService? { served[orgID]?.service }

    /// The files of the source folders that an org does not serve, or serves with changes, in the order of the org ids.
    var notes: [SourceProblem] { served.sorted { $0.key < $1.key }.flatMap { $0.value.source.repository.notes } }

    /// Returns the metadata of an org as queries read it; it is empty if the org has no `source`.
    func source(of orgID: String) -> OrgSource { served[orgID]?.source ?? .none }

    /// Reads new source folders, and drops the services of orgs that no longer exist.
    ///
    /// - Throws: ``StateProblem`` if a folder cannot be read or has nothing to serve. The previous services then
    ///   remain.
    mutating func update(_ state: SimulatorState) throws(StateProblem) {
        var next: [String: Served] = [:]
        for org in state.orgs {
            let origin = Origin(org, state.switches)
            if let known = served[org.id], known.origin == origin {
                next[org.id] = known
            } else {
                next[org.id] = try served(org, origin, seed: state.random.seed)
            }
        }
        served = next
    }

    /// Lets queries read other metadata. Does nothing for an unknown org.
    mutating func setSource(_ source: OrgSource, of orgID: String) {
        guard let known = served[orgID] else { return }
        served[orgID] = Served(origin: known.origin, service: known.service, source: source)
    }

    /// Reads an org's source folder; the metadata is empty if it has none.
    ///
    /// - Throws: ``StateProblem`` if the folder cannot be read or has nothing to serve.
    static func repository(of org: Org) throws(StateProblem) -> MetadataRepository {
        guard let folder = org.source else { return .empty }
        do {
            return try repository(of: folder)
        } catch {
            var refusal = error
            refusal.folder = folder
            throw StateProblem("orgs[\(org.name)].source: \(error).", source: refusal)
        }
    }

    private static func repository(of folder: String) throws(SourceFolderError) -> MetadataRepository {
        let repository = try MetadataRepository(sourceDirectory: folder)
        guard !repository.components.isEmpty else {
            let nothing = SourceProblem(file: folder, reason: "there is no metadata in it that can be served")
            throw SourceFolderError(problems: [nothing] + repository.notes.prefix(20))
        }
        return repository
    }

    private func served(_ org: Org, _ origin: Origin, seed: UInt64) throws(StateProblem) -> Served {
        let repository = try Self.repository(of: org)
        var settings = MetadataServiceSettings()
        settings.isSandbox = origin.isSandbox
        settings.showExternalClientAppCertificate = origin.returnsCertificate
        settings.emitConsumerSecretCanary = origin.returnsConsumerSecret
        settings.newestVersion = APIVersion.newest
        if let admin = org.users.first(where: { $0.profile == Profile.systemAdministrator }) {
            settings.administratorID = admin.id
            settings.administratorName = admin.shownName
        }
        let random = RunningRandom(seed: seed)
        let service = MetadataService(
            repository: repository, settings: settings, now: { [clock] in clock.orgTime }, random: { random.next() })
        return Served(
            origin: origin, service: service, source: OrgSource(repository: repository, origin: .init(settings)))
    }
}

/// A seeded stream of random numbers that several callers share.
private final class RunningRandom: Sendable {
    private let random: Mutex<SeededRandom>

    init(seed: UInt64) { random = Mutex(SeededRandom(seed: seed)) }

    func next() -> UInt64 { random.withLock { $0.next() } }
}

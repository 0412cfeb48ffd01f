import Foundation
import Synchronization

/// The Metadata API of each org, over the folder that the org's `source` names.
struct MetadataServices: Sendable {
    /// What a service was made from; another one takes its place when any of it changes.
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
    }

    private let clock: RunningClock
    private var served: [String: Served] = [:]

    init(clock: RunningClock) { self.clock = clock }

    func service(of orgID: String) -> (any SOAPEndpoint)? { served[orgID]?.service }

    /// Reads the folders that are new, and drops the services of orgs that are gone.
    ///
    /// - Throws: ``StateProblem`` when a folder cannot be read; what was served before is served on.
    mutating func serve(_ state: SimulatorState) throws(StateProblem) {
        var next: [String: Served] = [:]
        for org in state.orgs {
            let origin = Origin(org, state.switches)
            if let known = served[org.id], known.origin == origin {
                next[org.id] = known
            } else {
                let service = try service(of: org, origin, seed: state.random.seed)
                next[org.id] = Served(origin: origin, service: service)
            }
        }
        served = next
    }

    private func service(of org: Org, _ origin: Origin, seed: UInt64) throws(StateProblem) -> MetadataService {
        let repository: MetadataRepository
        do {
            repository = try org.source.map(MetadataRepository.init(sourceDirectory:)) ?? .empty
        } catch {
            throw StateProblem("orgs[\(org.name)].source: \(error)")
        }
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
        return MetadataService(
            repository: repository, settings: settings, now: { [clock] in clock.orgTime }, random: { random.next() })
    }
}

/// A seeded stream of numbers that several callers draw from.
private final class RunningRandom: Sendable {
    private let random: Mutex<SeededRandom>

    init(seed: UInt64) { random = Mutex(SeededRandom(seed: seed)) }

    func next() -> UInt64 { random.withLock { $0.next() } }
}

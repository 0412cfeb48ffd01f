internal import Foundation
internal import MetadataAPI
internal import MetadataGateway

/// Tests regularly, for each connection with clients, whether the gateway reads, and refuses what it must. A test passes the same
/// checks and the same forwarding as a client's call, and costs one API request of the org, and another one if the token
/// was idle for long.
package struct GatewayProbes: Sendable {
    /// The time between two tests of a connection.
    package static let pause = Duration.seconds(3_600)
    /// The audit record reports an unchanged result at most once in this time, in seconds.
    private static let auditPause = 86_400.0

    let gateway: Gateway

    private var records: SealedRecords { gateway.targets.records }
    private var surroundings: Surroundings { gateway.targets.surroundings }
    private static let principal = Principal(.schedule, name: "gateway probe")

    /// Tests until the task is cancelled.
    ///
    /// - Parameter onProblem: Called if a connection cannot be read, or if something was not refused.
    package func run(onProblem: @Sendable (GatewayProbe) -> Void) async {
        // Waits first, so that a server that restarts repeatedly does not sign in repeatedly.
        await Schedule(place: .gatewayProbe, pause: Self.pause, surroundings: surroundings).run(after: .seconds(120)) {
            for alias in try await probed() {
                let probe = try await self.probe(alias)
                if probe.readFailure != nil || probe.isUnsafe { onProblem(probe) }
            }
        }
    }

    /// The connections that clients can read: apps that are not blocked, and have a Consumer Key and a client whose handle is valid, or
    /// a trust policy.
    private func probed() async throws -> [String] {
        let now = surroundings.now()
        return try await records.read { reading in
            let clients = try reading.intact(ClientRecord.self).map(\.value).filter { $0.expiresAt > now }
            let policies = try reading.intact(TrustPolicyRecord.self).map(\.value)
            let used = Set(clients.map(\.connection.description) + policies.map(\.connection.description))
            return try used.sorted().filter { alias in
                let app = try FoundConnection(alias, reading).app.value
                return !app.isBlocked && app.consumerKey != nil
            }
        }
    }

    /// Tests a connection, and stores the result.
    func probe(_ alias: String) async throws -> GatewayProbe {
        let connection = try await records.read { try FoundConnection(alias, $0).connection.value }
        // Its handle is in no record, so nobody else can use it.
        let now = surroundings.now()
        let handle = Handle(for: connection.pinnedOrganizationID, randomBytes: surroundings.randomBytes)
        let client = ClientRecord(
            handle, name: "probe", of: connection.alias, ClientRights(), at: now, expiresAt: now + 60,
            by: Self.principal)
        let probe = GatewayProbe(
            connection: alias, probedAt: now, readFailure: await readFailure(as: client, handle),
            refusesStranger: await refusesStranger(handle), refusesWrite: refusesWrite(as: client, handle))
        return try await save(probe)
    }

    private func readFailure(as client: ClientRecord, _ handle: Handle) async -> Cause? {
        do {
            let answer = try await gateway.probingRead(Self.path("limits"), as: client, handle)
            return answer == 200 ? nil : .answerUnintelligible
        } catch GatewayError.failed(let error) {
            return error.cause
        } catch {
            surroundings.note(error, at: .gatewayProbe, ["connection": client.connection.description])
            return .internalError
        }
    }

    private func refusesStranger(_ handle: Handle) async -> Bool {
        do {
            _ = try await gateway.find(handle)
            return false
        } catch GatewayError.unknownHandle {
            return true
        } catch {
            // The store fails, so nobody gets through.
            surroundings.note(error, at: .gatewayProbe)
            return true
        }
    }

    /// Only decides: even if the gateway were broken, nothing would be sent. No class has this id.
    private func refusesWrite(as client: ClientRecord, _ handle: Handle) -> Bool {
        do throws(Refusal) {
            _ = try RESTCall(
                method: "PATCH", target: Self.path("tooling/sobjects/ApexClass/01p000000000000AAA"), hasBody: true,
                overridesMethod: false, as: client.access(handle))
            return false
        } catch {
            return true
        }
    }

    private static func path(_ resource: String) -> String { "/services/data/v66.0/\(resource)" }

    private func save(_ made: GatewayProbe) async throws -> GatewayProbe {
        try await records.write { writing in
            let former = try writing.findOrDrop(
                GatewayProbe.self, of: made.connection, as: Self.principal, at: made.probedAt)
            var probe = made
            probe.auditedAt = former?.auditedAt
            let isNews = former.map { !$0.hasResult(of: made) } ?? true
            let isDue = former?.auditedAt.map { made.probedAt.timeIntervalSince($0) >= Self.auditPause } ?? true
            if isNews || isDue {
                probe.auditedAt = made.probedAt
                try writing.append(probe.event(by: Self.principal))
            }
            try writing.save(probe)
            return probe
        }
    }
}

extension GatewayProbe {
    fileprivate func event(by principal: Principal) -> AuditEvent {
        let outcome = isUnsafe ? "unsafe" : readFailure?.rawValue ?? "done"
        return AuditEvent(
            time: probedAt, principal: principal, act: .gatewayProbed, connection: connection, outcome: outcome,
            facts: [
                "reads": String(readFailure == nil), "refusesStranger": String(refusesStranger),
                "refusesWrite": String(refusesWrite),
            ])
    }
}

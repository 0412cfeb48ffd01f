internal import Foundation
internal import HTTPTypes
internal import JWTBearer
internal import MetadataAPI
package import MetadataGateway

/// Reads metadata for clients: decides who a caller is and what it may read, and forwards its calls with the connection's token, which
/// never leaves this process.
package struct Gateway: Sendable {
    let targets: Targets
    let sources: TokenSources
    let activity: ClientActivity
    package let tally: GatewayTally

    /// The least time between two checks of a running answer: whether its client may still read.
    private static let checkPause = Duration.seconds(1)
    /// The time between two writes of what clients did.
    private static let flushPause = Duration.seconds(15)

    /// Who signs in. All clients of a connection share its token.
    private static let principal = Principal(.gateway, name: "gateway")

    private var records: SealedRecords { targets.records }
    private var surroundings: Surroundings { targets.surroundings }

    /// A caller whose handle was accepted.
    package struct Caller: Sendable {
        let client: ClientRecord
        let handle: Handle
        /// What it may read.
        package var access: ReadAccess { client.access(handle) }
    }

    // MARK: Who calls

    /// Finds the client of a handle, and counts the call.
    ///
    /// - Parameters:
    ///   - text: What the caller sent as its token or session id.
    ///   - address: The caller's IP address.
    /// - Throws: ``GatewayError``.
    package func caller(_ text: String?, from address: String) async throws -> Caller {
        let now = surroundings.now()
        let (handle, found) = try await known(text)
        let caller = Caller(client: found.client, handle: handle)
        do {
            try Self.check(found, from: address, at: now)
            if let seconds = activity.count(found.client, stored: found.use, from: address, at: now) {
                throw Refusal(
                    .budget, "The calls of this client are used up. They are limited per hour or per day.",
                    retryAfter: seconds)
            }
            return caller
        } catch let refusal as Refusal {
            activity.recordRefused(refusal, of: found.client, stored: found.use, at: now)
            tally.count(GatewayTally.Result(refusal.code), of: found.client.connection)
            throw GatewayError.refused(refusal)
        }
    }

    private func known(_ text: String?) async throws -> (Handle, Found) {
        do {
            guard let handle = text.flatMap(Handle.init) else { throw GatewayError.unknownHandle }
            return (handle, try await find(handle))
        } catch GatewayError.unknownHandle {
            tally.countStranger()
            throw GatewayError.unknownHandle
        }
    }

    struct Found: Sendable {
        let client: ClientRecord
        /// What the store has; `nil` if this process has seen the client.
        let use: ClientUse?
        let isBlocked: Bool
    }

    /// - Throws: ``GatewayError``.
    func find(_ handle: Handle) async throws -> Found {
        let activity = activity
        do {
            let found = try await records.read { reading -> Found? in
                try reading.checkIsNewest()
                guard let client = try reading.find(ClientRecord.self, handle.id)?.value,
                    handle.matches([UInt8](client.secretSHA256))
                else { return nil }
                let use = activity.knows(client.id) ? nil : try reading.intactOrNone(ClientUse.self, client.id)
                let app = try FoundConnection(client.connection.description, reading).app.value
                return Found(client: client, use: use, isBlocked: app.isBlocked)
            }
            guard let found else { throw GatewayError.unknownHandle }
            return found
        } catch let error as ConnectedAppError {
            throw GatewayError.failed(error)
        }
    }

    /// - Throws: ``Refusal``.
    private static func check(_ found: Found, from address: String, at now: Date) throws {
        guard found.client.expiresAt > now else { throw Refusal(.blocked, "The handle has expired.") }
        guard found.client.rights.accept(address: address) else {
            throw Refusal(.notAllowed, "The handle is not accepted from this address.")
        }
        guard !found.isBlocked else { throw Refusal(.blocked, "The app of this connection is blocked.") }
    }

    // MARK: Calls

    /// Forwards a REST call, or throws why it is refused.
    ///
    /// - Throws: ``GatewayError``.
    package func rest(
        method: String, target: String, hasBody: Bool, overridesMethod: Bool, from caller: Caller
    ) async throws -> GatewayAnswer {
        try await forward(caller) { () throws(Refusal) in
            .rest(
                try RESTCall(
                    method: method, target: target, hasBody: hasBody, overridesMethod: overridesMethod,
                    as: caller.access))
        }
    }

    /// Reads as a client that is in no record, and throws the answer's body away.
    ///
    /// - Returns: The org's status.
    /// - Throws: ``GatewayError``.
    func probingRead(_ target: String, as client: ClientRecord, _ handle: Handle) async throws -> Int {
        do {
            let call = try RESTCall(
                method: "GET", target: target, hasBody: false, overridesMethod: false, as: client.access(handle))
            let target = try await targets.preferred(client.connection.description)
            let answer = try await api(of: client).forward(.rest(call))
            do { _ = try await answer.response.collect() } catch let failure as TransportFailure {
                throw ConnectedAppError(failure, host: target.loginHost)
            }
            return answer.response.head.status.code
        } catch let refusal as Refusal {
            throw GatewayError.refused(refusal)
        } catch let error as ConnectedAppError {
            throw GatewayError.failed(error)
        }
    }

    private func api(of client: ClientRecord) async throws -> OrgAPI {
        let target = try await targets.preferred(client.connection.description)
        return OrgAPI(
            transport: target.transport, tokens: try await sources.source(for: target, as: Self.principal))
    }

    /// Forwards a SOAP call, or throws why it is refused.
    ///
    /// - Throws: ``GatewayError``.
    package func soap(_ request: SOAPRequest, from caller: Caller) async throws -> GatewayAnswer {
        try await forward(caller) { () throws(Refusal) in
            .soap(try request.call(as: caller.access), request.version)
        }
    }

    private func forward(
        _ caller: Caller, _ decision: () throws(Refusal) -> GatewayCall
    ) async throws -> GatewayAnswer {
        let call: GatewayCall
        do { call = try decision() } catch {
            note(error, by: caller)
            throw GatewayError.refused(error)
        }
        activity.recordAccepted(call.kind, of: caller.client)
        do {
            let api = try await api(of: caller.client)
            let answer = try await api.forward(call)
            tally.count(.forwarded, of: caller.client.connection)
            return GatewayAnswer(
                answer, filter: call.filter, handle: caller.handle,
                check: check(caller, tokens: api.tokens))
        } catch let error as ConnectedAppError where error.cause == .blocked {
            let refusal = Refusal(.blocked, "The app of this connection is blocked.")
            note(refusal, by: caller)
            throw GatewayError.refused(refusal)
        } catch let error as ConnectedAppError {
            tally.count(.failed, of: caller.client.connection)
            throw GatewayError.failed(error)
        }
    }

    /// Counts a refusal that the gateway gave the caller.
    package func note(_ refusal: Refusal, by caller: Caller) {
        activity.recordRefused(refusal, of: caller.client, stored: nil, at: surroundings.now())
        tally.count(GatewayTally.Result(refusal.code), of: caller.client.connection)
    }

    /// Returns a check for a running answer, which throws when the client may no longer read. It reads the records once a second at
    /// most.
    private func check(_ caller: Caller, tokens: TokenSource) -> GatewayAnswer.Check {
        let (uptime, pause) = (surroundings.uptime, Self.checkPause)
        return GatewayAnswer.Check(every: pause, uptime: uptime) {
            try await tokens.sendCheck()
            let found = try await find(caller.handle)
            guard found.client.expiresAt > surroundings.now() else { throw GatewayError.unknownHandle }
        }
    }

    // MARK: What clients did

    /// Writes what clients did since the last time, until the task is cancelled, and once more then.
    package func runFlushing() async {
        while !Task.isCancelled {
            do { try await surroundings.sleep(Self.flushPause) } catch { break }
            await flush()
        }
        // In a task of its own, because this one is cancelled.
        await Task { await flush(isLast: true) }.value
    }

    /// Writes what clients did since the last call of this function.
    ///
    /// - Parameter isLast: If `true`, the audit record reports all calls, because the process exits.
    package func flush(isLast: Bool = false) async {
        let changes = activity.changes(at: surroundings.now(), isLast: isLast)
        guard !changes.isEmpty else { return }
        let activity = activity
        await surroundings.tolerating(.access) {
            try await records.write { writing in
                let known = Set(try writing.ids(of: ClientRecord.self))
                for change in changes {
                    // The audit record also reports what a revoked client did before.
                    for event in change.events { try writing.append(event) }
                    if known.contains(change.use.id) { try writing.save(change.use) }
                }
            }
            activity.settle(changes)
        }
    }
}

/// Why the gateway does not answer with the org's answer.
package enum GatewayError: Error, Sendable {
    /// The caller has no handle, or one that does not exist or was revoked.
    case unknownHandle
    case refused(Refusal)
    /// The org could not be reached or refused the sign-in, or the store fails.
    case failed(ConnectedAppError)
}

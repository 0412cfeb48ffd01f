internal import JWTBearer
internal import MetadataAPI

/// Reads an org's metadata through its SOAP Metadata API.
struct MetadataReader: Sendable {
    let api: OrgAPI
    let surroundings: Surroundings

    /// The limits for an answer that lists or describes many components: 128 MiB and five minutes. A list of 100,000
    /// components takes about 60 MB.
    static let listing = ExchangeLimits(bodyBytes: 128 << 20, total: .seconds(300))
    /// The limits for an answer with an archive: 256 MiB and 15 minutes. The archive is base64, in an envelope that also
    /// describes its files.
    static let archive = ExchangeLimits(bodyBytes: 256 << 20, total: .seconds(900))
    /// How many calls run at the same time while listing.
    private static let parallelCalls = 4

    /// Reads the org's highest API version, and its metadata types.
    func description() async throws -> (version: APIVersion, types: MetadataDescription) {
        let granted = try await api.tokens.token()
        let version = try await OrgAPI.highestVersion(at: granted.instance, transport: api.transport)
        return (version, try await description(asOf: version))
    }

    /// Reads the org's metadata types as of an API version.
    func description(asOf version: APIVersion) async throws -> MetadataDescription {
        try await repeating(.describeMetadata(asOf: version), version) { .describeMetadata() }
    }

    /// The result of ``components(_:progress:)``: the org's components that match the options.
    struct Components: Sendable {
        let version: APIVersion
        /// As the org listed them, in no fixed order.
        let rows: [FileProperties]
        /// A package that names the components.
        let manifest: PackageManifest
        /// What was omitted, and why.
        let findings: [InventoryFinding]
    }

    /// Lists components. A call lists up to three types, and up to ``parallelCalls`` calls run at the same time.
    ///
    /// - Parameter progress: Called after a round of parallel calls if the number of calls so far is a multiple of 20, and
    ///   after the last round.
    /// - Throws: ``ConnectedAppError`` with `.typeUnknown` if the org does not have a requested type, and the causes of
    ///   calls.
    func components(
        _ options: Inventory.Options, progress: @Sendable (PullProgress) -> Void
    ) async throws -> Components {
        let (version, types) = try await description()
        var inventory = Inventory(of: types, version: version, options: options)
        let unknown = inventory.findings.compactMap { finding in
            if case .typeUnknown(let type) = finding { type } else { nil }
        }
        if let type = unknown.first {
            let known = types.types.map(\.name)
            let detail = Spelling.nearest(to: type, among: known).map {
                "The org has no such metadata type. Did you mean \($0)?"
            }
            throw ConnectedAppError(.typeUnknown, subject: type, detail: detail)
        }
        var rows: [FileProperties] = []
        var done = 0
        while !inventory.outstanding.isEmpty {
            let batches = Array(inventory.outstanding.prefix(Self.parallelCalls))
            let outcomes = try await withThrowingTaskGroup(of: (ListBatch, Inventory.Outcome).self) { group in
                for batch in batches { group.addTask { (batch, try await list(batch, version)) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            for (batch, outcome) in outcomes {
                // Throws only if aprity has a bug: the batch is outstanding, and `list` returns no other fault.
                try inventory.record(outcome, of: batch)
                if case .listed(let found) = outcome { rows += found }
            }
            done += batches.count
            if done.isMultiple(of: 20) || inventory.outstanding.isEmpty { progress(.listing(calls: done)) }
        }
        guard let manifest = inventory.manifest else { throw ConnectedAppError(.internalError) }
        return Components(version: version, rows: rows, manifest: manifest, findings: inventory.findings)
    }

    private func list(_ batch: ListBatch, _ version: APIVersion) async throws -> Inventory.Outcome {
        do {
            return .listed(
                try await repeating(.listMetadata(batch, asOf: version), version) { .listMetadata() })
        } catch let error as ConnectedAppError where error.cause == .typeUnknown {
            guard case .soapFault(let fault) = error.circumstance else { throw error }
            return .typeRefused(fault)
        }
    }

    /// Makes a read-only call, and repeats it as ``RetryPolicy/reads`` says if the connection was lost or the org was
    /// temporarily unable to answer.
    private func repeating<Reply>(
        _ call: SOAPCall, _ version: APIVersion, reader: () -> ReplyReader<Reply>
    ) async throws -> Reply {
        var number = 1
        while true {
            let outcome: RetryPolicy.Outcome
            let last: any Error
            do {
                return try await api.soapAtHost(
                    call, version: version, within: Self.listing, isRepeatedByCaller: true, reader: reader)
            } catch let error as OrgAPI.OrgTransportFailure {
                last = ConnectedAppError(error.failure, host: error.host)
                guard error.failure.kind == .connectionLost else { throw last }
                outcome = .connectionLost
            } catch let putOff as OrgAPI.RetryLater {
                (last, outcome) = (putOff.error, .retryLater(retryAfter: putOff.retryAfter))
            } catch let error as ConnectedAppError where error.cause == .orgTransient {
                (last, outcome) = (error, .retryLater(retryAfter: nil))
            }
            guard let pause = RetryPolicy.reads.pause(after: outcome, attempt: number, surroundings) else { throw last }
            if pause > .zero { try await surroundings.sleep(pause) }
            number += 1
        }
    }
}

/// The progress of a listing or a pull, for people. Each value says what begins now, except ``listing(calls:)``, which
/// says what is done.
public enum PullProgress: Sendable, Equatable, CustomStringConvertible {
    /// This many calls of the listing were made.
    case listing(calls: Int)
    /// Parts are counted from 1. Their number grows if the org finds a part too large.
    case retrieving(part: Int, of: Int, entries: Int)
    /// Waiting before the org is asked again whether it has collected the components.
    case waiting(seconds: Int)
    case receiving
    case unpacking(part: Int, of: Int)

    public var description: String {
        switch self {
        case .listing(let calls): "listing components: \(calls) \(calls == 1 ? "call" : "calls") made"
        case .retrieving(let part, let parts, let entries):
            "retrieving part \(part) of \(parts): \(entries) \(entries == 1 ? "entry" : "entries") of package.xml"
        case .waiting(let seconds): "waiting \(seconds) s for the org to collect the components"
        case .receiving: "receiving the archive"
        case .unpacking(let part, let parts): "unpacking part \(part) of \(parts)"
        }
    }
}

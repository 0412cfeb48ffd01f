internal import JWTBearer
internal import MetadataAPI

/// Reads an org's metadata through its SOAP Metadata API.
struct MetadataReader: Sendable {
    let api: OrgAPI
    let surroundings: Surroundings
    /// Counts the calls to the Metadata API.
    let calls = CallCount()

    /// The limits for an answer that lists or describes many components: 128 MiB and five minutes. A list of 100,000
    /// components takes about 60 MB.
    static let listing = ExchangeLimits(bodyBytes: 128 << 20, total: .seconds(300))
    /// The limits for an answer with an archive: 256 MiB and 15 minutes. The archive is base64, in an envelope that also
    /// describes its files.
    static let archive = ExchangeLimits(bodyBytes: 256 << 20, total: .seconds(900))
    /// How many calls run at the same time while listing.
    static let parallelCalls = 4

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
        /// Sorted by type and name.
        let listed: [ListedComponent]
        /// A package that names the components.
        let manifest: PackageManifest
        /// What the org could not list, and names that a package cannot contain; sorted.
        let leftOut: [LeftOut]
        let inventory: Inventory

        /// What the org could not list, and why. If there is much, the first and the number of the others.
        var notes: [String] { ShownNotes.cut(leftOut.map(\.note)) }
    }

    /// After this many refused calls with a single type, and no list, the org is to blame and not the types.
    private static let mostRefusals = 10

    /// Lists components. A call lists up to three types. A type that the org cannot list is left out.
    ///
    /// - Parameters:
    ///   - parallel: How many calls may run at the same time.
    ///   - progress: Called after each call.
    /// - Throws: ``ConnectedAppError`` with `.typeUnknown` if the org does not have a requested type, and the causes of
    ///   calls that are not about a type, or that hit all types.
    func components(
        _ options: Inventory.Options, parallel: Int = parallelCalls, progress: @Sendable (PullProgress) -> Void
    ) async throws -> Components {
        let (version, types) = try await description()
        var inventory = Inventory(of: types, version: version, options: options)
        if let type = inventory.unknownTypes.first { throw Self.unknown(type, among: types.types.map(\.name)) }
        var done = 0
        var refusals = 0
        var hasListed = false
        var begun: Set<ListBatch> = []
        try await withThrowingTaskGroup(of: (ListBatch, ListAnswer).self) { group in
            while true {
                calls.expect(inventory.outstanding.count - begun.count)
                for batch in inventory.outstanding where !begun.contains(batch) {
                    guard begun.count < parallel else { break }
                    begun.insert(batch)
                    group.addTask { (batch, try await list(batch, version)) }
                }
                guard let (batch, answer) = try await group.next() else { break }
                begun.remove(batch)
                switch answer {
                case .listed(let rows):
                    hasListed = true
                    try inventory.record(.listed(rows), of: batch)
                case .refused(let fault, let error):
                    if batch.isSingle { refusals += 1 }
                    if !hasListed, refusals >= Self.mostRefusals { throw error }
                    try inventory.record(.refused(fault), of: batch)
                }
                done += 1
                progress(.listing(calls: done, of: done + inventory.outstanding.count))
            }
        }
        guard let manifest = inventory.manifest else { throw ConnectedAppError(.internalError) }
        return Components(
            version: version, listed: inventory.components, manifest: manifest, leftOut: inventory.leftOut,
            inventory: inventory)
    }

    private static func unknown(_ type: String, among known: [String]) -> ConnectedAppError {
        let detail = Spelling.nearest(to: type, among: known).map {
            "The org has no such metadata type. Did you mean \($0)?"
        }
        return ConnectedAppError(.typeUnknown, subject: type, detail: detail)
    }

    private enum ListAnswer: Sendable {
        case listed([FileProperties])
        case refused(SOAPFault, ConnectedAppError)
    }

    /// Lists one to three types. A fault of a call with several types is not repeated, because each type is then listed
    /// alone.
    private func list(_ batch: ListBatch, _ version: APIVersion) async throws -> ListAnswer {
        do {
            return .listed(
                try await repeating(
                    .listMetadata(batch, asOf: version), version, repeatsFaults: batch.isSingle
                ) { .listMetadata() })
        } catch let error as ConnectedAppError {
            guard case .soapFault(let fault) = error.circumstance, error.cause.isAboutComponents else { throw error }
            return .refused(fault, error)
        }
    }

    /// Makes a read-only call, and repeats it as ``RetryPolicy/reads`` says if the connection was lost or the org was
    /// temporarily unable to answer.
    ///
    /// - Parameter repeatsFaults: Whether it is also repeated after a fault that may pass.
    func repeating<Reply>(
        _ call: SOAPCall, _ version: APIVersion, repeatsFaults: Bool = true, reader: () -> ReplyReader<Reply>
    ) async throws -> Reply {
        var number = 1
        while true {
            let outcome: RetryPolicy.Outcome
            let last: any Error
            do {
                try calls.add()
                return try await api.soapAtHost(
                    call, version: version, within: Self.listing, isRepeatedByCaller: true, reader: reader)
            } catch let error as OrgAPI.OrgTransportFailure {
                last = ConnectedAppError(error.failure, host: error.host)
                guard error.failure.kind == .connectionLost else { throw last }
                outcome = .connectionLost
            } catch let putOff as OrgAPI.RetryLater {
                (last, outcome) = (putOff.error, .retryLater(retryAfter: putOff.retryAfter))
            } catch let error as ConnectedAppError where error.cause == .orgTransient {
                guard repeatsFaults || !(error.circumstance?.isSOAPFault ?? false) else { throw error }
                (last, outcome) = (error, .retryLater(retryAfter: nil))
            }
            guard let pause = RetryPolicy.reads.pause(after: outcome, attempt: number, surroundings) else { throw last }
            if pause > .zero { try await surroundings.sleep(pause) }
            number += 1
        }
    }
}

/// The progress of a listing or a pull, for people. Each value says what begins now, except ``listing(calls:of:)``, ``unchanged(_:of:)`` and
/// ``failed(_:message:)``, which say what is done.
public enum PullProgress: Sendable, Equatable, CustomStringConvertible {
    /// This many calls of the listing were made, of those that are known to be needed.
    case listing(calls: Int, of: Int)
    /// This many of the listed components are as they were in the former pull.
    case unchanged(Int, of: Int)
    /// An interrupted pull is resumed; it has this many of the listed components.
    case resumed(Int, of: Int, since: String)
    /// An interrupted pull has started this many retrieves, whose archives the org may still have.
    case collecting(Int)
    /// Retrieves are counted from 1. Several can run at the same time.
    case retrieving(Int, entries: Int, Purpose)
    /// The retrieve with this number failed, with the org's words. What is in it is tried again.
    case failed(Int, message: String)
    /// Waiting before the org is asked again whether it has collected the components.
    case waiting(seconds: Int)
    case receiving
    case unpacking
    /// A retrieve has delivered this many entries of `package.xml`, of all that the pull needs, and this many bytes.
    case delivered(entries: Int, of: Int, bytes: Int)
    /// The pull failed or was interrupted, and what the org has delivered is kept for the next pull into the folder.
    ///
    /// - Parameter hours: For how long.
    case suspended(hours: Int)

    public var description: String {
        switch self {
        case .listing(let calls, let all): "listing components: \(calls) of \(all) \(all == 1 ? "call" : "calls") made"
        case .unchanged(let count, let all): "\(count) of \(all) components have not changed since the former pull"
        case .resumed(let count, let all, let since):
            "resuming the interrupted pull of \(since), which has \(count) of \(all) components"
        case .collecting(let count):
            "asking for \(count) \(count == 1 ? "retrieve" : "retrieves") of the interrupted pull"
        case .retrieving(let number, let entries, let purpose):
            "retrieve \(number): \(entries) \(entries == 1 ? "entry" : "entries") of package.xml\(purpose.suffix)"
        case .failed(let number, let message): "retrieve \(number) failed: \(message)"
        case .waiting(let seconds): "waiting \(seconds) s for the org to collect the components"
        case .receiving: "receiving the archive"
        case .unpacking: "unpacking the archive"
        case .delivered(let entries, let all, _): "\(entries) of \(all) entries of package.xml delivered"
        case .suspended(let hours):
            "what the org has delivered is kept; a pull into this folder within \(hours == 1 ? "an hour" : "a day") goes on from there"
        }
    }
}

extension PullProgress {
    /// Why a retrieve is made.
    public enum Purpose: Sendable, Equatable {
        case delivery, repetition, search, missing

        init(_ purpose: RetrieveSchedule.Purpose) {
            self =
                switch purpose {
                case .delivery: .delivery
                case .repetition: .repetition
                case .search: .search
                case .missing: .missing
                }
        }

        fileprivate var suffix: String {
            switch self {
            case .delivery: ""
            case .repetition: ", again after a pause"
            case .search: ", to find the component to blame"
            case .missing: " that were missing, once more"
            }
        }
    }
}

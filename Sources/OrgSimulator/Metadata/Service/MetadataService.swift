import Foundation

/// The SOAP Metadata API of one simulated org. It supports reading, and deploying apps and permission sets. It refuses
/// all other calls that change metadata.
actor MetadataService {
    var settings: MetadataServiceSettings
    private var repository: MetadataRepository
    /// The retrieve jobs by id, until ``deleteJobs()``.
    var jobs: [String: RetrieveJob] = [:]
    /// The deployments by id, until ``deleteJobs()``.
    var deployments: [String: DeployJob] = [:]
    let registry = MetadataRegistry.standard
    /// Returns org time.
    let now: @Sendable () -> Date
    /// Returns the next number for a job id.
    let random: @Sendable () -> UInt64

    /// - Parameters:
    ///   - now: Returns org time.
    ///   - random: Returns numbers for job ids. It is seeded, so that a run can be repeated.
    init(
        repository: MetadataRepository, settings: MetadataServiceSettings, now: @escaping @Sendable () -> Date,
        random: @escaping @Sendable () -> UInt64
    ) {
        self.repository = repository
        self.settings = settings
        self.now = now
        self.random = random
    }

    /// Serves another state of the folder from now on. What is new or different changed now. Existing jobs keep their
    /// results.
    ///
    /// - Returns: The data from which properties are derived from now on.
    @discardableResult func serve(_ repository: MetadataRepository) -> FileProperties.Origin {
        settings.changes.record(from: self.repository, to: repository, at: now())
        self.repository = repository
        return .init(settings)
    }

    /// Uses other settings from now on. Existing jobs keep their results and durations.
    func apply(_ settings: MetadataServiceSettings) { self.settings = settings }

    /// Deletes all jobs.
    func deleteJobs() {
        jobs = [:]
        deployments = [:]
    }

    /// Answers a request. Every error is a fault in the reply.
    ///
    /// - Parameters:
    ///   - versionInPath: The segment after `/services/Soap/m/`.
    ///   - session: Returns the session for the id in a SessionHeader.
    func respond(
        to body: [UInt8], versionInPath: String, session: @Sendable (String) async -> SessionLookup
    ) async -> SOAPReply {
        let message: SOAPMessage
        do {
            message = try SOAPMessage(body)
        } catch {
            return Self.refusal(.client(error.description), nil, (.other, "the envelope is invalid: \(error)"))
        }
        guard let operation = message.operations.first, message.operations.count == 1 else {
            return Self.refusal(
                .client("the Body must have one operation, not \(message.operations.count)"), nil,
                Self.verdict(ofSeveral: message.operations))
        }
        let name = operation.localName
        var verdict = MetadataOperation.verdict(of: name)
        do throws(SOAPFault) {
            let version = try version(versionInPath)
            let caller = try await caller(message.sessionID, session)
            let body = try await answer(operation, caller: caller, version: version, pathVersion: versionInPath)
            var reply = SOAPReply(
                status: 200, body: body, operation: name, verdict: verdict.verdict, reason: verdict.reason)
            reply.isSynthetic =
                name == "describeValueType" || (name == "checkDeployStatus" && reportsSyntheticProblem(operation))
            return reply
        } catch {
            verdict.reason += "; refused with \(error.code)"
            return Self.refusal(error, name, verdict)
        }
    }

    private static func refusal(
        _ fault: SOAPFault, _ operation: String?, _ verdict: (verdict: RequestVerdict, reason: String)
    ) -> SOAPReply {
        SOAPReply(
            status: 500, body: SOAPEnvelope.fault(fault), operation: operation, verdict: verdict.verdict,
            reason: verdict.reason)
    }

    /// Classifies a request that does not have exactly one operation. If one of several changes metadata, the request
    /// counts as a change.
    private static func verdict(ofSeveral operations: [XMLTree]) -> (verdict: RequestVerdict, reason: String) {
        let names = operations.map(\.localName)
        let changes = names.contains { MetadataOperation.changing.contains($0) }
        return (
            changes ? .changesMetadata : .other,
            names.isEmpty ? "the Body is empty" : "the Body has several operations: \(names.joined(separator: ", "))"
        )
    }

    private func version(_ path: String) throws(SOAPFault) -> Double {
        let digits = path.hasSuffix(".0") ? path.dropLast(2) : ""
        guard (2...3).contains(digits.count), digits.allSatisfy({ $0.isASCII && $0.isNumber }),
            let version = Int(digits), (31...settings.newestVersion).contains(version)
        else { throw .org("UNSUPPORTED_API_VERSION", "Invalid Api version specified on URL") }
        return Double(version)
    }

    private func caller(
        _ sessionID: String?, _ session: @Sendable (String) async -> SessionLookup
    ) async throws(SOAPFault) -> MetadataCaller {
        guard let sessionID else { throw .client("the request has no SessionHeader with a sessionId") }
        switch await session(sessionID) {
        case .refused(let code, let text):
            throw SOAPFault(code: code.contains(":") ? code : "sf:\(code)", text: text)
        case .valid(let caller):
            guard caller.mayUseMetadataAPI else { throw .insufficientAccess }
            return caller
        }
    }

    private func answer(
        _ operation: XMLTree, caller: MetadataCaller, version: Double, pathVersion: String
    ) async throws(SOAPFault) -> [UInt8] {
        let name = operation.localName
        let repository = repository(for: caller)
        let namespace = operation.namespace ?? ""
        guard namespace == SOAPMessage.metadataNamespace else { throw Self.unknown(namespace, name) }
        switch name {
        case "describeMetadata":
            let description = DescribeMetadataAnswer(
                registry: registry, isSandbox: settings.isSandbox, emptyTypes: caller.conditions.listing.emptyTypes)
            return SOAPEnvelope.reply(name, [description.result(in: asOf(operation, version))])
        case "describeValueType":
            let description = DescribeValueTypeAnswer(registry: registry, repository: repository)
            return SOAPEnvelope.reply(name, [try description.result(operation)])
        case "listMetadata":
            return try await list(operation, in: repository, caller: caller, version: asOf(operation, version))
        case "readMetadata":
            return try await read(operation, from: repository, caller: caller)
        case "retrieve":
            return await retrieve(operation, from: repository, caller: caller, pathVersion: pathVersion)
        case "checkRetrieveStatus":
            return try checkRetrieveStatus(operation, caller)
        case "checkStatus":
            return try checkStatus(operation, caller)
        case "deploy":
            return try await deploy(operation, caller)
        case "checkDeployStatus":
            return try checkDeployStatus(operation, caller)
        case _ where MetadataOperation.changing.contains(name):
            throw .notSupported("does not serve \(name), because it changes metadata")
        case _ where MetadataOperation.reading.contains(name):
            throw .notSupported("does not serve \(name)")
        default:
            throw Self.unknown(namespace, name)
        }
    }

    /// Returns the metadata that the caller can see.
    func repository(for caller: MetadataCaller) -> MetadataRepository { repository.serving(caller.live) }

    private static func unknown(_ namespace: String, _ name: String) -> SOAPFault {
        .client("No operation available for request {\(namespace)}\(name), please check the WSDL for the service.")
    }

    /// Returns the version that describeMetadata or listMetadata asks for, or the one in the path.
    private func asOf(_ operation: XMLTree, _ pathVersion: Double) -> Double {
        let version = operation.value("asOfVersion").flatMap(Double.init)
        return version.flatMap { $0.isFinite ? $0 : nil } ?? pathVersion
    }
}

// MARK: Lists and reads

extension MetadataService {
    private func list(
        _ operation: XMLTree, in repository: MetadataRepository, caller: MetadataCaller, version: Double
    ) async throws(SOAPFault) -> [UInt8] {
        let conditions = caller.conditions.listing
        let listing = ListMetadataAnswer(
            registry: registry, repository: repository, origin: .init(settings, conditions), conditions: conditions)
        let results = try listing.results(operation, version: version)
        // Calls that are wrong themselves do not count as hits.
        let types = operation.children("queries").compactMap { $0.value("type") }
        if let fault = await caller.faults.listing(types) { throw SOAPFault(fault, seed: random()) }
        let usesXSI = results.contains { $0.children.contains { !$0.attributes.isEmpty } }
        return SOAPEnvelope.reply("listMetadata", results, usesXSI: usesXSI)
    }

    private func read(
        _ operation: XMLTree, from repository: MetadataRepository, caller: MetadataCaller
    ) async throws(SOAPFault) -> [UInt8] {
        let type = operation.value("type") ?? ""
        if let fault = await caller.faults.reading(type) { throw SOAPFault(fault, seed: random()) }
        let names = Set(operation.children("fullNames").map(\.trimmedText))
        let conditions = caller.conditions.retrieve
        var rotten = conditions.rotten.filter { $0.type == type && names.contains($0.fullName) }
        if !rotten.isEmpty { rotten = await caller.faults.rotten(rotten) }
        let reading = MetadataReading(
            registry: registry, repository: repository, disclosure: AppDisclosure(settings),
            byName: caller.live.byName, refusals: conditions.refusals,
            rotten: rotten, permissions: caller.permissions, seed: random())
        return SOAPEnvelope.reply("readMetadata", [try reading.result(operation)], usesXSI: true)
    }
}

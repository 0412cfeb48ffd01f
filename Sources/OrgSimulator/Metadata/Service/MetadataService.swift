import Foundation

/// The SOAP Metadata API of one simulated org. It supports reading, and deploying apps and permission sets. It refuses
/// all other calls that change metadata.
actor MetadataService {
    private(set) var settings: MetadataServiceSettings
    private var repository: MetadataRepository
    /// The retrieve jobs by id, until ``deleteJobs()``.
    private var jobs: [String: RetrieveJob] = [:]
    /// The deployments by id, until ``deleteJobs()``.
    var deployments: [String: DeployJob] = [:]
    private let registry = MetadataRegistry.standard
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

    /// Serves another folder from now on. Existing jobs keep their results.
    func serve(_ repository: MetadataRepository) { self.repository = repository }

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
            reply.isSynthetic = name == "checkDeployStatus" && reportsSyntheticProblem(operation)
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
        let repository = repository.serving(caller.live)
        let namespace = operation.namespace ?? ""
        guard namespace == SOAPMessage.metadataNamespace else { throw Self.unknown(namespace, name) }
        switch name {
        case "describeMetadata":
            let description = DescribeMetadataAnswer(registry: registry, isSandbox: settings.isSandbox)
            return SOAPEnvelope.reply(name, [description.result(in: asOf(operation, version))])
        case "listMetadata":
            let listing = ListMetadataAnswer(registry: registry, repository: repository, origin: .init(settings))
            return SOAPEnvelope.reply(name, try listing.results(operation, version: asOf(operation, version)))
        case "readMetadata":
            let reading = MetadataReading(
                registry: registry, repository: repository, disclosure: AppDisclosure(settings),
                byName: caller.live.byName)
            return SOAPEnvelope.reply(name, [try reading.result(operation)], usesXSI: true)
        case "retrieve":
            return retrieve(operation, from: repository, caller: caller, pathVersion: pathVersion)
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

    private static func unknown(_ namespace: String, _ name: String) -> SOAPFault {
        .client("No operation available for request {\(namespace)}\(name), please check the WSDL for the service.")
    }

    /// Returns the version that describeMetadata or listMetadata asks for, or the one in the path.
    private func asOf(_ operation: XMLTree, _ pathVersion: Double) -> Double {
        let version = operation.value("asOfVersion").flatMap(Double.init)
        return version.flatMap { $0.isFinite ? $0 : nil } ?? pathVersion
    }
}

extension MetadataService {
    private func retrieve(
        _ operation: XMLTree, from repository: MetadataRepository, caller: MetadataCaller, pathVersion: String
    ) -> [UInt8] {
        let request = RetrieveRequest(operation, pathVersion: pathVersion)
        let outcome: RetrieveOutcome
        if let failure = settings.failNextRetrieve {
            settings.failNextRetrieve = nil
            outcome = .failed(failure)
        } else {
            let planner = RetrievePlanner(registry: registry, repository: repository, settings: settings)
            outcome = planner.outcome(of: request, for: caller, now: now())
        }
        var id = MetadataRecordID.completed("09S", seed: random())
        while jobs[id] != nil { id = MetadataRecordID.completed("09S", seed: random()) }
        jobs[id] = RetrieveJob(
            id: id, userID: caller.userID, created: now(), outcome: outcome, seconds: settings.retrieveSeconds,
            polls: settings.retrievePolls)
        return SOAPEnvelope.reply("retrieve", [Self.asyncResult(id, isDone: false, state: "Queued")])
    }

    /// Returns an `AsyncResult`, the answer to a call that starts a job.
    static func asyncResult(_ id: String, isDone: Bool, state: String) -> XMLTree {
        XMLTree(
            "result",
            [
                XMLTree("done", text: isDone ? "true" : "false"), XMLTree("id", text: id),
                XMLTree("state", text: state),
            ])
    }

    /// Returns the user's job with an id of 15 or 18 characters. The fault code for an invalid id is documented; its
    /// text is not.
    private func job(_ id: String?, _ caller: MetadataCaller) throws(SOAPFault) -> RetrieveJob {
        let short = id.map { $0.count == 15 ? $0 + MetadataRecordID.suffix(of: $0) : $0 } ?? ""
        guard let job = jobs[short], job.userID == caller.userID else {
            throw .org("INVALID_ID_FIELD", "no such asynchronous process for this user")
        }
        return job
    }

    private func checkStatus(_ operation: XMLTree, _ caller: MetadataCaller) throws(SOAPFault) -> [UInt8] {
        let ids = operation.children.map(\.trimmedText)
        var results: [XMLTree] = []
        for id in ids {
            var job = try job(id, caller)
            job.pollCount += 1
            jobs[job.id] = job
            let status = job.status(at: now())
            let state =
                switch status {
                case .pending: "Queued"
                case .inProgress: "InProgress"
                case .succeeded: "Completed"
                case .failed: "Error"
                }
            results.append(Self.asyncResult(job.id, isDone: status.isDone, state: state))
        }
        return SOAPEnvelope.reply("checkStatus", results)
    }

    private func checkRetrieveStatus(_ operation: XMLTree, _ caller: MetadataCaller) throws(SOAPFault) -> [UInt8] {
        var job = try job(operation.value("asyncProcessId"), caller)
        // Clients search for this text. The fault code is not confirmed. Nor is it confirmed that an org also refuses a
        // call without the archive.
        guard !job.isDelivered else { throw .org("INVALID_LOCATOR", "Retrieve result has been deleted.") }
        // The default is true.
        let wantsArchive = operation.flag("includeZip") ?? true
        job.pollCount += 1
        let status = job.status(at: now())
        var archive: [UInt8]?
        if wantsArchive, status == .succeeded, case .succeeded(let package) = job.outcome {
            do {
                archive = try package.archive(date: job.created)
            } catch {
                throw .notSupported("cannot pack the archive: \(error.description)")
            }
            job.isDelivered = true
        }
        let reply = Self.retrieveResult(job, status, archive)
        // A delivered job no longer needs its files.
        jobs[job.id] = job.isDelivered ? job.withoutFiles() : job
        return SOAPEnvelope.reply("checkRetrieveStatus", [reply], usesXSI: archive == nil)
    }

    /// The elements are in the order of the schema, which is alphabetical.
    private static func retrieveResult(
        _ job: RetrieveJob, _ status: RetrieveJob.Status, _ archive: [UInt8]?
    ) -> XMLTree {
        var elements = [XMLTree("done", text: status.isDone ? "true" : "false")]
        if status == .failed, case .failed(let failure) = job.outcome {
            elements.append(XMLTree("errorMessage", text: failure.message))
            elements.append(XMLTree("errorStatusCode", text: failure.statusCode))
        }
        let package: RetrievedPackage? =
            if status == .succeeded, case .succeeded(let package) = job.outcome { package } else { nil }
        elements += (package?.properties ?? []).map { XMLTree("fileProperties", $0.elements) }
        elements.append(XMLTree("id", text: job.id))
        elements += (package?.messages ?? []).map {
            XMLTree(
                "messages", [XMLTree("fileName", text: $0.fileName), XMLTree("problem", text: $0.problem)])
        }
        elements.append(XMLTree("status", text: status.rawValue))
        elements.append(XMLTree("success", text: status == .succeeded ? "true" : "false"))
        if let archive {
            elements.append(XMLTree("zipFile", text: Data(archive).base64EncodedString()))
        } else {
            elements.append(XMLTree("zipFile", [], attributes: ["xsi:nil": "true"]))
        }
        return XMLTree("result", elements)
    }
}

extension RetrieveJob {
    /// Returns the job as succeeded, without the files, properties and messages of its result.
    func withoutFiles() -> RetrieveJob {
        var job = RetrieveJob(
            id: id, userID: userID, created: created,
            outcome: .succeeded(RetrievedPackage(files: [], properties: [], messages: [])), seconds: seconds,
            polls: polls)
        job.pollCount = pollCount
        job.isDelivered = isDelivered
        return job
    }
}

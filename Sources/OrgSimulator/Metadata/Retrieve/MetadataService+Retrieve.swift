import Foundation

extension MetadataService {
    /// Starts a job. Its outcome is determined now, and reported when the job's time has passed.
    func retrieve(
        _ operation: XMLTree, from repository: MetadataRepository, caller: MetadataCaller, pathVersion: String
    ) async -> [UInt8] {
        let request = RetrieveRequest(operation, pathVersion: pathVersion)
        let outcome: RetrieveOutcome
        if let failure = settings.failNextRetrieve {
            settings.failNextRetrieve = nil
            outcome = .failed(failure)
        } else {
            let planner = RetrievePlanner(
                registry: registry, repository: repository, settings: settings, seed: random())
            outcome = await planner.outcome(of: request, for: caller, now: now())
        }
        var id = MetadataRecordID.completed("09S", seed: random())
        while jobs[id] != nil { id = MetadataRecordID.completed("09S", seed: random()) }
        let (seconds, polls) = duration(outcome, caller.conditions.retrieve)
        jobs[id] = RetrieveJob(
            id: id, userID: caller.userID, created: now(), outcome: outcome, seconds: seconds, polls: polls)
        return SOAPEnvelope.reply("retrieve", [Self.asyncResult(id, isDone: false, state: "Queued")])
    }

    private func duration(_ outcome: RetrieveOutcome, _ conditions: RetrieveConditions) -> (Double, Int?) {
        if outcome.exceedsLimit, let seconds = conditions.limitSeconds { return (seconds, nil) }
        return (conditions.seconds ?? settings.retrieveSeconds, conditions.polls ?? settings.retrievePolls)
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

    /// Returns the states of retrieves and deployments.
    func checkStatus(_ operation: XMLTree, _ caller: MetadataCaller) throws(SOAPFault) -> [UInt8] {
        var results: [XMLTree] = []
        for id in operation.children.map(\.trimmedText) {
            if let job = deployment(id), job.userID == caller.userID {
                results.append(Self.asyncResult(job.id, isDone: job.isDone(at: now()), state: job.state(at: now())))
                continue
            }
            var job = try job(id, caller)
            job.pollCount += 1
            jobs[job.id] = job
            let status = job.status(at: now())
            results.append(Self.asyncResult(job.id, isDone: status.isDone, state: status.asyncState))
        }
        return SOAPEnvelope.reply("checkStatus", results)
    }

    func checkRetrieveStatus(_ operation: XMLTree, _ caller: MetadataCaller) throws(SOAPFault) -> [UInt8] {
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

extension RetrieveJob.Status {
    /// The state of an `AsyncResult`.
    fileprivate var asyncState: String {
        switch self {
        case .pending: "Queued"
        case .inProgress: "InProgress"
        case .succeeded: "Completed"
        case .failed: "Error"
        }
    }
}

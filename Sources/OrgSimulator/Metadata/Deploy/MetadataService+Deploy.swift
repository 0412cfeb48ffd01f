extension MetadataService {
    /// Starts a deployment. The changes are made before this returns; ``checkDeployStatus(_:_:)`` reports the outcome
    /// only when the job's time has passed.
    func deploy(_ operation: XMLTree, _ caller: MetadataCaller) async throws(SOAPFault) -> [UInt8] {
        switch caller.deployment {
        case .notSimulated: throw .notSupported("does not serve deploy, because it changes metadata")
        case .forbidden: throw .insufficientAccess
        case .granted(let run):
            let request = try DeployRequest(operation)
            let outcome = await run(request)
            var id = MetadataRecordID.completed("0Af", seed: random())
            while deployments[id] != nil { id = MetadataRecordID.completed("0Af", seed: random()) }
            deployments[id] = DeployJob(
                id: id, userID: caller.userID, userName: caller.userName, created: now(), request: request.options,
                outcome: outcome, seconds: settings.deploySeconds)
            return SOAPEnvelope.reply("deploy", [Self.asyncResult(id, isDone: false, state: "Queued")])
        }
    }

    /// Returns the status of a job. Only the user who started it can read it. The fault code for an invalid id is
    /// documented; its text is not.
    func checkDeployStatus(_ operation: XMLTree, _ caller: MetadataCaller) throws(SOAPFault) -> [UInt8] {
        if case .notSimulated = caller.deployment { throw .notSupported("does not serve checkDeployStatus") }
        guard let job = deployment(operation.value("asyncProcessId") ?? ""), job.userID == caller.userID else {
            throw .org("INVALID_ID_FIELD", "no such asynchronous process for this user")
        }
        let result = job.result(at: now(), withDetails: operation.flag("includeDetails") ?? false)
        return SOAPEnvelope.reply("checkDeployStatus", [result])
    }

    /// Returns the job with an id of 15 or 18 characters.
    func deployment(_ id: String) -> DeployJob? {
        deployments[id.count == 15 ? id + MetadataRecordID.suffix(of: id) : id]
    }

    /// Whether the reply to `checkDeployStatus` has a problem whose text no real org is known to use.
    func reportsSyntheticProblem(_ operation: XMLTree) -> Bool {
        guard let job = deployment(operation.value("asyncProcessId") ?? "") else { return false }
        return job.isDone(at: now()) && job.outcome.isSynthetic
    }
}

extension SOAPFault {
    /// The fault for users without access to the Metadata API, and for users who may read but not deploy.
    static var insufficientAccess: SOAPFault {
        .org(
            "INSUFFICIENT_ACCESS",
            "use of the Metadata API requires a user with the ModifyAllData or ModifyMetadata permissions")
    }
}

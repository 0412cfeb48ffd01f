extension MetadataService {
    /// The outcome is settled when the call comes; the job tells it later.
    func deploy(_ operation: XMLTree, _ caller: MetadataCaller) async throws(SOAPFault) -> [UInt8] {
        switch caller.deployment {
        case .notSimulated: throw .notSimulated("serves no call that changes metadata, and deploy is one")
        case .forbidden: throw .insufficientAccess
        case .granted(let carryOut):
            let request = try DeployRequest(operation)
            let outcome = await carryOut(request)
            var id = MetadataRecordID.completed("0Af", seed: random())
            while deployments[id] != nil { id = MetadataRecordID.completed("0Af", seed: random()) }
            deployments[id] = DeployJob(
                id: id, userID: caller.userID, userName: caller.userName, created: now(), request: request.options,
                outcome: outcome, seconds: settings.deploySeconds)
            return SOAPEnvelope.reply("deploy", [Self.asyncResult(id, isDone: false, state: "Queued")])
        }
    }

    /// A job is bound to the user who made it. The fault code for a bad id is documented, its text is not.
    func checkDeployStatus(_ operation: XMLTree, _ caller: MetadataCaller) throws(SOAPFault) -> [UInt8] {
        if case .notSimulated = caller.deployment { throw .notSimulated("does not serve checkDeployStatus") }
        guard let job = deployment(operation), job.userID == caller.userID else {
            throw .org("INVALID_ID_FIELD", "no such asynchronous process for this user")
        }
        let result = job.result(at: now(), withDetails: operation.flag("includeDetails") ?? false)
        return SOAPEnvelope.reply("checkDeployStatus", [result])
    }

    private func deployment(_ operation: XMLTree) -> DeployJob? {
        let id = operation.value("asyncProcessId") ?? ""
        return deployments[id.count == 15 ? id + MetadataRecordID.suffix(of: id) : id]
    }

    /// Whether the reply has a problem in it that no real org is known to word so.
    func tellsSyntheticProblem(_ operation: XMLTree) -> Bool {
        guard let job = deployment(operation) else { return false }
        return job.isDone(at: now()) && job.outcome.isSynthetic
    }
}

extension SOAPFault {
    /// For reading too; it is also what a user is told who may read but not deploy.
    static var insufficientAccess: SOAPFault {
        .org(
            "INSUFFICIENT_ACCESS",
            "use of the Metadata API requires a user with the ModifyAllData or ModifyMetadata permissions")
    }
}

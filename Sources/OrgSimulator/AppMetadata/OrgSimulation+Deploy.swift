extension OrgSimulation {
    /// Deploys apps and permission sets like an admin's *Save*: changes to apps spread from server to server.
    ///
    /// A production org deploys all components or none. A sandbox does the same only if the request sets
    /// `rollbackOnError`. With `checkOnly`, nothing is saved. Problems are part of the outcome, never thrown.
    func deploy(_ request: DeployRequest, into orgID: String) -> DeployOutcome {
        guard let org = state.orgs.first(where: { $0.id == orgID }) else { return .failed("The org no longer exists.") }
        let package: DeployPackage
        do {
            package = try DeployPackage(request)
        } catch {
            return .failed("The zipFile cannot be read: \(error.description)")
        }
        guard package.problems.isEmpty else {
            return DeployOutcome(status: .failed, messages: package.problems, manifestPath: package.manifestPath)
        }
        let taken = Set(state.orgs.flatMap(\.apps).map(\.consumerKey))
        var deployment = OrgDeployment(org, takenConsumerKeys: taken, state.switches)
        for component in package.components { deployment.apply(component) }
        var outcome = saveChanges(deployment, request.options, in: org)
        outcome.manifestPath = package.manifestPath
        return outcome
    }

    private func saveChanges(
        _ deployment: OrgDeployment, _ options: DeployRequest.Options, in org: Org
    ) -> DeployOutcome {
        var outcome = DeployOutcome(status: .succeeded, messages: deployment.messages)
        if !outcome.failures.isEmpty {
            let isPartial = org.isSandbox && !options.rollsBackOnError && !outcome.successes.isEmpty
            outcome.status = isPartial ? .succeededPartial : .failed
        }
        guard outcome.status != .failed, !options.checkOnly else { return outcome }
        do {
            try save(try deployment.patch())
        } catch {
            return .failed(error.description)
        }
        let saved = state.orgs.first { $0.id == org.id } ?? org
        for index in outcome.messages.indices {
            outcome.messages[index].id = saved.recordID(of: outcome.messages[index])
        }
        return outcome
    }
}

extension Org {
    /// Returns the id of the record that a component created or changed; `nil` for settings files and failures.
    fileprivate func recordID(of message: DeployMessage) -> String? {
        guard message.problem == nil else { return nil }
        switch message.componentType {
        case "PermissionSet": return permissionSets.first { $0.name == message.fullName }?.id
        case AppType.connectedApp, AppType.externalClientApplication:
            return apps.first { $0.name == message.fullName }?.id
        default: return nil
        }
    }
}

internal import MetadataAPI

/// Lists and pulls the metadata of a connection's org. Each listing that succeeds, and each pull, is recorded in the audit record.
///
/// Every method throws ``ConnectedAppError`` with `.unknownAlias`, and the causes of sign-ins and of calls.
package struct MetadataReading: ConnectionService {
    let targets: Targets
    let sources: TokenSources

    /// Reads the metadata types of the org.
    package func types(of alias: String, as principal: Principal) async throws -> MetadataTypesView {
        let view = MetadataTypesView(try await reader(for: alias, as: principal).description())
        try await record(.metadataRead, alias, principal, facts: ["call": "types", "types": String(view.types.count)])
        return view
    }

    /// Lists the components of the org.
    ///
    /// - Parameter progress: Called during the listing.
    /// - Throws: ``ConnectedAppError`` with `.typeUnknown` if the org does not have one of the types.
    package func components(
        of alias: String, _ request: ListRequest, as principal: Principal, progress: @Sendable (PullProgress) -> Void
    ) async throws -> MetadataListView {
        let view = try await reader(for: alias, as: principal).list(request, progress: progress)
        try await record(
            .metadataRead, alias, principal, facts: ["call": "list", "components": String(view.components.count)])
        return view
    }

    /// Lists what has changed in the org, as ``MetadataReader/changes(since:progress:)`` does.
    package func changes(
        of alias: String, since base: ChangeBase, as principal: Principal, progress: @Sendable (PullProgress) -> Void
    ) async throws -> MetadataChangesView {
        let view = try await reader(for: alias, as: principal).changes(since: base, progress: progress)
        let count = view.added.count + view.changed.count + view.removed.count
        try await record(.metadataRead, alias, principal, facts: ["call": "changes", "changes": String(count)])
        return view
    }

    /// Pulls the org's metadata into a folder, as ``MetadataReader/pull(_:progress:)`` does.
    package func pull(
        of alias: String, _ request: PullRequest, as principal: Principal,
        progress: @escaping @Sendable (PullProgress) -> Void
    ) async throws -> PullView {
        var request = request
        request.connection = alias
        let view: PullView
        do { view = try await reader(for: alias, as: principal).pull(request, progress: progress) } catch {
            // What the org delivered until then may have been kept.
            let outcome =
                error is CancellationError
                ? "interrupted" : ((error as? ConnectedAppError)?.cause ?? .internalError).rawValue
            // In a task of its own, because this one may have been cancelled.
            await Task {
                await surroundings.tolerating(.auditRecord, ["connection": alias]) {
                    try await record(.metadataRead, alias, principal, outcome: outcome, facts: ["call": "pull"])
                }
            }.value
            throw error
        }
        try await record(.metadataRead, alias, principal, facts: ["call": "pull", "files": String(view.files)])
        return view
    }

    /// The metadata reader of a connection. All callers in this process share its token.
    func reader(for alias: String, as principal: Principal) async throws -> MetadataReader {
        let target = try await targets.preferred(alias)
        return MetadataReader(
            api: OrgAPI(transport: target.transport, tokens: try await sources.source(for: target, as: principal)),
            surroundings: surroundings)
    }
}

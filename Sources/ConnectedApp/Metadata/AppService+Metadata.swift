internal import MetadataAPI

extension AppService {
    /// The metadata types of the org.
    public func metadataTypes(of alias: String, as principal: Principal) async throws -> MetadataTypesView {
        let view = MetadataTypesView(try await reader(for: alias, as: principal).description())
        try await record(.metadataRead, alias, principal, facts: ["call": "types", "types": String(view.types.count)])
        return view
    }

    /// The components of the org, of some types or of all.
    public func metadataComponents(
        of alias: String, types: Set<String>?, as principal: Principal, progress: @Sendable (PullProgress) -> Void
    ) async throws -> MetadataListView {
        let view = MetadataListView(
            try await reader(for: alias, as: principal).components(Inventory.Options(types: types), progress: progress))
        try await record(
            .metadataRead, alias, principal, facts: ["call": "list", "components": String(view.components.count)])
        return view
    }

    /// Pulls the org's metadata into a folder.
    public func pullMetadata(
        of alias: String, _ request: PullRequest, as principal: Principal, progress: @Sendable (PullProgress) -> Void
    ) async throws -> PullView {
        let view = try await reader(for: alias, as: principal).pull(request, progress: progress)
        try await record(.metadataRead, alias, principal, facts: ["call": "pull", "files": String(view.files)])
        return view
    }
}

extension Storeless {
    public func metadataTypes(of connection: StorelessConnection) async throws -> MetadataTypesView {
        MetadataTypesView(try await reader(for: connection).description())
    }

    public func metadataComponents(
        of connection: StorelessConnection, types: Set<String>?, progress: @Sendable (PullProgress) -> Void
    ) async throws -> MetadataListView {
        MetadataListView(
            try await reader(for: connection).components(Inventory.Options(types: types), progress: progress))
    }

    public func pullMetadata(
        of connection: StorelessConnection, _ request: PullRequest, progress: @Sendable (PullProgress) -> Void
    ) async throws -> PullView {
        try await reader(for: connection).pull(request, progress: progress)
    }
}

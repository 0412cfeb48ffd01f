public import Foundation
internal import MetadataAPI

/// Which components to list.
public struct ListRequest: Sendable {
    /// The metadata types to list; `nil`: all.
    var types: Set<String>?
    /// Whether components of installed packages are listed too.
    var includesInstalled: Bool
    /// Only components that were changed at this time or later; `nil`: all. A component without a date is then left out.
    var since: Date?

    public init(types: Set<String>? = nil, includesInstalled: Bool = false, since: Date? = nil) {
        self.types = types
        self.includesInstalled = includesInstalled
        self.since = since
    }
}

extension MetadataReader {
    func list(_ request: ListRequest, progress: @Sendable (PullProgress) -> Void) async throws -> MetadataListView {
        let options = Inventory.Options(types: request.types, includesInstalled: request.includesInstalled)
        let found = try await components(options, progress: progress)
        let shown = request.since.map { since in found.listed.filter { $0.isChanged(since: since) } } ?? found.listed
        return MetadataListView(found, shown)
    }
}

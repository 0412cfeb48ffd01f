public import Foundation
internal import JWTBearer
internal import MetadataAPI

/// What has changed in an org, for people and JSON. The names of properties are JSON names and must not change.
public struct MetadataChangesView: Codable, Sendable, Equatable {
    public let apiVersion: String
    /// The time since when, in RFC 3339: the start of the former pull, or the given time.
    public let since: String
    /// Components and parts of components, such as fields, sorted by type and name.
    public let added: [PullView.Change]
    public let changed: [PullView.Change]
    /// Empty if there is no former pull to compare with.
    public let removed: [PullView.Change]
    /// What cannot be seen.
    public let notes: [String]

    init(_ changes: [ComponentChange], since: String, _ version: APIVersion, notes: [String]) {
        func rows(_ kind: ComponentChange.Kind) -> [PullView.Change] {
            changes.filter { $0.kind == kind }.map { PullView.Change(PullSummary.ChangeRow($0)) }
        }
        apiVersion = version.description
        self.since = since
        (added, changed, removed) = (rows(.added), rows(.changed), rows(.removed))
        self.notes = notes
    }
}

/// What the changes of an org are compared with.
public enum ChangeBase: Sendable {
    /// The pull in the folder at this path.
    case folder(String)
    case time(Date)
}

extension MetadataReader {
    /// Lists what has changed in the org. Nothing is retrieved, and nothing is written.
    ///
    /// - Throws: ``ConnectedAppError`` with `.fileMissing` if there is no pull in the folder; `.inputMalformed` if its record
    ///   has no list, or is that of another org; and the causes of calls.
    func changes(
        since base: ChangeBase, progress: @Sendable (PullProgress) -> Void
    ) async throws -> MetadataChangesView {
        switch base {
        case .folder(let path): try await changes(in: path, progress)
        case .time(let time): try await changes(since: time, progress)
        }
    }

    private func changes(
        in folder: String, _ progress: @Sendable (PullProgress) -> Void
    ) async throws -> MetadataChangesView {
        let record: PulledFolder?
        do { record = try PulledFolder(path: folder) } catch .recordUnreadable(let path) {
            throw ConnectedAppError(
                .inputMalformed, subject: path, detail: "The file is not a record of a pull.",
                remedy: "Put the file back as the pull wrote it, or name a time with --since.")
        } catch {
            throw Self.error(error, folder)
        }
        guard let pulled = record else {
            throw ConnectedAppError(
                .fileMissing, subject: folder + "/aprity-pull.json",
                remedy: "Name the folder of a pull with --out, or a time with --since.")
        }
        guard let listing = pulled.listing, let startedAt = pulled.summary?.startedAt else {
            throw ConnectedAppError(
                .inputMalformed, subject: folder + "/aprity-pull.json",
                detail:
                    "The record has no list of components. A pull with --package, or by an earlier version, made it.",
                remedy: "Pull into the folder with --replace first, or name a time with --since.")
        }
        let organization = try await api.tokens.token().organizationID.description
        guard organization == listing.organizationID else {
            throw ConnectedAppError(
                .inputMalformed, subject: folder + "/aprity-pull.json",
                detail: "The pull is that of another org, \(listing.organizationID).",
                remedy: "Name the folder of a pull of this org, \(organization).")
        }
        let found = try await components(Inventory.Options(scope: listing.scope), progress: progress)
        let comparison = ListingComparison(listing.components, found.inventory)
        let dateless = comparison.datelessCount
        let notes =
            dateless == 0
            ? []
            : [
                "\(dateless) \(dateless == 1 ? "component has" : "components have") no date, such as standard objects. Only a pull shows whether they have changed."
            ]
        let named = try await namingRemovers(comparison.changes, since: startedAt, found.version)
        return MetadataChangesView(
            named.changes, since: startedAt, found.version, notes: notes + named.notes + found.notes)
    }

    private func changes(
        since time: Date, _ progress: @Sendable (PullProgress) -> Void
    ) async throws -> MetadataChangesView {
        let found = try await components(Inventory.Options(listsParts: true), progress: progress)
        return MetadataChangesView(
            found.inventory.changes(since: time), since: time.ISO8601Format(), found.version,
            notes: ["What was removed can be seen only by comparison with a former pull (--out)."]
                + found.notes)
    }
}

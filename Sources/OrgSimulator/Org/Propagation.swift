import Foundation

/// The state of each app on each app server.
///
/// Each change creates a version with one effective time per server. A server uses its newest effective version, even
/// if an older one would become effective later. Until the last server has a change, the org's answers vary from server
/// to server.
struct Propagation: Equatable, Sendable {
    struct AppID: Hashable, Sendable {
        let org: String
        let app: String
    }

    struct Version: Equatable, Sendable {
        /// Counts the versions of an app from 1.
        let revision: Int
        /// The app in this version; `nil` if the change deleted it.
        let app: App?
        /// `loaded`, `copied`, `created`, `deleted`, or the changed keys of the state document.
        let change: String
        /// The org time from which each server has this version, by the server's index.
        let effectiveTimes: [Date]
    }

    /// The versions of each app that some server uses or will use, oldest first. Others are dropped when the next version is recorded.
    private(set) var versions: [AppID: [Version]] = [:]

    /// Returns the app as `server` (from 0) knows it at `time`, or `nil` if the server does not know it.
    func app(_ id: AppID, on server: Int, at time: Date) -> App? {
        versions[id]?.last { $0.effectiveTimes[server] <= time }?.app ?? nil
    }

    /// Returns the apps of `org` that `server` knows at `time`, sorted by name.
    func apps(of org: String, on server: Int, at time: Date) -> [App] {
        versions.keys.filter { $0.org == org }
            .compactMap { app($0, on: server, at: time) }
            .sorted { $0.name < $1.name }
    }

    /// Appends a version, and drops versions that no server uses any more.
    ///
    /// - Parameters:
    ///   - app: The app after the change; `nil` if it was deleted.
    ///   - effectiveTimes: One org time per server, by the server's index.
    ///   - time: The current org time.
    mutating func record(_ app: App?, of id: AppID, change: String, effectiveTimes: [Date], at time: Date) {
        var list = versions[id] ?? []
        list.append(
            .init(revision: (list.last?.revision ?? 0) + 1, app: app, change: change, effectiveTimes: effectiveTimes))
        if let settled = list.lastIndex(where: { $0.effectiveTimes.allSatisfy { $0 <= time } }) {
            list.removeFirst(settled)
        }
        versions[id] = list
    }

    mutating func forget(org: String) { versions = versions.filter { $0.key.org != org } }

    /// Returns the newest saved state of an app. For a deleted app that some server still has, this is the state before
    /// the deletion. Returns `nil` if there never was such an app, or its versions were dropped since.
    func lastKnown(_ id: AppID) -> App? { versions[id]?.lazy.compactMap(\.app).last }

    /// Returns the versions that some server does not have yet, in no particular order.
    func pending(at time: Date) -> [(id: AppID, version: Version)] {
        versions.flatMap { id, list in
            list.filter { version in version.effectiveTimes.contains { $0 > time } }.map { (id, $0) }
        }
    }
}

extension Switches {
    /// Draws the org time at which each server gets a change that is made at `time`.
    ///
    /// - Parameter creation: Whether the change creates an app, which takes longer.
    func effectiveTimes(creation: Bool, at time: Date, using random: inout SeededRandom) -> [Date] {
        let window = creation ? creationDelay : editDelay
        return (0..<servers).map { server in
            switch propagation {
            case .instant: return time
            case .spread:
                let delay = Double.random(in: window.minimumSeconds...window.maximumSeconds, using: &random)
                let isStale = adverse && servers > 1 && server == servers - 1
                return time + (isStale ? AdverseMixture.staleness * window.maximumSeconds : delay)
            }
        }
    }
}

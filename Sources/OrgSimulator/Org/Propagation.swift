import Foundation

/// What each app server believes about each app.
///
/// A change becomes a version with one moment per server; a server sees the newest version in force on it.
/// Between the first server and the last the org answers now one way, now the other.
struct Propagation: Equatable, Sendable {
    struct AppID: Hashable, Sendable {
        let org: String
        let app: String
    }

    struct Version: Equatable, Sendable {
        let revision: Int
        /// The app from this version on; nil once it is deleted.
        let app: App?
        /// What the change did, in the words of the state document.
        let change: String
        /// The org time from which each server holds it.
        let inForce: [Date]
    }

    private(set) var versions: [AppID: [Version]] = [:]

    /// The app as `server` (from 0) sees it at `time`, or nil when it knows none.
    func app(_ id: AppID, on server: Int, at time: Date) -> App? {
        versions[id]?.last { $0.inForce[server] <= time }?.app ?? nil
    }

    /// The apps of `org` that `server` knows at `time`, in the order of their names.
    func apps(of org: String, on server: Int, at time: Date) -> [App] {
        versions.keys.filter { $0.org == org }
            .compactMap { app($0, on: server, at: time) }
            .sorted { $0.name < $1.name }
    }

    /// Appends a version, and drops those that no server can see any more.
    mutating func record(_ app: App?, of id: AppID, change: String, inForce: [Date], at time: Date) {
        var list = versions[id] ?? []
        list.append(.init(revision: (list.last?.revision ?? 0) + 1, app: app, change: change, inForce: inForce))
        if let settled = list.lastIndex(where: { $0.inForce.allSatisfy { $0 <= time } }) {
            list.removeFirst(settled)
        }
        versions[id] = list
    }

    mutating func forget(org: String) { versions = versions.filter { $0.key.org != org } }

    /// The newest saved state of an app. Of a deleted app that some server still holds, it is the state before the deletion.
    func lastKnown(_ id: AppID) -> App? { versions[id]?.lazy.compactMap(\.app).last }

    /// The versions that some server does not hold yet, in no particular order.
    func pending(at time: Date) -> [(id: AppID, version: Version)] {
        versions.flatMap { id, list in
            list.filter { version in version.inForce.contains { $0 > time } }.map { (id, $0) }
        }
    }
}

extension Switches {
    /// The moment at which each server learns of a change made at `time`.
    func momentsInForce(creation: Bool, at time: Date, using random: inout SeededRandom) -> [Date] {
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

package import Foundation

/// A process's leave to sign, send and hand out, until it has to ask again.
///
/// A row per process that may hold one. Whoever blocks an app waits until each of them has seen the block, or until its
/// lease has run out by the waiting process's own time: no two processes need to agree on what time it is.
package struct Lease: Sendable, Equatable {
    package let process: String
    /// For people: which machine and process number.
    package let name: String
    /// The register's revision that the process had seen when it asked last.
    package let revision: Int
    package let renewedAt: Date

    package init(process: String, name: String, revision: Int, renewedAt: Date) {
        self.process = process
        self.name = name
        self.revision = revision
        self.renewedAt = renewedAt
    }

    /// How long it lasts from the moment at which the process began to ask.
    package static let term: Duration = .seconds(5)
}

package protocol LeaseReading {
    func leases() throws -> [Lease]
}

package protocol LeaseWriting {
    /// Adds the process's row, or renews it.
    func renew(_ lease: Lease) throws
    func removeLease(of process: String) throws
}

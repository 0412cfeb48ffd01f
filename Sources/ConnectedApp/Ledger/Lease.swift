package import Foundation

/// A lease: a process's permission, valid for ``term``, to sign in, to use tokens and to hand them out to programs.
///
/// The store has a row for each process that may have a lease. To block an app, a process waits until each of the others has
/// seen the block or can no longer have a valid lease. It measures this time with its own clock, so the clocks of the machines
/// need not agree.
package struct Lease: Sendable, Equatable {
    /// The random id of this run of the process; it identifies the row.
    package let process: String
    /// Machine and process number, for people.
    package let name: String
    /// The revision of the records that the process had seen when it last renewed the lease.
    package let revision: Int
    /// For people only: whether a lease is valid does not depend on it.
    package let renewedAt: Date

    package init(process: String, name: String, revision: Int, renewedAt: Date) {
        self.process = process
        self.name = name
        self.revision = revision
        self.renewedAt = renewedAt
    }

    /// How long a lease is valid: five seconds from the time at which the process began to request it.
    static let term: Duration = .seconds(5)
}

/// Reads leases within a transaction.
package protocol LeaseReading {
    /// The rows of all processes, sorted by ``Lease/process``. A row may belong to a process that has crashed.
    func leases() throws -> [Lease]
}

/// Changes leases within a transaction.
package protocol LeaseWriting {
    /// Adds the row of the lease's process, or replaces it.
    func renew(_ lease: Lease) throws
    /// Removes the row of a process; does nothing if there is none.
    func removeLease(of process: String) throws
}

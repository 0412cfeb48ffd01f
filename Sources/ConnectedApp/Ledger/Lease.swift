package import Foundation

/// A process's permission to sign in and to use and return tokens, for ``term``.
///
/// The store has a row for each process that may have a lease. Blocking an app waits until each of them has seen the
/// block, or until its lease has expired by the clock of the waiting process. So clocks need not agree.
package struct Lease: Sendable, Equatable {
    package let process: String
    /// Machine and process number, for people.
    package let name: String
    /// The revision of the register that the process had seen when it last renewed the lease.
    package let revision: Int
    package let renewedAt: Date

    package init(process: String, name: String, revision: Int, renewedAt: Date) {
        self.process = process
        self.name = name
        self.revision = revision
        self.renewedAt = renewedAt
    }

    /// How long a lease is valid, from the time at which the process began to request it.
    static let term: Duration = .seconds(5)
}

package protocol LeaseReading {
    func leases() throws -> [Lease]
}

package protocol LeaseWriting {
    /// Adds the process's row, or renews it.
    func renew(_ lease: Lease) throws
    func removeLease(of process: String) throws
}

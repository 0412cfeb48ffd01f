/// The result of renewing a lease.
enum LeaseRenewal: Sendable {
    /// No record was changed since the last call.
    case unchanged
    /// Records were changed. The lease now says that this process has seen the change.
    case changed
    /// This process has no lease, so it may not sign.
    case notHeld
}

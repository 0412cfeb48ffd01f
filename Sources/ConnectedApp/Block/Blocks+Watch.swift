extension Blocks {
    /// The background work of a server, every second until the task is cancelled: removes open private keys from memory,
    /// renews the lease, which shows other processes that this one has seen their blocks, revokes tokens that are due, and
    /// confirms blocks.
    package func runWatch() async {
        await Schedule(place: .watch, pause: .seconds(1), surroundings: surroundings).run {
            keys.forgetOpenKeys(of: nil)
            do {
                try await gate.renewLease()
                try await revokeDueTokens()
                try await confirmBlocks()
            } catch {
                // Tokens are revoked even if this process must not sign any more.
                if !Task.isCancelled { await revocation.revokeDue() }
                throw error
            }
        }
    }
}

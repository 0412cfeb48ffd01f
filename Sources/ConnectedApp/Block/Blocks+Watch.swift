extension Blocks {
    /// The background work of a server, every second until the task is cancelled: renews the lease, which shows other
    /// processes that this one has seen their blocks, removes private keys from memory if any record was changed or the
    /// lease has expired, revokes tokens that are due, and confirms blocks.
    package func runWatch() async {
        await Schedule(place: .watch, pause: .seconds(1), surroundings: surroundings).run {
            do {
                if try await gate.renewLease() != .unchanged { keys.forgetOpenKeys(of: nil) }
                try await revokeDueTokens()
                try await confirmBlocks()
            } catch {
                keys.forgetOpenKeys(of: nil)
                // Tokens are revoked even if this process must not sign any more.
                if !Task.isCancelled { await revocation.revokeDue() }
                throw error
            }
        }
    }
}

extension Blocks {
    /// What a process that runs on does beside its work, until it is cancelled: every second it shows others that it has
    /// seen what they changed, so that a block is confirmed at once, and tries what is left to revoke.
    public func keepWatch() async {
        await Schedule(place: .watch, pause: .seconds(1), surroundings: surroundings).run {
            do {
                try await gate.look()
                try await continueAll()
                try await confirmAll()
            } catch {
                // Tokens are revoked even if this process may not sign any more.
                if !Task.isCancelled { await revocation.revokeDue() }
                throw error
            }
        }
    }
}

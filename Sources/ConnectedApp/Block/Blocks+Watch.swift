extension Blocks {
    /// What a process that runs on does beside its work, until it is cancelled: every second it shows others that it has
    /// seen what they changed, so that a block is confirmed at once, and tries what is left to revoke.
    ///
    /// - Parameter onTrouble: Called with what went wrong, once for each new cause; the watch goes on.
    public func keepWatch(onTrouble: @Sendable (ConnectedAppError) -> Void) async {
        var last: Cause?
        while !Task.isCancelled {
            do {
                try await gate.look()
                try await continueAll()
                try await confirmAll()
                last = nil
            } catch let error as ConnectedAppError {
                // Tokens are revoked even if this process may not sign any more.
                await revocation.revokeDue()
                if error.cause != last { onTrouble(error) }
                last = error.cause
            } catch {
                // Cancelled: the loop ends.
            }
            do { try await surroundings.sleep(.seconds(1)) } catch { return }
        }
    }

}

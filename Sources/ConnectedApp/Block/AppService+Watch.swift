extension AppService {
    /// What a process that runs on does beside its work, until it is cancelled: every second it shows others that it has
    /// seen what they changed, so that a block is confirmed at once, and tries what is left to revoke; every minute it
    /// signs a checkpoint of the audit record.
    ///
    /// - Parameter onTrouble: Called with what went wrong, once for each new cause; the watch goes on.
    public func keepWatch(onTrouble: @Sendable (ConnectedAppError) -> Void) async {
        var last: Cause?
        var round = 0
        while !Task.isCancelled {
            do {
                try await gate.look()
                try await continueBlocks()
                if round.isMultiple(of: 60) { for trouble in try await checkpointAudit() { onTrouble(trouble) } }
                last = nil
            } catch let error as ConnectedAppError {
                if error.cause != last { onTrouble(error) }
                last = error.cause
            } catch {}
            round += 1
            do { try await surroundings.sleep(.seconds(1)) } catch { return }
        }
    }
}

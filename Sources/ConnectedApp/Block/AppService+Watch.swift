extension AppService {
    /// What a process that runs on does beside its work, until it is cancelled: every second it shows others that it has
    /// seen what they changed, so that a block is confirmed at once, and tries what is left to revoke.
    ///
    /// - Parameter onTrouble: Called with what went wrong, once for each new cause; the watch goes on.
    public func keepWatch(onTrouble: @Sendable (ConnectedAppError) -> Void) async {
        var last: Cause?
        while !Task.isCancelled {
            do {
                try await gate.look()
                try await continueBlocks()
                try await confirmBlocks()
                last = nil
            } catch let error as ConnectedAppError {
                // Tokens are revoked even if this process may not sign any more.
                await revokeDueTokens()
                if error.cause != last { onTrouble(error) }
                last = error.cause
            } catch {
                // Cancelled: the loop ends.
            }
            do { try await surroundings.sleep(.seconds(1)) } catch { return }
        }
    }

    /// Checks whether this process could sign now, without signing anything.
    ///
    /// - Throws: ``ConnectedAppError``: `.storeMoved`, `.masterKeyMissing`, `.blockMayBeLost`, and a failing store's causes.
    public func checkReadiness() async throws {
        try await gate.checkPremises()
        _ = try await connections(as: Principal(.api, name: "readiness"))
    }

    /// Compares each app with what was approved, once a day, until it is cancelled. What differs is remembered with since
    /// when, and shown wherever the connection is.
    ///
    /// - Parameter onDrift: Called for an app that is not as approved.
    public func keepAppChecks(onDrift: @Sendable (AppCheckView) -> Void) async {
        let principal = Principal(.schedule, name: "daily")
        // Not at once: a server that starts again and again must not sign in again and again.
        var pause = Duration.seconds(600)
        while !Task.isCancelled {
            do { try await surroundings.sleep(pause) } catch { return }
            pause = .seconds(3600)
            try? await checkAppsDue(as: principal, onDrift: onDrift)
        }
    }

    /// Signs a checkpoint of the audit record every minute, until it is cancelled. Beside the watch: a receiver of
    /// checkpoints that does not answer must hold up no block.
    public func keepCheckpoints(onTrouble: @Sendable (ConnectedAppError) -> Void) async {
        while !Task.isCancelled {
            do { for trouble in try await checkpointAudit() { onTrouble(trouble) } } catch {
                if let error = error as? ConnectedAppError { onTrouble(error) }
            }
            do { try await surroundings.sleep(.seconds(60)) } catch { return }
        }
    }
}

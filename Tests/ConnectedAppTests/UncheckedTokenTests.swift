import ConnectedAppTesting
import Foundation
import JWTBearer
import Synchronization
import Testing

@testable import ConnectedApp

/// Tokens that were issued, but could not be checked at once.
@Suite("Unchecked token")
struct UncheckedTokenTests {
    /// A source whose checks have these results, in turn; later checks succeed.
    private struct World {
        let mint = Mint()
        let time = TestTime()
        let source: TokenSource

        /// - Parameter suspended: How long the process is suspended before each check that fails.
        init(_ checks: [Cause?], suspended: Duration = .zero) {
            let (mint, time) = (mint, time)
            let rest = Mutex(checks[...])
            var actions = TokenSource.Actions(signIn: { try mint.token() })
            actions.uptime = { .seconds(Int64(time.now.timeIntervalSince1970)) }
            actions.validate = { _ in
                guard let cause = rest.withLock({ $0.popFirst() }) ?? nil else { return }
                time.advance(by: suspended)
                throw ConnectedAppError(cause)
            }
            source = TokenSource(actions)
        }

        func failure() async -> Cause? { await thrownByAwaiting { try await source.token() }?.cause }
    }

    @Test(
        "A token that cannot be checked is kept: later callers check it again, and nobody signs in again",
        arguments: [Cause.timedOut, .orgUnavailable, .connectionLost])
    func kept(_ cause: Cause) async throws {
        let world = World([cause, cause, cause])
        for _ in 0..<3 { #expect(await world.failure() == cause) }
        #expect(world.mint.minted == 1)
        #expect(try await world.source.token().token.secret == "t1")
        #expect(try await world.source.token().token.secret == "t1")
        #expect(world.mint.minted == 1)
    }

    @Test("If the API rejects the kept token, one sign-in follows, because the token may have expired meanwhile")
    func expired() async throws {
        let world = World([.timedOut, .tokenUseless])
        #expect(await world.failure() == .timedOut)
        #expect(try await world.source.token().token.secret == "t2")
        #expect(world.mint.minted == 2)
    }

    @Test("If the API rejects the next token too, there is no sign-in for a minute")
    func useless() async throws {
        let world = World([.timedOut, .tokenUseless, .tokenUseless])
        #expect(await world.failure() == .timedOut)
        for _ in 0..<20 { #expect(await world.failure() == .tokenUseless) }
        #expect(world.mint.minted == 2)
        world.time.advance(by: .seconds(60))
        #expect(try await world.source.token().token.secret == "t3")
    }

    @Test("If the process was suspended before the check, one more sign-in follows without a pause")
    func suspended() async throws {
        let world = World([.tokenUseless], suspended: .seconds(20))
        #expect(try await world.source.token().token.secret == "t2")
        #expect(world.mint.minted == 2)
    }

    @Test("A block forgets the kept token")
    func blocked() async throws {
        let world = World([.timedOut])
        #expect(await world.failure() == .timedOut)
        await world.source.clear()
        #expect(try await world.source.token().token.secret == "t2")
    }
}

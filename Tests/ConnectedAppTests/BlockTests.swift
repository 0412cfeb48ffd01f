import ConnectedAppTesting
import Foundation
import HTTPTypes
import JWTBearer
import Synchronization
import Testing

@testable import ConnectedApp

@Suite("Block and unblock")
struct BlockTests {
    private static let me = Principal(.commandLine, name: "me")

    /// One store, as many processes as a test opens, and an org that answers.
    private struct World {
        let time = TestTime()
        let world: TestWorld
        let transport: ScriptedTransport
        /// Tokens that the org has revoked.
        let revoked = Revoked()

        final class Revoked: Sendable {
            let isReachable = Mutex(true)
            let works = Mutex(true)
            /// Whether reads with a token are answered with 503.
            let isBusy = Mutex(false)
            let count = Mutex(0)
        }

        init() async throws {
            let (time, revoked) = (time, revoked)
            let org = ScriptedOrg { time.now }.transport
            transport = ScriptedTransport { request in
                let path = request.head.path ?? ""
                if path == RevocationRequest.path {
                    guard revoked.isReachable.withLock({ $0 }) else {
                        throw TransportFailure(.connectionRefused, detail: "off")
                    }
                    revoked.count.withLock { $0 += 1 }
                    return .json("")
                }
                if path.hasSuffix("/limits"), revoked.works.withLock({ $0 }), revoked.count.withLock({ $0 }) > 0 {
                    return .json(#"[{"message":"words","errorCode":"INVALID_SESSION_ID"}]"#, status: 401)
                }
                if path.hasPrefix("/services/Soap/") || path.hasSuffix("/limits"), revoked.isBusy.withLock({ $0 }) {
                    var answer = ScriptedAnswer.json("", status: 503)
                    answer.headers[.retryAfter] = "15"
                    return answer
                }
                let response = try await org.send(request, within: .answer)
                return try await ScriptedAnswer(response)
            }
            world = try await TestWorld.connected(time: time, transport: transport)
        }

        /// Another process on the same store.
        func process(store: (any RecordStore)? = nil) async -> AppService {
            var builder = world.builder.process("other", .test(time, seed: UInt64.random(in: 2...9_999_999)))
            if let store { builder.records = SealedRecords(store: store, ring: world.records.ring) }
            return builder.service()
        }

        func leases() async throws -> Int { try await world.store.read { try $0.leases().count } }
        func tokens() async throws -> [OutstandingToken] {
            try await world.store.read { try $0.outstandingTokens(dueAt: .distantFuture, limit: 9) }
        }
    }

    @Test("A reason is stored without secrets, and one that takes too many bytes is rejected")
    func reasons() async throws {
        let service = try await World().world.service
        let token = "00D5g00000AbCdE!AQEAQ" + String(repeating: "x", count: 60)
        let view = try #require(try await service.blocks.block("prod", reason: "found \(token)", as: Self.me).first)
        #expect(view.reason == "found \(OrgWords.mark)")
        for reason in ["", String(repeating: "r", count: 501), String(repeating: "👨‍👩‍👧‍👦", count: 500)] {
            let error = await thrownByAwaiting { try await service.blocks.block("prod", reason: reason, as: Self.me) }
            #expect(error?.cause == .usage)
        }
        let longest = String(repeating: "/", count: 500)
        #expect(try await service.blocks.block("prod", reason: longest, as: Self.me).first?.facts.isEmpty == false)
    }

    private func isTrue(_ view: BlockView?, _ id: BlockView.FactID) -> Bool {
        view?.facts.first { $0.id == id }?.isTrue ?? false
    }

    @Test("A block stops signatures and returned tokens, revokes the known token, and shows each fact with its time")
    func block() async throws {
        let world = try await World()
        let service = world.world.service
        _ = try await service.tokens.accessToken(for: "prod", as: Self.me)
        #expect(try await world.world.store.read { try $0.outstandingTokens(of: $0.apps()[0]) }.count == 1)
        let view = try #require(try await service.blocks.block("prod", reason: " stolen ", as: Self.me).first)
        #expect(view.reason == "stolen")
        #expect(view.connections == ["prod"])
        #expect(view.tokensLeft == 0)
        #expect(view.facts.allSatisfy { $0.isTrue && $0.at == world.time.now })
        #expect(!view.inSalesforce.isEmpty)
        let error = await thrownByAwaiting { try await service.tokens.accessToken(for: "prod", as: Self.me) }
        #expect(error?.cause == .blocked)
        #expect(error?.description.contains("stolen") == true)
        #expect(await thrownByAwaiting { try await service.metadata.types(of: "prod", as: Self.me) }?.cause == .blocked)
        #expect(try await service.diagnosis.test("prod", as: Self.me) { _ in }.cause?.code == .blocked)
        let acts = try await world.world.store.events(limit: 100).map(\.act)
        #expect(acts.contains(.appBlocked))
        #expect(acts.contains(.blockProgressed))
    }

    /// An order file that stores an order and then reports an error.
    private struct HalfWrittenOrders: BlockOrders {
        let orders: MemoryBlockOrders
        let takes: Bool

        func state() -> BlockOrderState? { orders.state() }
        func createIfMissing() -> BlockOrderState { orders.createIfMissing() }
        func reseal() {}

        func give(_ order: BlockOrder, pendingAccordingTo mark: StoreOrderMark) throws -> BlockOrderState {
            if takes { _ = try orders.give(order, pendingAccordingTo: mark) }
            throw ConnectedAppError(.diskFull, subject: "block-order")
        }
    }

    @Test(
        "If an order failed halfway, the error says whether the block may be in force", arguments: [true, false])
    func halfWritten(_ takes: Bool) async throws {
        let world = try await World()
        let orders = HalfWrittenOrders(orders: world.world.orders, takes: takes)
        var builder = world.world.builder.process("full", .test(world.time, seed: 97))
        builder.records = SealedRecords(store: FullStore(world.world.store), ring: world.world.records.ring)
        builder.orders = orders
        let service = builder.service()
        let error = await thrownByAwaiting { try await service.blocks.block("prod", reason: "drill", as: Self.me) }
        #expect(error?.cause == .diskFull)
        #expect(error?.description.contains("Nothing was blocked") == !takes)
        #expect(error?.description.contains("The block may be in force") == takes)
    }

    @Test("A block that is only in the order file is shown in all views, and covers only its app")
    func shownByOrder() async throws {
        let world = try await World()
        let service = world.world.service
        _ = try await service.connections.add(
            .test("other", username: "o@acme.example", consumerKey: nil), as: Self.me)
        let full = await world.process(store: FullStore(world.world.store))
        async let blocking = full.blocks.block("prod", reason: "drill", as: Self.me)
        await world.time.sleepers()
        world.time.advance(by: .seconds(6))
        _ = try await blocking
        let views = try await service.connections.all(as: Self.me)
        #expect(views.map(\.alias) == ["other", "prod"])
        #expect(views.map(\.isBlocked) == [false, true])
        #expect(views.map(\.state.code) == [.consumerKeyMissing, .blocked])
        #expect(try await service.connections.named("prod", as: Self.me).isBlocked)
        let check = try await service.notices.checkCertificates(of: "prod", ExpiryThresholds(), as: Self.me)
        #expect(check.certificates.map(\.isBlocked) == [true])
        #expect(try await service.metrics.figures(over: [], as: Self.me).connections.map(\.isBlocked) == [false, true])
    }

    @Test("A block is lifted although the history of the tests was altered", arguments: RecordDamage.allCases)
    func unblockWithAlteredHistory(_ damage: RecordDamage) async throws {
        let world = try await World()
        let service = world.world.service
        _ = try await service.diagnosis.test("prod", as: Self.me) { _ in }
        _ = try await service.blocks.block("prod", reason: "drill", as: Self.me)
        try await damage.apply(to: .testHistory, "prod", in: world.world)
        world.revoked.works.withLock { $0 = false }
        #expect(try await service.blocks.unblock("prod", as: Self.me).isUnblocked)
        #expect(try await service.connections.named("prod", as: Self.me).isBlocked == false)
        #expect(try await service.diagnosis.tests(of: "prod", as: Self.me).count == 1)
    }

    @Test("A block waits for a process with a lease until it has seen the block")
    func confirmed() async throws {
        let world = try await World()
        let other = await world.process()
        _ = try await other.tokens.accessToken(for: "prod", as: Self.me)
        async let views = world.world.service.blocks.block("prod", reason: "drill", as: Self.me)
        await world.time.sleepers()
        try await other.targets.gate.renewLease()
        world.time.advance(by: .milliseconds(50))
        #expect(isTrue(try await views.first, .noNewSignature))
        #expect(
            await thrownByAwaiting { try await other.tokens.accessToken(for: "prod", as: Self.me) }?.cause == .blocked)
    }

    /// Requests that carried a token, other than those of the revocation.
    private func uses(_ world: World) -> Int {
        let requests = world.transport.requests
        let paths = requests.prefix { $0.head.path != RevocationRequest.path }.map { $0.head.path ?? "" }
        return paths.count { $0.hasPrefix("/services/Soap/") || $0.hasSuffix("/limits") }
    }

    @Test("A read that waits for a retry when the app is blocked is not retried")
    func repeatedRead() async throws {
        let world = try await World()
        let other = await world.process()
        _ = try await other.tokens.accessToken(for: "prod", as: Self.me)
        world.revoked.isBusy.withLock { $0 = true }
        let before = uses(world)
        async let types = thrownByAwaiting { try await other.metadata.types(of: "prod", as: Self.me) }
        await world.time.sleepers()
        #expect(uses(world) == before + 1)
        async let views = world.world.service.blocks.block("prod", reason: "drill", as: Self.me)
        await world.time.sleepers(atLeast: 2)
        world.revoked.isBusy.withLock { $0 = false }
        world.time.advance(by: .seconds(20))
        #expect(await types?.cause == .blocked)
        #expect(isTrue(try await views.first, .noNewHandOut))
        #expect(uses(world) == before + 1)
    }

    @Test("The first read with a new token that waits for a retry when the app is blocked is not retried")
    func repeatedProof() async throws {
        let world = try await World()
        let other = await world.process()
        world.revoked.isBusy.withLock { $0 = true }
        async let token = thrownByAwaiting { try await other.tokens.accessToken(for: "prod", as: Self.me) }
        await world.time.sleepers()
        async let views = world.world.service.blocks.block("prod", reason: "drill", as: Self.me)
        await world.time.sleepers(atLeast: 2)
        world.revoked.isBusy.withLock { $0 = false }
        world.time.advance(by: .seconds(20))
        #expect(await token?.cause == .blocked)
        _ = try await views
        #expect(uses(world) == 1)
    }

    @Test("A test whose read waits for a retry when the app is blocked does not retry it")
    func repeatedTest() async throws {
        let world = try await World()
        let other = await world.process()
        world.revoked.isBusy.withLock { $0 = true }
        async let view = other.diagnosis.test("prod", as: Self.me) { _ in }
        await world.time.sleepers()
        async let views = world.world.service.blocks.block("prod", reason: "drill", as: Self.me)
        await world.time.sleepers(atLeast: 2)
        world.revoked.isBusy.withLock { $0 = false }
        world.time.advance(by: .seconds(20))
        #expect(try await view.cause?.code == .blocked)
        _ = try await views
        #expect(uses(world) == 1)
    }

    @Test("An unblocking test stops if the app is blocked again while its read waits for a retry")
    func repeatedUnblocking() async throws {
        let world = try await World()
        let service = world.world.service
        _ = try await service.blocks.block("prod", reason: "drill", as: Self.me)
        world.revoked.isBusy.withLock { $0 = true }
        let other = await world.process()
        async let failure = thrownByAwaiting { try await other.blocks.unblock("prod", as: Self.me) }
        await world.time.sleepers()
        let before = uses(world)
        async let views = service.blocks.block("prod", reason: "again", as: Self.me)
        await world.time.sleepers(atLeast: 2)
        world.revoked.isBusy.withLock { $0 = false }
        world.time.advance(by: .seconds(20))
        _ = try await views
        #expect(await failure?.cause == .recordChanged)
        #expect(uses(world) == before)
    }

    @Test("A block waits for a suspended process until its lease expires, and not longer")
    func stopped() async throws {
        let world = try await World()
        let other = await world.process()
        _ = try await other.tokens.accessToken(for: "prod", as: Self.me)
        let start = world.time.now
        async let views = world.world.service.blocks.block("prod", reason: "drill", as: Self.me)
        var steps = 0
        while world.time.now.timeIntervalSince(start) < 5.25 {
            await world.time.sleepers()
            world.time.advance(by: .milliseconds(50))
            steps += 1
        }
        let view = try #require(try await views.first)
        #expect(steps >= 105)
        #expect(isTrue(view, .noNewHandOut))
        // When it resumes, its lease has expired.
        #expect(
            await thrownByAwaiting { try await other.tokens.accessToken(for: "prod", as: Self.me) }?.cause == .blocked)
    }

    @Test("A signature that was made before the block is not sent after it")
    func signedBefore() async throws {
        let world = try await World()
        let other = await world.process()
        let target = try await other.targets.preferred("prod")
        let signIn = other.targets.signIn(as: Self.me)
        let gate = other.targets.gate
        let request = SignInRequest(try target.identity(), for: .use, as: Self.me)
        let permit = try await gate.begin(request)
        try await gate.confirm(permit)
        async let blocked = world.world.service.blocks.block("prod", reason: "drill", as: Self.me)
        await world.time.sleepers()
        // It has not read the order, but its lease has expired.
        world.time.advance(by: .seconds(6))
        _ = try await blocked
        #expect(await thrownByAwaiting { try await gate.confirm(permit) }?.cause == .blocked)
        #expect(
            await thrownByAwaiting { try await signIn.token(for: request.identity, purpose: .use) }?.cause == .blocked)
        #expect(!world.transport.requests.contains { $0.head.path == TokenRequest.path })
    }

    @Test("The token of a sign-in that was in progress when the app was blocked is revoked too")
    func answeredAfter() async throws {
        let world = try await World()
        let service = world.world.service
        let target = try await service.targets.preferred("prod")
        let gate = service.targets.gate
        let request = SignInRequest(try target.identity(), for: .use, as: Self.me)
        let permit = try await gate.begin(request)
        _ = try await service.blocks.block("prod", reason: "drill", as: Self.me)
        let token = AccessToken(
            secret: "late", scope: "api", instanceURL: "https://acme.my.salesforce.com", identityURL: nil,
            tokenType: "Bearer")
        try await gate.finish(permit, SignInOutcome(.granted, code: "done"), token: token)
        #expect(try await world.tokens().map(\.state) == [.revoking])
        try await service.blocks.revokeDueTokens()
        #expect(try await world.tokens().isEmpty)
    }

    @Test("The token of a killed unblocking test is revoked too, after the time that such a test can take")
    func killedUnblocking() async throws {
        let world = try await World()
        let service = world.world.service
        let target = try await service.targets.preferred("prod")
        _ = try await service.blocks.block("prod", reason: "drill", as: Self.me)
        try await service.blocks.issuePass("pass", for: "prod", Self.me)
        let gate = service.targets.gate
        let request = SignInRequest(try target.identity(), for: .diagnosis, as: Self.me, pass: "pass")
        let permit = try await gate.begin(request)
        let token = AccessToken(
            secret: "probe", scope: "api", instanceURL: "https://acme.my.salesforce.com", identityURL: nil,
            tokenType: "Bearer")
        try await gate.finish(permit, SignInOutcome(.granted, code: "done"), token: token)
        try await service.blocks.revokeDueTokens()
        #expect(try await world.tokens().count == 1)
        #expect(!isTrue(try await service.blocks.view(of: "prod", as: Self.me), .knownTokensDead))
        world.time.advance(by: .seconds(16 * 60))
        try await service.blocks.revokeDueTokens()
        #expect(try await world.tokens().isEmpty)
        #expect(isTrue(try await service.blocks.view(of: "prod", as: Self.me), .knownTokensDead))
    }

    @Test("A server applies and confirms a block whose command was killed right after its order")
    func confirmedLater() async throws {
        let world = try await World()
        let service = world.world.service
        let mark = try await world.world.records.read { StoreOrderMark($0.orderMark) }
        _ = try world.world.orders.give(
            BlockOrder(appIDs: nil, reason: "drill", principal: Self.me, orderedAt: world.time.now),
            pendingAccordingTo: mark)
        try await service.blocks.revokeDueTokens()
        async let confirming: Void = service.blocks.confirmBlocks()
        await world.time.sleepers()
        world.time.advance(by: .seconds(6))
        try await confirming
        try await service.blocks.revokeDueTokens()
        let view = try #require(try await service.blocks.view(of: "prod", as: Self.me))
        #expect(view.facts.filter { $0.at == nil } == [])
        #expect(view.facts.filter { !$0.isTrue } == [])
    }

    @Test("The tokens of an app whose record was removed are revoked too")
    func revokedWithoutRecord() async throws {
        let world = try await World()
        let service = world.world.service
        _ = try await service.tokens.accessToken(for: "prod", as: Self.me)
        let app = try #require(try await world.world.store.read { try $0.records(of: .app) }.first)
        try await world.world.store.write { try $0.remove(app.key) }
        world.revoked.isReachable.withLock { $0 = false }
        _ = try await service.blocks.block(nil, reason: "tampered", as: Self.me)
        #expect(try await world.tokens().map(\.state) == [.revoking])
    }

    /// An order file that somebody altered.
    private struct AlteredOrders: BlockOrders {
        func state() throws -> BlockOrderState? { throw ConnectedAppError.orderFileAltered("Altered.") }
        func createIfMissing() throws -> BlockOrderState { throw ConnectedAppError.orderFileAltered("Altered.") }
        func give(_ order: BlockOrder, pendingAccordingTo mark: StoreOrderMark) throws -> BlockOrderState {
            try createIfMissing()
        }
        func reseal() throws {}
    }

    @Test("Tokens are revoked even if the order file was altered")
    func revokedBesideAlteredFile() async throws {
        let world = try await World()
        _ = try await (await world.process()).tokens.accessToken(for: "prod", as: Self.me)
        world.revoked.isReachable.withLock { $0 = false }
        async let blocking = world.world.service.blocks.block("prod", reason: "drill", as: Self.me)
        await world.time.sleepers()
        world.time.advance(by: .seconds(6))
        _ = try await blocking
        #expect(try await world.tokens().count == 1)
        world.revoked.isReachable.withLock { $0 = true }
        world.time.advance(by: .seconds(3600))
        var builder = world.world.builder.process("server", .test(world.time, seed: 98))
        builder.orders = AlteredOrders()
        let server = builder.service()
        #expect(await thrownByAwaiting { try await server.blocks.revokeDueTokens() }?.cause == .blockMayBeLost)
        #expect(try await world.tokens().isEmpty)
    }

    @Test("Revocation at an unreachable org is retried until the token is refused, by any running process")
    func unreachable() async throws {
        let world = try await World()
        // This process ends after it got a token.
        _ = try await (await world.process()).tokens.accessToken(for: "prod", as: Self.me)
        world.revoked.isReachable.withLock { $0 = false }
        async let blocking = world.world.service.blocks.block("prod", reason: "drill", as: Self.me)
        await world.time.sleepers()
        world.time.advance(by: .seconds(6))
        let view = try #require(try await blocking.first)
        #expect(isTrue(view, .noNewSignature))
        #expect(!isTrue(view, .knownTokensDead))
        #expect(view.tokensLeft == 1)
        #expect(view.facts.contains { $0.because.contains("connectionRefused") })
        #expect(view.facts.contains { $0.because.hasPrefix("1 token must still be revoked at Salesforce; ") })
        let third = await world.process()
        world.revoked.isReachable.withLock { $0 = true }
        // Not before the retry is due.
        try await third.blocks.revokeDueTokens()
        #expect(world.revoked.count.withLock { $0 } == 0)
        world.time.advance(by: .seconds(11))
        try await third.blocks.revokeDueTokens()
        #expect(isTrue(try await third.blocks.view(of: "prod", as: Self.me), .knownTokensDead))
        #expect(try await world.tokens().isEmpty)
    }

    @Test("A revocation after which the token still works is retried")
    func stillAlive() async throws {
        let world = try await World()
        _ = try await world.world.service.tokens.accessToken(for: "prod", as: Self.me)
        world.revoked.works.withLock { $0 = false }
        let view = try await world.world.service.blocks.block("prod", reason: "drill", as: Self.me).first
        #expect(!isTrue(view, .knownTokensDead))
        world.revoked.works.withLock { $0 = true }
        world.time.advance(by: .seconds(11))
        try await world.world.service.blocks.revokeDueTokens()
        #expect(isTrue(try await world.world.service.blocks.view(of: "prod", as: Self.me), .knownTokensDead))
    }

    @Test("A revocation whose outcome cannot be saved is repeated with a growing pause, not each second")
    func outcomeUnsaved() async throws {
        let world = try await World()
        _ = try await world.world.service.tokens.accessToken(for: "prod", as: Self.me)
        world.revoked.isReachable.withLock { $0 = false }
        _ = try await world.world.service.blocks.block("prod", reason: "drill", as: Self.me)
        world.revoked.isReachable.withLock { $0 = true }
        world.time.advance(by: .seconds(11))
        let full = await world.process(store: FullStore(world.world.store))
        for _ in 0..<3 {
            await full.blocks.revocation.revokeDue()
            world.time.advance(by: .seconds(1))
        }
        #expect(world.revoked.count.withLock { $0 } == 1)
        #expect(full.blocks.surroundings.troubles.counts[.tokenRevocation] == 1)
        world.time.advance(by: .seconds(8))
        await full.blocks.revocation.revokeDue()
        #expect(world.revoked.count.withLock { $0 } == 2)
        world.time.advance(by: .seconds(11))
        await full.blocks.revocation.revokeDue()
        #expect(world.revoked.count.withLock { $0 } == 2)
    }

    @Test("A sign-in without an outcome may have returned a token; the block says so, and when that token expires")
    func unknownToken() async throws {
        let world = try await World()
        let target = try await world.world.service.targets.preferred("prod")
        _ = try await world.world.service.targets.gate.begin(
            SignInRequest(try target.identity(), for: .use, as: Self.me))
        let view = try await world.world.service.blocks.block("prod", reason: "drill", as: Self.me).first
        let fact = try #require(view?.facts.first { $0.id == .unknownTokensBounded })
        #expect(!fact.isTrue)
        #expect(fact.because.hasPrefix("1 sign-in of the last day has no outcome (still running, or its process died)"))
        #expect(fact.because.contains("session time-out"))
    }

    @Test("A block is in force while the store cannot be written, and is stored as soon as it can")
    func fullDisk() async throws {
        let world = try await World()
        _ = try await world.world.service.tokens.accessToken(for: "prod", as: Self.me)
        let full = await world.process(store: FullStore(world.world.store))
        async let blocking = full.blocks.block("prod", reason: "full", as: Self.me)
        await world.time.sleepers()
        world.time.advance(by: .seconds(6))
        let view = try await blocking.first
        #expect(isTrue(view, .noNewSignature))
        #expect(isTrue(view, .noNewHandOut))
        #expect(view?.connections == ["prod"])
        #expect(try await world.world.records.read { try $0.all(AppRecord.self).map(\.value.isBlocked) } == [false])
        let error = await thrownByAwaiting {
            try await world.world.service.tokens.accessToken(for: "prod", as: Self.me)
        }
        #expect(error?.cause == .blocked)
        #expect(error?.description.contains("full") == true)
        #expect(try await world.world.service.connections.named("prod", as: Self.me).isBlocked)
        // The order stays in the file, and the store knows that it has applied it.
        let state = try #require(world.world.orders.state())
        #expect(try await world.world.records.read { try $0.orderMark?.pendingOrders(in: state) } == [])
    }

    /// A store that cannot be written while it is locked.
    private final class LockedStore: RecordStore {
        private let content: MemoryStore
        let isLocked = Mutex(true)
        let isReadable = Mutex(true)

        init(_ content: MemoryStore) { self.content = content }

        func read<T: Sendable>(_ body: @Sendable (any StoreReading) throws -> T) async throws -> T {
            guard isReadable.withLock({ $0 }) else { throw ConnectedAppError(.storeDamaged) }
            return try await content.read(body)
        }

        func write<T: Sendable>(_ body: @escaping @Sendable (any StoreWriting) throws -> T) async throws -> T {
            guard !isLocked.withLock({ $0 }) else { throw ConnectedAppError(.storeBusy) }
            return try await content.write(body)
        }
    }

    @Test("An order that is given while another order is applied is not lost")
    func twoOrders() async throws {
        let world = try await World()
        let service = world.world.service
        _ = try await service.connections.add(
            .test("b", loginHost: "https://b.my.salesforce.com", username: "b@b.example", consumerKey: nil),
            as: Self.me)
        let locked = LockedStore(world.world.store)
        let other = await world.process(store: locked)
        async let first = other.blocks.block("prod", reason: "first", as: Self.me)
        await world.time.sleepers()
        // The second order is given before anybody has applied the first.
        let third = await world.process(store: LockedStore(world.world.store))
        async let second = third.blocks.block("b", reason: "second", as: Self.me)
        await world.time.sleepers(atLeast: 2)
        locked.isLocked.withLock { $0 = false }
        world.time.advance(by: .seconds(6))
        _ = try await first
        _ = try await second
        for (alias, reason) in [("prod", "first"), ("b", "second")] {
            let error = await thrownByAwaiting { try await service.tokens.accessToken(for: alias, as: Self.me) }
            #expect(error?.cause == .blocked)
            #expect(error?.evidence["reason"] == reason)
        }
    }

    @Test("An order is written to the file before waiting for the store, and other processes follow it at once")
    func orderFirst() async throws {
        let world = try await World()
        let other = await world.process(store: LockedStore(world.world.store))
        async let blocking = other.blocks.block("prod", reason: "locked", as: Self.me)
        await world.time.sleepers()
        #expect(
            await thrownByAwaiting { try await world.world.service.tokens.accessToken(for: "prod", as: Self.me) }?.cause
                == .blocked)
        world.time.advance(by: .seconds(6))
        let view = try #require(try await blocking.first)
        #expect(isTrue(view, .noNewSignature))
        #expect(!view.isInStore)
        #expect(!view.coversEveryApp)
    }

    @Test("A store that cannot be read cannot say which app is meant: the order covers every app")
    func unreadable() async throws {
        let world = try await World()
        let locked = LockedStore(world.world.store)
        locked.isReadable.withLock { $0 = false }
        let other = await world.process(store: locked)
        async let blocking = other.blocks.block("prod", reason: "unreadable", as: Self.me)
        await world.time.sleepers()
        world.time.advance(by: .seconds(6))
        let view = try #require(try await blocking.first)
        #expect(view.coversEveryApp)
        #expect(view.connections == ["prod"])
        #expect(!isTrue(view, .knownTokensDead))
    }

    @Test("A lease expires five seconds after the order file was read, however long it waited for the store")
    func slowAdmission() async throws {
        let world = try await World()
        let slow = SlowStore(world.world.store, world.time)
        let other = await world.process(store: slow)
        let target = try await other.targets.preferred("prod")
        async let admission = other.targets.gate.lease(for: target.appID, alias: "prod")
        // It has read the file and waits for the store.
        await world.time.sleepers()
        let full = await world.process(store: FullStore(world.world.store))
        async let blocking = full.blocks.block("prod", reason: "full", as: Self.me)
        await world.time.sleepers(atLeast: 2)
        world.time.advance(by: .seconds(5.5))
        let view = try #require(try await blocking.first)
        #expect(isTrue(view, .noNewHandOut))
        let gate = other.targets.gate
        let held = try? await admission
        #expect(held.map { gate.isValid($0) } != true)
    }

    /// A store that gets its lock after five seconds.
    private struct SlowStore: RecordStore {
        let content: MemoryStore
        let time: TestTime

        init(_ content: MemoryStore, _ time: TestTime) { (self.content, self.time) = (content, time) }

        func read<T: Sendable>(_ body: @Sendable (any StoreReading) throws -> T) async throws -> T {
            try await content.read(body)
        }

        func write<T: Sendable>(_ body: @escaping @Sendable (any StoreWriting) throws -> T) async throws -> T {
            try await time.sleep(.seconds(5))
            return try await content.write(body)
        }
    }

    @Test(
        "If an app is blocked again, or its key is reported, during an unblocking, the block stays",
        arguments: [false, true])
    func orderedAgain(_ isReported: Bool) async throws {
        let world = try await World()
        _ = try await world.world.service.blocks.block("prod", reason: "first", as: Self.me)
        world.revoked.works.withLock { $0 = false }
        let again = BlockOrder(appIDs: nil, reason: "second", principal: Self.me, orderedAt: world.time.now)
        let other = await world.process()
        let transport = ScriptedTransport { [transport = world.transport] request in
            if request.head.path == TokenRequest.path {
                if isReported {
                    try await other.blocks.recordCompromise(of: "prod", reason: "copied", as: Self.me)
                } else {
                    _ = try await other.targets.gate.apply([again], of: nil, alias: nil)
                }
            }
            let response = try await transport.send(request, within: .answer)
            return try await ScriptedAnswer(response)
        }
        var builder = world.world.builder.process("unblocker", .test(world.time, seed: 99))
        builder.transports = OneTransport(transport)
        let unblocker = builder.service()
        #expect(
            await thrownByAwaiting { try await unblocker.blocks.unblock("prod", as: Self.me) }?.cause == .recordChanged)
        #expect(try await unblocker.connections.named("prod", as: Self.me).isBlocked)
        #expect(
            await thrownByAwaiting { try await world.world.service.tokens.accessToken(for: "prod", as: Self.me) }?.cause
                == .blocked)
        guard !isReported else { return }
        // The next attempt knows both orders.
        #expect(try await world.world.service.blocks.unblock("prod", as: Self.me).isUnblocked)
    }

    @Test("Every app is blocked by one order; the first reason stays")
    func all() async throws {
        let world = try await World()
        let service = world.world.service
        _ = try await service.connections.add(
            .test("b", loginHost: "https://b.my.salesforce.com", username: "b@b.example", consumerKey: nil),
            as: Self.me)
        _ = try await service.blocks.block("prod", reason: "first", as: Self.me)
        let views = try await service.blocks.block(nil, reason: "second", as: Self.me)
        #expect(Set(views.map(\.reason)) == ["first", "second"])
    }

    @Test("A reason of a valid length is required", arguments: ["", "  ", String(repeating: "x", count: 501)])
    func reason(_ text: String) async throws {
        let world = try await World()
        #expect(
            await thrownByAwaiting { try await world.world.service.blocks.block("prod", reason: text, as: Self.me) }?
                .cause
                == .usage)
    }

    // MARK: Unblocking

    @Test("Unblocking signs in once, with a pass; its token is revoked before the app is unblocked")
    func unblock() async throws {
        let world = try await World()
        let service = world.world.service
        #expect(await thrownByAwaiting { try await service.blocks.unblock("prod", as: Self.me) }?.cause == .notBlocked)
        _ = try await service.blocks.block("prod", reason: "drill", as: Self.me)
        // The scripted org has only one token, so a revocation would end the next one too.
        world.revoked.works.withLock { $0 = false }
        let view = try await service.blocks.unblock("prod", as: Self.me)
        #expect(view.isUnblocked)
        #expect(view.test.outcome == .passes)
        #expect(view.test.signInsUsed == 1)
        #expect(world.revoked.count.withLock { $0 } == 1)
        let events = try await world.world.store.events(limit: 100)
        #expect(events.filter { $0.act == .unblockPassUsed }.count == 1)
        // The newest first: the pass, the test and then the unblocking.
        #expect(
            events.map(\.act).filter { [.unblockPassIssued, .connectionTested, .appUnblocked].contains($0) } == [
                .appUnblocked, .connectionTested, .unblockPassIssued,
            ])
        let entries = try await service.audit.entries(AuditSelection(limit: 100), as: Self.me)
        #expect(entries.first { $0.act == .connectionTested }?.predicate == "ran the test before unblocking")
        #expect(!events.contains { $0.act == .tokenHandedOut })
        _ = try await service.tokens.accessToken(for: "prod", as: Self.me)
    }

    @Test("If the test fails, the app stays blocked and the pass is invalid")
    func unblockFails() async throws {
        let world = try await World()
        let service = world.world.service
        _ = try await service.blocks.block("prod", reason: "drill", as: Self.me)
        var changes = ConnectionChanges()
        changes.username = "other@acme.example"
        changes.acceptedOrganizationID = "00D2E000000ncKPUAY"
        _ = try await service.connections.change("prod", changes, as: Self.me)
        let view = try await service.blocks.unblock("prod", as: Self.me)
        #expect(!view.isUnblocked)
        #expect(view.test.cause?.code == .organizationChanged)
        #expect(
            await thrownByAwaiting { try await service.tokens.accessToken(for: "prod", as: Self.me) }?.cause == .blocked
        )
        #expect(try await world.world.records.read { try $0.all(AppRecord.self)[0].value.block?.pass } == nil)
    }

    @Test("A pass is valid for one sign-in")
    func passOnce() async throws {
        let world = try await World()
        let service = world.world.service
        _ = try await service.blocks.block("prod", reason: "drill", as: Self.me)
        let target = try await service.targets.preferred("prod").unblocked
        try await world.world.records.write { writing in
            var app = try writing.all(AppRecord.self)[0].value
            app.block?.pass = "pass"
            try writing.save(app)
        }
        let request = { (pass: String) in
            SignInRequest(try target.identity(), for: .diagnosis, as: Self.me, pass: pass)
        }
        #expect(
            await thrownByAwaiting { try await service.targets.gate.begin(try request("guess")) }?.cause == .blocked)
        let permit = try await service.targets.gate.begin(try request("pass"))
        try await service.targets.gate.confirm(permit)
        #expect(await thrownByAwaiting { try await service.targets.gate.begin(try request("pass")) }?.cause == .blocked)
    }
}

extension RecordReading {
    fileprivate func apps() throws -> [String] { try records(of: .app).map(\.key.id) }
}

internal import ConnectedAppTesting
internal import Foundation
internal import HTTPTypes
internal import Synchronization
internal import Testing

@testable internal import ConnectedApp
@testable internal import ConnectedAppServer

@Suite("Access")
struct AccessTests {
    @Test("Only requests for this machine's own names are answered", arguments: Wire.allCases)
    func hosts(_ wire: Wire) async throws {
        try await SettingsClient.run(wire) { client in
            let port = client.authority.split(separator: ":")[1]
            for name in ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"] {
                #expect(try await client.send(.get, "/livez", host: "\(name):\(port)").status == 200)
            }
            let foreign = [
                "evil.example", "evil.example:\(port)", "127.0.0.1", "localhost", "localhost:1",
                "localhost.evil.example:\(port)", "127.0.0.1.evil.example:\(port)",
            ]
            for name in foreign {
                let reply = try await client.send(.get, "/sign-in", host: name)
                #expect(reply.status == 421, "\(name)")
                #expect(!reply.text.contains(client.token.path))
            }
        }
    }

    @Test("The API rejects a foreign host with a problem document even if the token is valid")
    func hostOfAPI() async throws {
        try await SettingsClient.run { client in
            let reply = try await client.send(
                .get, "/api/v1/connections", host: "evil.example:7411",
                headers: [.authorization: "Bearer \(client.tokenText)"])
            #expect(reply.status == 421)
            #expect(reply.members["code"] as? String == "hostRefused")
        }
    }

    @Test(
        "A request that names two hosts is malformed",
        arguments: [
            ("/sign-in", "127.0.0.1:PORT", "Host: evil.example\r\n", 400),
            ("/sign-in", "127.0.0.1:PORT", "Host: 127.0.0.1:PORT\r\n", 400),
            ("http://evil.example/sign-in", "127.0.0.1:PORT", "", 400),
            ("http://127.0.0.1:PORT/sign-in", "evil.example", "", 400),
            ("http://127.0.0.1:PORT/sign-in", "127.0.0.1:PORT", "", 200),
            ("http://localhost:PORT?to=http://a/", "LOCALHOST:PORT", "", 303), ("/sign-in", "127.0.0.1:PORT", "", 200),
        ])
    func twoHosts(_ target: String, _ host: String, _ further: String, _ status: Int) async throws {
        try await SettingsClient.run(.socket) { client in
            let request = "GET \(target) HTTP/1.1\r\nHost: \(host)\r\n\(further)\r\n"
                .replacing("PORT", with: String(client.port))
            let raw = try await RawClient(port: client.port, sending: request)
            #expect(try await raw.answer(with: "HTTP/1.1").hasPrefix("HTTP/1.1 \(status) "))
        }
    }

    @Test("A clock that is set back neither lengthens a session nor the wait after wrong tokens")
    func clockSetBack() async throws {
        let uptime = Mutex(Duration.seconds(100))
        let clock = Mutex(Date(timeIntervalSince1970: 1_800_000_000))
        var surroundings = Surroundings.test(TestTime())
        surroundings.now = { clock.withLock { $0 } }
        surroundings.uptime = { uptime.withLock { $0 } }
        let sessions = Sessions(surroundings: surroundings)
        let id = sessions.start().id
        let attempts = FailedAttempts(.page, uptime: surroundings.uptime, logger: LoggedLines().logger())
        for _ in 0..<FailedAttempts.limit { try attempts.record() }
        clock.withLock { $0 -= 30 * 86_400 }
        #expect(throws: ServerRefusal.self) { try attempts.record() }
        uptime.withLock { $0 += .seconds(60) }
        #expect(throws: Never.self) { try attempts.record() }
        #expect(sessions.find(id) != nil)
        uptime.withLock { $0 += .seconds(13 * 3600) }
        #expect(sessions.find(id) == nil)
    }

    @Test("Without a session, every page redirects to the sign-in page", arguments: Wire.allCases)
    func noSession(_ wire: Wire) async throws {
        try await SettingsClient.run(wire) { client in
            try await client.addConnection()
            let locations = [
                "/": "/sign-in", "/connections": "/sign-in", "/connections/acme/aprity.crt": "/sign-in",
                "/connections/acme/rotation/aprity.der": "/sign-in",
                "/connections/acme": "/sign-in?to=%2Fconnections%2Facme",
                "/connections/aprity.crt": "/sign-in?to=%2Fconnections%2Faprity%2Ecrt",
                "/audit?connection=acme": "/sign-in?to=%2Faudit%3Fconnection%3Dacme",
            ]
            for (path, location) in locations {
                let reply = try await client.get(path)
                #expect(reply.status == 303, "\(path)")
                #expect(reply.headers[.location] == location)
                #expect(reply.bytes.isEmpty)
            }
            #expect(try await client.send(.head, "/connections/acme").headers[.location] == "/sign-in")
            let stream = try await client.get(
                "/connections/acme/tests/1/events", headers: [.accept: "text/event-stream"])
            #expect(stream.status == 401)
            #expect(try await client.post("/connections/acme/test", [:]).status == 403)
        }
    }

    @Test("Signing in redirects to the requested page, even after a wrong start token", arguments: Wire.allCases)
    func wantedPage(_ wire: Wire) async throws {
        try await SettingsClient.run(wire) { client in
            try await client.addConnection()
            let wanted = "/connections/acme?done=a%2Fb&x=1"
            let form = try #require(try await client.get(wanted).headers[.location])
            let field = "<input type=\"hidden\" name=\"to\" value=\"/connections/acme?done=a%2Fb&amp;x=1\">"
            #expect(try await client.get(form).text.contains(field))
            let wrong = try await client.post("/sign-in", ["startToken": "guess", "to": wanted])
            #expect(wrong.status == 403)
            #expect(wrong.text.contains(field))
            let reply = try await client.post("/sign-in", ["startToken": client.tokenText, "to": wanted])
            #expect(reply.status == 303)
            #expect(reply.headers[.location] == wanted)
            #expect(try await client.get(wanted).status == 200)
        }
    }

    static let foreignPages = [
        "", "connections", "http://evil.example", "https:evil.example", "//evil.example", "///evil.example",
        "/\\evil.example", "\\\\evil.example", "/connections//evil.example", "/connections\\evil", "/\t/evil.example",
        "/\n/evil.example", "/\r\nSet-Cookie: a=b", "/\u{0}", " /connections/acme", "/connections/acme ", "/a b",
        "/\u{7F}", "/z\u{FC}rich", "/\u{200B}/evil.example", "/\u{2215}evil.example", "javascript:alert(1)",
        "/" + String(repeating: "a", count: 1_000), "/connections/acme/aprity.crt",
        "/connections/acme/aprity%2Ecrt?x=1",
    ]

    @Test("A requested page that is not a path of this server is ignored", arguments: foreignPages)
    func foreignPage(_ text: String) async throws {
        #expect(WantedPage(text) == nil)
        try await SettingsClient.run { client in
            let address = "/sign-in?to=" + (text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")
            let form = try await client.get(address)
            #expect(form.status == 200)
            #expect(!form.text.contains("name=\"to\""))
            let reply = try await client.post("/sign-in", ["startToken": client.tokenText, "to": text])
            #expect(reply.status == 303)
            #expect(reply.headers[.location] == "/connections")
        }
    }

    @Test("The requested page keeps its percent-encoding", arguments: ["/%2F/evil.example", "/%5Cevil", "/a%0D%0Ab"])
    func encodedPage(_ text: String) async throws {
        try await SettingsClient.run { client in
            let reply = try await client.post("/sign-in", ["startToken": client.tokenText, "to": text])
            #expect(reply.headers[.location] == text)
        }
    }

    @Test("The start token signs in, and its cookie is hidden from scripts and other sites", arguments: Wire.allCases)
    func cookieFlags(_ wire: Wire) async throws {
        try await SettingsClient.run(wire) { client in
            let reply = try await client.signIn()
            let cookie = try #require(reply.headers[.setCookie])
            let parts = cookie.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
            #expect(parts[0].hasPrefix(client.cookieName + "="))
            #expect(parts[0].count - client.cookieName.count - 1 == 43)
            #expect(Set(parts.dropFirst()) == ["HttpOnly", "SameSite=Strict", "Path=/"])
            #expect(try await client.get("/connections").status == 200)
        }
    }

    @Test("A wrong start token is rejected, recorded, and not shown")
    func wrongToken() async throws {
        try await SettingsClient.run { client in
            for guess in ["", "guess-7731", client.tokenText + "x", String(client.tokenText.dropLast())] {
                let reply = try await client.post("/sign-in", ["startToken": guess])
                #expect(reply.status == 403)
                #expect(reply.headers[.setCookie] == nil)
                #expect(!reply.text.contains("guess-7731"))
            }
            let events = try await client.world.store.events(limit: 10).filter { $0.act == .settingsSignIn }
            #expect(events.map(\.outcome) == ["refused", "refused", "refused", "refused"])
        }
    }

    @Test("White space around a pasted start token is ignored")
    func pastedToken() async throws {
        try await SettingsClient.run { client in
            let reply = try await client.post("/sign-in", ["startToken": " \(client.tokenText)\n"])
            #expect(reply.status == 303)
        }
    }

    @Test("After ten wrong tokens, wrong ones are rate-limited for a minute, and the right one still signs in")
    func attemptsAreLimited() async throws {
        let time = TestTime()
        try await SettingsClient.run(time: time) { client in
            func guess() async throws -> Reply { try await client.post("/sign-in", ["startToken": "guess"]) }
            for _ in 0..<10 { #expect(try await guess().status == 403) }
            time.advance(by: .seconds(20))
            let limited = try await guess()
            #expect(limited.status == 429)
            #expect(limited.headers[.retryAfter] == "40")
            try await client.signIn()
            time.advance(by: .seconds(40))
            #expect(try await guess().status == 403)
        }
    }

    @Test("Wrong tokens beyond the limit add nothing to the audit record, and one line per minute to the log")
    func attemptsCostLittle() async throws {
        let time = TestTime()
        let logged = LoggedLines()
        try await SettingsClient.run(time: time, logged: logged) { client in
            for _ in 0..<100 {
                _ = try await client.post("/sign-in", ["startToken": "guess"])
                time.advance(by: .seconds(1))
            }
            let events = try await client.world.store.events(limit: 200).filter { $0.act == .settingsSignIn }
            #expect(events.count == 20)
            #expect(logged.all.count == 2)
            #expect(logged.all.allSatisfy { $0.contains("Somebody is trying wrong credentials") })
            #expect(!logged.all.contains { $0.contains("guess") })
        }
    }

    @Test("The right token blocks a connection even while the API rejects wrong ones with 429")
    func attemptsAtAPI() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            func stale() async throws -> Reply {
                try await client.send(.get, "/api/v1/connections", headers: [.authorization: "Bearer guess"])
            }
            for _ in 0..<10 {
                let reply = try await stale()
                #expect(reply.status == 401)
                #expect(reply.headers[.wwwAuthenticate] == "Bearer realm=\"aprity\"")
            }
            let limited = try await stale()
            #expect(limited.status == 429)
            #expect(limited.headers[.retryAfter] != nil)
            #expect(limited.members["code"] as? String == "tooManyAttempts")
            let block = try await client.api(.put, "/connections/acme/block", json: #"{"reason": "drill"}"#)
            #expect(block.status == 200)
            try await client.signIn()
        }
    }

    @Test("A session cookie does not authorize API requests", arguments: Wire.allCases)
    func cookieAtAPI(_ wire: Wire) async throws {
        try await SettingsClient.run(wire) { client in
            try await client.signIn()
            #expect(try await client.get("/api/v1/connections").status == 401)
            #expect(try await client.api(.get, "/connections").status == 200)
        }
    }

    @Test("A session expires after twelve idle hours, and each use restarts this time")
    func idleLimit() async throws {
        let time = TestTime()
        try await SettingsClient.run(time: time) { client in
            try await client.signIn()
            time.advance(by: .seconds(12 * 3600 - 1))
            #expect(try await client.get("/connections").status == 200)
            time.advance(by: .seconds(12 * 3600 - 1))
            #expect(try await client.get("/connections").status == 200)
            time.advance(by: .seconds(12 * 3600))
            #expect(try await client.get("/connections").status == 303)
        }
    }

    @Test("A session expires a week after the sign-in however much it is used")
    func ageLimit() async throws {
        let time = TestTime()
        try await SettingsClient.run(time: time) { client in
            try await client.signIn()
            for _ in 0..<15 {
                time.advance(by: .seconds(11 * 3600))
                #expect(try await client.get("/connections").status == 200)
            }
            time.advance(by: .seconds(3 * 3600))
            #expect(try await client.get("/connections").status == 303)
        }
    }

    @Test("Signing out ends the session on the server, not only in the browser")
    func signOut() async throws {
        try await SettingsClient.run { client in
            try await client.signIn()
            let stolen = try #require(client.cookie)
            let reply = try await client.post("/sign-out", ["formToken": try await client.formToken()])
            #expect(reply.status == 303)
            #expect(client.cookie == nil)
            client.cookie = stolen
            #expect(try await client.get("/connections").status == 303)
        }
    }

    @Test("Signing out is recorded with who signed out")
    func signOutIsRecorded() async throws {
        try await SettingsClient.run { client in
            try await client.signIn()
            _ = try await client.post("/sign-out", ["formToken": try await client.formToken()])
            let events = try await client.world.store.events(limit: 2)
            #expect(events.map(\.act) == [.settingsSignOut, .settingsSignIn])
            #expect(events[0].principal == events[1].principal)
        }
    }

    @Test("The number of sessions is limited; the one that was idle longest is removed first")
    func sessionsAreBounded() {
        let time = TestTime()
        let sessions = Sessions(surroundings: .test(time))
        let ids = (0..<Sessions.limit).map { _ in
            time.advance(by: .seconds(1))
            return sessions.start().id
        }
        time.advance(by: .seconds(1))
        #expect(sessions.find(ids[0]) != nil)
        _ = sessions.start()
        #expect(sessions.find(ids[0]) != nil)
        #expect(sessions.find(ids[1]) == nil)
        #expect(sessions.find(ids[2]) != nil)
    }

    @Test("The server listens on loopback addresses only", arguments: ["0.0.0.0", "::", "192.0.2.1", ""])
    func loopbackOnly(_ host: String) {
        #expect(throws: ConnectedAppError.self) { try SettingsServerConfiguration(hostname: host, port: 0) }
    }
}

@Suite("The start token's file")
struct StartTokenTests {
    private let folder = NSTemporaryDirectory() + "aprity-start-token-" + UUID().uuidString

    private func token(_ seed: UInt64, port: Int = 7411) async throws -> StartToken {
        let token = StartToken(folder: folder, randomBytes: SeededRandom(seed: seed).bytes)
        try await token.publish(port: port)
        return token
    }

    /// The folder's files, except the one that servers lock while they choose theirs.
    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0 != StartTokenFile.lockName }.sorted()
    }

    private func content(_ token: StartToken) throws -> String {
        try String(contentsOfFile: token.path, encoding: .utf8)
    }

    /// Writes a file as a killed server leaves it: without a lock.
    private func writeLeftoverFile(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try "dead\n".write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
    }

    @Test("The file is new, readable by its owner only, and the only one that remains")
    func file() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let token = try await token(1)
        let attributes = try FileManager.default.attributesOfItem(atPath: token.path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        #expect(try content(token).count == 44)
        #expect(token.matches(try content(token)))
        #expect(try names() == [StartToken.fileName])
    }

    @Test("No file exists before the server listens")
    func unpublished() {
        let token = StartToken(folder: folder, randomBytes: SeededRandom(seed: 1).bytes)
        #expect(!FileManager.default.fileExists(atPath: folder))
        token.removeFile()
        #expect(token.path == folder + "/start-token")
    }

    @Test("The file of a crashed server is replaced; a link at its path is not followed")
    func leftover() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try writeLeftoverFile("other")
        try writeLeftoverFile("start-token-7411")
        try writeLeftoverFile("start-token-1-2")
        try writeLeftoverFile("start-token-notes")
        try FileManager.default.createSymbolicLink(
            atPath: folder + "/start-token", withDestinationPath: folder + "/other")
        let token = try await token(1, port: 7412)
        #expect(token.path == folder + "/start-token")
        #expect(token.matches(try content(token)))
        #expect(try String(contentsOfFile: folder + "/other", encoding: .utf8) == "dead\n")
        #expect(try names() == ["other", "start-token", "start-token-notes"])
    }

    @Test("A second server writes its own file, and each server removes only its own", arguments: [true, false])
    func second(firstEndsFirst: Bool) async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let first = try await token(1)
        let second = try await token(2, port: 7412)
        #expect(second.path == folder + "/start-token-7412")
        #expect(first.matches(try content(first)))
        #expect(second.matches(try content(second)))
        let (ending, staying) = firstEndsFirst ? (first, second) : (second, first)
        ending.removeFile()
        #expect(staying.matches(try content(staying)))
        #expect(try names().count == 1)
        staying.removeFile()
        #expect(try names() == [])
    }

    @Test("Servers with the same folder and port number their files")
    func samePort() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let tokens = [try await token(1), try await token(2), try await token(3)]
        #expect(try names() == ["start-token", "start-token-7411", "start-token-7411-2"])
        for token in tokens { #expect(token.matches(try content(token))) }
        for token in tokens { token.removeFile() }
    }

    @Test("A server does not remove a file that replaced its own")
    func foreignFile() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let token = try await token(1)
        try writeLeftoverFile(StartToken.fileName)
        token.removeFile()
        #expect(try names() == [StartToken.fileName])
    }

    @Test("A lock on the folder, which every reader can take, does not delay a server")
    func lockedFolder() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let lock = try HeldLock(folder: folder)
        // A server that does wait must end too.
        let timer = Task {
            try? await Task.sleep(for: .seconds(30))
            lock.release()
        }
        let begin = ContinuousClock.now
        _ = try await token(1)
        #expect(ContinuousClock.now - begin < .seconds(20))
        timer.cancel()
        await timer.value
    }

    @Test("Others cannot open the file that servers lock, and a time-out while waiting for it names the file")
    func lockedFile() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        _ = try await token(1)
        let path = folder + "/" + StartTokenFile.lockName
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        let lock = try HeldLock(file: StartTokenFile.lockName, in: folder)
        let late = StartToken(folder: folder, randomBytes: SeededRandom(seed: 2).bytes)
        let error = await #expect(throws: ConnectedAppError.self) {
            try await late.publish(port: 7413, patience: .milliseconds(100))
        }
        #expect(error?.cause == .outputCannotBeCreated)
        #expect(error?.subject == path)
        lock.release()
        try await late.publish(port: 7413)
    }

    @Test("No description shows the token")
    func description() throws {
        let token = StartToken(folder: folder, randomBytes: SeededRandom(seed: 1).bytes)
        var dumped = ""
        dump(token, to: &dumped)
        #expect(!"\(token) \(String(reflecting: token)) \(dumped)".contains(token.secret))
    }
}

/// A lock that another process would hold.
final class HeldLock: Sendable {
    private let descriptor: Int32

    convenience init(folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try self.init(open(folder, O_RDONLY | O_CLOEXEC))
    }

    convenience init(file name: String, in folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try self.init(open(folder + "/" + name, O_RDWR | O_CREAT | O_CLOEXEC, 0o600))
    }

    private init(_ descriptor: Int32) throws {
        self.descriptor = descriptor
        try #require(descriptor >= 0)
        try #require(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    }

    func release() { flock(descriptor, LOCK_UN) }

    deinit { close(descriptor) }
}

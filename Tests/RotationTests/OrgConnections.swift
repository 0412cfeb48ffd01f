import ConnectedApp
import Foundation
import HTTPTypes
import JWTBearer
import Synchronization

@testable import OrgSimulator

/// Connections to an embedded org without sockets. Each connection stays with one app server, as a TCP connection does.
final class OrgConnections: TransportSource {
    let simulation: OrgSimulation
    let witness = SignInWitness()
    private let dice: Dice
    private let shared: [OrgConnection]

    init(_ simulation: OrgSimulation, dice: Dice) {
        self.simulation = simulation
        self.dice = dice
        let witness = witness
        shared = (0..<4).map { _ in OrgConnection(simulation, witness) }
    }

    func transport(authoritiesPEM: String?, allowedHosts: [AllowedHost]) -> any HTTPTransport {
        shared[dice.number(below: shared.count)]
    }

    func withFreshConnections<T: Sendable>(
        authoritiesPEM: String?, allowedHosts: [AllowedHost],
        _ body: @Sendable (any HTTPTransport) async throws -> T
    ) async throws -> T {
        let connection = OrgConnection(simulation, witness)
        do {
            let result = try await body(connection)
            await connection.close()
            return result
        } catch {
            await connection.close()
            throw error
        }
    }
}

/// One connection, which reconnects after it was lost.
final class OrgConnection: HTTPTransport {
    private final class Identity: Sendable {}

    private let simulation: OrgSimulation
    private let witness: SignInWitness
    private let identity = Mutex(Identity())

    init(_ simulation: OrgSimulation, _ witness: SignInWitness) {
        self.simulation = simulation
        self.witness = witness
    }

    func close() async { await simulation.forget(ObjectIdentifier(identity.withLock { $0 })) }

    func send(_ request: OutgoingRequest, within limits: ExchangeLimits) async throws -> IncomingResponse {
        try await request.beforeSending?()
        let held = identity.withLock { $0 }
        let id = ObjectIdentifier(held)
        var sent = OrgRequest(
            method: request.head.method.rawValue, target: request.head.path ?? "/", host: request.head.authority ?? "",
            body: request.body, sourceAddress: "192.0.2.7", connection: id)
        sent.scheme = "https"
        sent.contentType = request.head.headerFields[.contentType]
        sent.authorization = request.head.headerFields[.authorization]
        let isSignIn = sent.path == "/services/oauth2/token"
        let server = await simulation.server(for: id)
        let trusted = isSignIn ? await simulation.certificates(on: server) : []
        let (answer, date) = await simulation.answer(sent)
        guard answer.delivery.manner == .whole else {
            if isSignIn { witness.saw(trusted: trusted, granted: false, fault: true) }
            await simulation.forget(id)
            identity.withLock { $0 = Identity() }
            throw TransportFailure(.connectionLost, detail: "cut")
        }
        // A late answer is correct, not a fault.
        let isFault = answer.fault?.split(separator: ", ").contains { $0 != "latency" } ?? false
        if isSignIn { witness.saw(trusted: trusted, granted: answer.status == 200, fault: isFault) }
        return IncomingResponse(Self.head(answer, date), body: Self.pieces(answer.body))
    }

    private static func head(_ answer: OrgAnswer, _ date: Date) -> HTTPResponse {
        var fields = HTTPFields()
        if let contentType = answer.contentType { fields[.contentType] = contentType }
        for (name, value) in answer.headers {
            if let field = HTTPField.Name(name) { fields[field] = value }
        }
        fields[.date] = date.formatted(.httpDate)
        return HTTPResponse(status: .init(code: answer.status), headerFields: fields)
    }

    private static func pieces(_ body: [UInt8]) -> AsyncThrowingStream<[UInt8], any Error> {
        AsyncThrowingStream { continuation in
            continuation.yield(body)
            continuation.finish()
        }
    }
}

/// Records which certificates the org's servers trusted when they answered sign-ins. Only the test reads it; the client
/// does not.
final class SignInWitness: Sendable {
    /// The answers without faults.
    struct Count: Sendable, Equatable {
        /// The number of answers by servers that trusted a certificate, by ``PEMName``.
        var byTrusted: [String: Int] = [:]
        var granted = 0
        var refused = 0
    }

    private let count = Mutex(Count())
    struct Answer: Sendable {
        /// The caller; `nil` if the rotation itself signed in.
        let caller: Int?
        /// The certificates that the server trusted, by ``PEMName``.
        let trusted: Set<String>
        /// Whether a fault replaced or lost the org's own answer.
        let isFault: Bool
    }

    private let last = Mutex<[Answer]>([])

    func saw(trusted: Set<String>, granted: Bool, fault: Bool) {
        count.withLock { count in
            guard !fault else { return }
            for certificate in trusted { count.byTrusted[certificate, default: 0] += 1 }
            if granted { count.granted += 1 } else { count.refused += 1 }
        }
        last.withLock { $0.append(Answer(caller: Caller.number, trusted: trusted, isFault: fault)) }
    }

    var counted: Count { count.withLock { $0 } }

    /// Returns the answers since the last call.
    @discardableResult
    func drain() -> [Answer] {
        last.withLock { last in
            defer { last = [] }
            return last
        }
    }
}

/// The caller of a request. Each caller is judged by its own answers.
enum Caller {
    @TaskLocal static var number: Int?
}

extension OrgSimulation {
    /// The certificates of our apps on a server, by ``PEMName``.
    func certificates(on server: Int) -> Set<String> {
        guard let id = state.orgs.first?.id, let apps = org(id, on: server)?.apps else { return [] }
        return Set(apps.filter { $0.name.hasPrefix("aprity") }.compactMap(\.certificatePEM).map(PEMName.of))
    }

    /// The certificates that any server has now.
    func certificatesInForce() -> Set<String> {
        (0..<state.switches.servers).reduce(into: []) { $0.formUnion(certificates(on: $1)) }
    }
}

/// Short names of certificates.
enum PEMName {
    /// The last 24 characters of the base64 text. They belong to the signature and so differ for each certificate.
    static func of(_ pem: String) -> String {
        let body = pem.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("-----") }.joined()
        return String(body.suffix(24))
    }
}

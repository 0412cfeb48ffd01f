package import ConnectedApp
internal import Foundation
internal import HTTPTypes
package import JWTBearer

/// A client for the health checks of aprity's server on this machine.
package struct LocalServer: Sendable {
    /// The server's JSON answer.
    private struct Answer: Decodable {
        let status: String
        /// The code of the cause why the server cannot sign; `nil` if it can.
        let code: String?
    }

    /// The server's port on 127.0.0.1.
    let port: UInt16

    /// Whether the server has TLS of its own. Its certificate is not verified: it is for another name, and nothing secret is sent.
    let hasTLS: Bool

    package init(port: UInt16, hasTLS: Bool = false, limits: ExchangeLimits = Self.limits) {
        (self.port, self.hasTLS, self.limits) = (port, hasTLS, limits)
    }

    package var url: String { "\(hasTLS ? "https" : "http")://127.0.0.1:\(port)" }
    /// Shorter than the ten seconds after which Kubernetes, as the example configures it, kills a health probe. So the
    /// probe can still report the timeout.
    package static let limits = ExchangeLimits(bodyBytes: 65_536, total: .seconds(5))
    private let limits: ExchangeLimits

    /// Asks the server for its health.
    ///
    /// - Returns: ``HealthCheck/word`` if the check passes.
    /// - Throws: ``ConnectedAppError``: the cause why the server cannot sign; `.connectionRefused` if no server
    ///   listens; `.timedOut`; `.answerUnintelligible` if another program answers.
    package func status(_ question: HealthCheck) async throws -> String {
        let (status, body) = try await answer(question)
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(body)) else { throw otherProgram(status) }
        if status == 200, answer.status == question.word { return question.word }
        guard let cause = answer.code.flatMap(Cause.init(rawValue:)) else { throw otherProgram(status) }
        throw ConnectedAppError(cause, subject: url)
    }

    private func answer(_ question: HealthCheck) async throws -> (status: Int, body: [UInt8]) {
        let host = try LoginHost(url)
        let transport = HTTPClientTransport.toThisMachine()
        let head = HTTPRequest(method: .get, scheme: host.scheme, authority: host.authority, path: question.rawValue)
        do {
            let response = try await transport.send(OutgoingRequest(head, isRead: true), within: limits)
            let body = try await response.collect()
            await transport.close()
            return (response.head.status.code, body)
        } catch {
            await transport.close()
            guard let failure = error as? TransportFailure else { throw error }
            throw refusal(ConnectedAppError(failure, host: host))
        }
    }

    private func refusal(_ error: ConnectedAppError) -> ConnectedAppError {
        if error.cause == .connectionRefused {
            return ConnectedAppError(
                error.cause, subject: url, detail: "No server listens at this address.",
                remedy: "Start `aprity serve`, or set its port with --port or APRITY_PORT.")
        }
        if error.cause == .connectionLost, !hasTLS {
            return ConnectedAppError(
                error.cause, subject: url, detail: "The server closed the connection and did not answer.",
                remedy: "If the server has TLS of its own, add --tls.")
        }
        guard error.cause == .timedOut else { return error }
        return ConnectedAppError(
            error.cause, subject: url, detail: "The server did not answer within \(limits.total).",
            remedy: "Check the log of `aprity serve` and the load of the machine.", evidence: error.evidence)
    }

    private func otherProgram(_ status: Int) -> ConnectedAppError {
        ConnectedAppError(
            .answerUnintelligible, subject: url, detail: "A program other than `aprity serve` answers at this address.",
            remedy: "Set the server's port with --port or APRITY_PORT.", evidence: ["status": String(status)])
    }
}

package import ConnectedApp
internal import Foundation
internal import HTTPTypes
package import JWTBearer

/// A server of this machine, as its port answers.
package struct LocalServer: Sendable {
    private struct Answer: Decodable {
        let status: String
        /// Why the server cannot sign.
        let code: String?
    }

    package let port: UInt16

    package init(port: UInt16, limits: ExchangeLimits = Self.limits) { (self.port, self.limits) = (port, limits) }

    package var url: String { "http://127.0.0.1:\(port)" }
    /// Shorter than the 10 s that probes usually wait, so that it is said what was waited for.
    package static let limits = ExchangeLimits(bodyBytes: 65_536, total: .seconds(5))
    private let limits: ExchangeLimits

    /// - Returns: ``HealthQuestion/word``.
    /// - Throws: ``ConnectedAppError``: why the server cannot sign, `.connectionRefused` if none listens, or
    ///   `.answerUnintelligible` if it is not aprity's.
    package func status(_ question: HealthQuestion) async throws -> String {
        let (status, body) = try await answer(question)
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(body)) else { throw stranger(status) }
        if status == 200, answer.status == question.word { return question.word }
        guard let cause = answer.code.flatMap(Cause.init(rawValue:)) else { throw stranger(status) }
        throw ConnectedAppError(cause, subject: url)
    }

    private func answer(_ question: HealthQuestion) async throws -> (status: Int, body: [UInt8]) {
        let host = try LoginHost(url)
        let transport = try HTTPClientTransport(authoritiesPEM: nil, allowedHosts: [], proxy: .none)
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
                error.cause, subject: url, detail: "No server listens there.",
                remedy: "Start `aprity serve`, or give its port with --port or APRITY_PORT.", evidence: error.evidence)
        }
        guard error.cause == .timedOut else { return error }
        return ConnectedAppError(
            error.cause, subject: url, detail: "No answer came within \(limits.total).",
            remedy: "Look into the log of `aprity serve` and at the load of the machine.", evidence: error.evidence)
    }

    private func stranger(_ status: Int) -> ConnectedAppError {
        ConnectedAppError(
            .answerUnintelligible, subject: url, detail: "Another program than `aprity serve` answers there.",
            remedy: "Give the server's port with --port or APRITY_PORT.", evidence: ["status": String(status)])
    }
}

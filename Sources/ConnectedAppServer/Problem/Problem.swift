internal import ConnectedApp
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import Logging

/// A failure on its way to a client: as a problem document (RFC 9457) or as a page.
struct Problem: Sendable {
    let status: HTTPResponse.Status
    let title: String
    let detail: String
    /// What this case adds to the title, for a page, which shows both; `nil` if the title says all.
    let addition: String?
    let code: String
    let remedy: String
    /// The same for somebody on a page.
    let remedyOnPage: String
    /// `nil` for a refusal of the server itself, of which the manual has no page.
    let cause: Cause?
    let evidence: [String: String]
    let exitStatus: Int32
    let retry: Bool
    let type: String
    var headers = HTTPFields()

    init(_ error: ConnectedAppError) {
        let view = ProblemView(error)
        status = error.cause.httpStatus
        title = view.title
        detail = view.detail
        addition = error.detail == nil || error.detail == view.title ? error.subject : view.detail
        code = view.code.rawValue
        // The table's remedy for a wrong command line means nothing to a client.
        let general = error.cause == .usage ? ServerRefusal.Reason.requestMalformed.row.remedy : nil
        remedy = general ?? view.remedy
        remedyOnPage = general ?? error.remedyOnPage
        cause = error.cause
        evidence = view.evidence
        exitStatus = view.exitStatus
        retry = view.retry
        type = view.type
    }

    init(_ refusal: ServerRefusal) {
        let row = refusal.reason.row
        status = row.status
        title = row.summary
        detail = refusal.detail ?? row.summary
        addition = refusal.detail == row.summary ? nil : refusal.detail
        code = refusal.reason.rawValue
        remedy = row.remedy
        remedyOnPage = row.remedy
        cause = nil
        evidence = [:]
        exitStatus = row.exit.rawValue
        retry = refusal.retryAfter != nil
        type = "urn:aprity:refusal:\(refusal.reason.rawValue)"
        if !refusal.allowed.isEmpty {
            headers[.allow] = refusal.allowed.map(\.rawValue).joined(separator: ", ")
        }
        headers[.retryAfter] = refusal.retryAfter.map(String.init)
        if refusal.reason == .signInRequired { headers[.wwwAuthenticate] = "Bearer realm=\"aprity\"" }
    }

    /// - Returns: `nil` for an error that is nobody's fault but ours; it is to be logged.
    init?(known error: any Error) {
        switch error {
        case let error as ConnectedAppError: self.init(error)
        case let refusal as ServerRefusal: self.init(refusal)
        case let error as HTTPError where error.status == .notFound: self.init(ServerRefusal(.notFound))
        default: return nil
        }
    }

    /// The members of ``ProblemView``, with codes that are no causes too.
    private struct Document: Encodable {
        let type, title, detail, code, remedy: String
        let evidence: [String: String]
        let status: Int
        let exitStatus: Int32
        let retry: Bool
        let instance: String
    }

    /// - Parameter instance: The path of the request.
    func document(instance: String) throws -> Response {
        let document = Document(
            type: type, title: title, detail: detail, code: code, remedy: remedy, evidence: evidence,
            status: status.code, exitStatus: exitStatus, retry: retry, instance: instance)
        return try .json(document, status: status, contentType: "application/problem+json", headers: headers)
    }
}

extension Response {
    /// A view as every part of aprity writes it.
    static func json(
        _ view: some Encodable, status: HTTPResponse.Status = .ok, contentType: String = "application/json",
        headers: HTTPFields = [:]
    ) throws -> Response {
        var headers = headers
        headers[.contentType] = contentType
        return Response(
            status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: try ViewJSON.encode(view))))
    }
}

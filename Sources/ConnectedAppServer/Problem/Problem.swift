internal import ConnectedApp
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import Logging

/// A failure as it is sent to a client: as a problem document (RFC 9457) or as a page.
struct Problem: Sendable {
    /// Who reported the failure: the service, or the server itself.
    enum Origin: Sendable {
        case error(ConnectedAppError)
        case refusal(ServerRefusal)
    }

    let origin: Origin
    let status: HTTPResponse.Status
    let view: ProblemView
    /// The headers that this failure requires: `Allow`, `Retry-After`, `WWW-Authenticate`.
    var headers = HTTPFields()

    init(_ error: ConnectedAppError) {
        origin = .error(error)
        status = error.cause.httpStatus
        view = ProblemView(error, remedy: error.remedyForClient ?? error.remedy)
    }

    init(_ refusal: ServerRefusal) {
        let row = refusal.reason.row
        origin = .refusal(refusal)
        status = row.status
        view = ProblemView(
            type: "urn:aprity:refusal:\(refusal.reason.rawValue)", title: row.summary,
            detail: refusal.detail ?? row.summary, code: refusal.reason.rawValue, remedy: row.remedy,
            exitStatus: row.exit, retry: refusal.retryAfter != nil)
        if !refusal.allowed.isEmpty {
            headers[.allow] = refusal.allowed.map(\.rawValue).joined(separator: ", ")
        }
        headers[.retryAfter] = refusal.retryAfter.map(String.init)
        if refusal.reason == .signInRequired { headers[.wwwAuthenticate] = "Bearer realm=\"aprity\"" }
    }

    /// - Returns: `nil` for an unexpected error, which is a bug. The caller must log it.
    init?(known error: any Error) {
        switch error {
        case let error as ConnectedAppError: self.init(error)
        case let refusal as ServerRefusal: self.init(refusal)
        case let error as HTTPError where error.status == .notFound: self.init(ServerRefusal(.notFound))
        default: return nil
        }
    }

    /// Returns the response with the problem document.
    ///
    /// - Parameter instance: The path of the request.
    func document(instance: String) throws -> Response {
        let document = view.response(status: status.code, toRequestFor: instance)
        return try .json(document, status: status, contentType: "application/problem+json", headers: headers)
    }
}

// The optimizer of Swift 6.3.1 stops the compiler when it inlines these properties.
extension Problem {
    /// What this failure adds to the title; `nil` if the title says everything. A page shows both.
    @inline(never)
    var addition: String? {
        switch origin {
        case .error(let error): error.addition
        case .refusal(let refusal): refusal.addition
        }
    }

    /// The remedy, worded for the Settings page.
    @inline(never)
    var remedyOnPage: String {
        switch origin {
        case .error(let error):
            error.cause == .usage ? error.givenRemedyOnPage ?? Self.formRemedy : error.remedyOnPage
        case .refusal(let refusal): refusal.reason.remedyOnPage
        }
    }

    /// The title, worded for the Settings page: there, wrong usage is a form with a wrong value.
    var titleOnPage: String {
        switch origin {
        case .error(let error): error.cause == .usage ? "aprity cannot use this form." : view.title
        case .refusal: view.title
        }
    }

    fileprivate static let formRemedy = "Correct the form and submit it again."

    /// The cause whose manual page explains the failure; `nil` for a ``ServerRefusal``, which has no page.
    @inline(never)
    var cause: Cause? {
        switch origin {
        case .error(let error): error.cause
        case .refusal: nil
        }
    }

    /// Whether signing in again resolves the failure.
    @inline(never)
    var needsSignIn: Bool {
        switch origin {
        case .error: false
        case .refusal(let refusal): refusal.reason.needsSignIn
        }
    }
}

extension ServerRefusal.Reason {
    /// The remedy, worded for somebody with a browser.
    fileprivate var remedyOnPage: String {
        switch self {
        case .requestMalformed, .mediaTypeUnsupported: Problem.formRemedy
        case .signInRequired: "Sign in, then open the page again."
        case .methodNotAllowed, .notAcceptable: "Start from the list of connections."
        case .revisionMismatch, .revisionMissing: "Open the page again, and repeat the change."
        case .bodyTooLarge: "Use files of at most 1 MiB together, and shorter texts."
        case .hostRefused: "Use the address that the server printed when it started."
        case .forbidden: "Ask an admin."
        case .formRefused, .notFound, .tooManyAttempts: row.remedy
        }
    }
}

extension ConnectedAppError {
    /// The remedy, worded for an HTTP client instead of a command line; `nil` for causes whose remedy suits both.
    fileprivate var remedyForClient: String? {
        switch cause {
        case .usage: ServerRefusal.Reason.requestMalformed.row.remedy
        case .unknownAlias: "GET /api/v1/connections lists the names."
        default: nil
        }
    }
}

extension Response {
    /// A response with a view as JSON, encoded as in every other output of aprity.
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

internal import ConnectedApp
internal import HTTPTypes

/// What the server itself refuses, before the front door is asked.
struct ServerRefusal: Error, Sendable {
    /// The raw value is the `code` of the problem document.
    enum Reason: String, CaseIterable, Sendable {
        case requestMalformed, signInRequired, formRefused, notFound, methodNotAllowed, notAcceptable
        case revisionMismatch, bodyTooLarge, mediaTypeUnsupported, hostRefused, revisionMissing, tooManyAttempts
    }

    let reason: Reason
    /// What this case says that the row does not; replaces its summary.
    let detail: String?
    /// Methods that the path takes, for `Allow`.
    let allowed: [HTTPRequest.Method]
    /// Seconds, for `Retry-After`.
    let retryAfter: Int?

    init(
        _ reason: Reason, detail: String? = nil, allowed: [HTTPRequest.Method] = [], retryAfter: Int? = nil
    ) {
        self.reason = reason
        self.detail = detail
        self.allowed = allowed
        self.retryAfter = retryAfter
    }

    /// What this case says that the reason's summary does not.
    var addition: String? { detail == reason.row.summary ? nil : detail }
}

extension ServerRefusal.Reason {
    /// Whether signing in again mends it.
    var needsSignIn: Bool {
        switch self {
        case .signInRequired, .formRefused: true
        case .requestMalformed, .notFound, .methodNotAllowed, .notAcceptable, .revisionMismatch, .bodyTooLarge,
            .mediaTypeUnsupported, .hostRefused, .revisionMissing, .tooManyAttempts:
            false
        }
    }

    struct Row {
        let status: HTTPResponse.Status
        let summary: String
        let remedy: String
        /// What a command would end with, had it met the same.
        let exit: ExitStatus
    }

    var row: Row {
        switch self {
        case .requestMalformed:
            Row(
                status: .badRequest, summary: "The request is not understood.",
                remedy: "Compare it with /api/v1/openapi.yaml.", exit: .usage)
        case .signInRequired:
            Row(
                status: .unauthorized, summary: "This needs the start token.",
                remedy: "Send `Authorization: Bearer` with the token from the file that `aprity serve` names.",
                exit: .notPermitted)
        case .formRefused:
            Row(
                status: .forbidden, summary: "The form did not come from this page, or the session has ended.",
                remedy: "Open the page again, sign in if it asks for it, and repeat what you did.", exit: .notPermitted)
        case .notFound:
            Row(
                status: .notFound, summary: "There is nothing at this address.",
                remedy: "Start from the list of connections.", exit: .usage)
        case .methodNotAllowed:
            Row(
                status: .methodNotAllowed, summary: "This address does not take this method.",
                remedy: "Use one of the methods that the Allow header names.", exit: .usage)
        case .notAcceptable:
            Row(
                status: .notAcceptable, summary: "There is no form of this that the request accepts.",
                remedy:
                    "Accept application/json; for a certificate application/x-pem-file or application/pkix-cert.",
                exit: .usage)
        case .revisionMismatch:
            Row(
                status: .preconditionFailed, summary: "The connection was changed by somebody else meanwhile.",
                remedy: "Get it again, look at it, and repeat the request with its new ETag.", exit: .busy)
        case .bodyTooLarge:
            Row(
                status: .contentTooLarge, summary: "The request's body is too large.",
                remedy: "Send at most 256 KiB of JSON, or 16 KiB of a form.", exit: .malformed)
        case .mediaTypeUnsupported:
            Row(
                status: .unsupportedMediaType, summary: "The body is in a form that is not taken here.",
                remedy: "Send application/json (or application/merge-patch+json for changes).", exit: .usage)
        case .hostRefused:
            Row(
                status: .misdirectedRequest, summary: "This server answers only to this machine's own names.",
                remedy: "Use the address that `aprity serve` printed: http://127.0.0.1 with its port.",
                exit: .notPermitted)
        case .revisionMissing:
            Row(
                status: .preconditionRequired, summary: "A change must say which revision it was made for.",
                remedy: "Send If-Match with the ETag of the connection as you saw it, or `*` for whichever it is.",
                exit: .usage)
        case .tooManyAttempts:
            Row(
                status: .tooManyRequests, summary: "A wrong start token was tried too often.",
                remedy: "Copy the token from the file again; the right token is accepted at any time.", exit: .busy)
        }
    }
}

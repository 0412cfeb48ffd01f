internal import ConnectedApp
internal import HTTPTypes

/// A request that the server itself rejects for a reason that only HTTP has, such as a missing header or a stale
/// `ETag`. A failure of the service is a ``ConnectedAppError``.
struct ServerRefusal: Error, Sendable {
    /// The raw value is the `code` of the problem document and must not change.
    enum Reason: String, CaseIterable, Sendable {
        case requestMalformed, signInRequired, formRefused, notFound, methodNotAllowed, notAcceptable
        case revisionMismatch, bodyTooLarge, mediaTypeUnsupported, hostRefused, revisionMissing, tooManyAttempts
        case forbidden
    }

    let reason: Reason
    /// A more specific message, which replaces the reason's summary as the document's `detail`.
    let detail: String?
    /// The methods that the path accepts, for `Allow`.
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

    /// The specific message; `nil` if there is none or it equals the reason's summary.
    var addition: String? { detail == reason.row.summary ? nil : detail }
}

extension ServerRefusal.Reason {
    /// Whether signing in again resolves the failure.
    var needsSignIn: Bool {
        switch self {
        case .signInRequired, .formRefused: true
        case .requestMalformed, .notFound, .methodNotAllowed, .notAcceptable, .revisionMismatch, .bodyTooLarge,
            .mediaTypeUnsupported, .hostRefused, .revisionMissing, .tooManyAttempts, .forbidden:
            false
        }
    }

    /// What the responses with this reason have in common.
    struct Row {
        let status: HTTPResponse.Status
        let summary: String
        let remedy: String
        /// The exit status of a command that fails in the same way.
        let exit: ExitStatus
    }

    var row: Row {
        switch self {
        case .requestMalformed:
            Row(
                status: .badRequest, summary: "The request is malformed.",
                remedy: "Compare it with /api/v1/openapi.yaml.", exit: .usage)
        case .signInRequired:
            Row(
                status: .unauthorized, summary: "The request has no valid token.",
                remedy:
                    "Send `Authorization: Bearer` with an API token (`aprity api-token add`), or with the start token from the file that `aprity serve` names.",
                exit: .notPermitted)
        case .formRefused:
            Row(
                status: .forbidden, summary: "The form did not come from this site, or the session has expired.",
                remedy: "Open the page again, sign in if asked, and repeat the action.", exit: .notPermitted)
        case .notFound:
            Row(
                status: .notFound, summary: "There is nothing at this address.",
                remedy: "Start from the list of connections.", exit: .usage)
        case .methodNotAllowed:
            Row(
                status: .methodNotAllowed, summary: "This address does not accept this method.",
                remedy: "Use one of the methods in the Allow header.", exit: .usage)
        case .notAcceptable:
            Row(
                status: .notAcceptable,
                summary: "The response is not available in any media type that the request accepts.",
                remedy:
                    "Accept application/json, or, for a certificate, application/x-pem-file or application/pkix-cert.",
                exit: .usage)
        case .revisionMismatch:
            Row(
                status: .preconditionFailed, summary: "If-Match is not the present ETag of the connection.",
                remedy: "Read the connection again, and repeat the request with its ETag, exactly as received.",
                exit: .busy)
        case .bodyTooLarge:
            Row(
                // `Request.jsonLimit`, `FormFields.limit` and `FormFields.fileLimit`.
                status: .contentTooLarge, summary: "The request body is too large.",
                remedy: "Send at most 256 KiB of JSON, 16 KiB of a form, or 1 MiB of a form with files.",
                exit: .malformed)
        case .mediaTypeUnsupported:
            Row(
                status: .unsupportedMediaType, summary: "This address does not accept the body's media type.",
                remedy: "Send application/json (or application/merge-patch+json for changes).", exit: .usage)
        case .hostRefused:
            Row(
                status: .misdirectedRequest, summary: "This server does not answer to the host name in the request.",
                remedy: "Use the address that the server printed when it started.",
                exit: .notPermitted)
        case .revisionMissing:
            Row(
                status: .preconditionRequired, summary: "A change needs an If-Match header.",
                remedy: "Send If-Match with the ETag that you read, or `*` to change any revision.",
                exit: .usage)
        case .tooManyAttempts:
            Row(
                status: .tooManyRequests, summary: "Too many attempts with a wrong token or password.",
                remedy: "Check the token or password. The right one is accepted at any time.", exit: .busy)
        case .forbidden:
            Row(
                status: .forbidden, summary: "This account or token may not do this.",
                remedy: "Ask an admin. A program needs an API token with more rights: `aprity api-token add --help`.",
                exit: .notPermitted)
        }
    }
}

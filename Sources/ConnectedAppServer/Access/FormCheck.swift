internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// The fields of an `application/x-www-form-urlencoded` body.
struct FormFields: Sendable {
    /// The maximum size of a body, in bytes. The server's own forms are far smaller.
    static let limit = 16 * 1024

    private var fields: [String: String]

    init(_ fields: [String: String] = [:]) { self.fields = fields }

    /// Parses a body. If a name occurs more than once, the first field counts. Invalid percent-encoding is kept as it
    /// is.
    init(_ body: String) {
        fields = [:]
        for pair in body.split(separator: "&") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = Self.decoded(halves[0])
            let value = halves.count == 2 ? Self.decoded(halves[1]) : ""
            if fields[name] == nil { fields[name] = value }
        }
    }

    /// - Returns: `nil` if the form has no such field.
    subscript(name: String) -> String? { fields[name] }

    private static func decoded(_ text: Substring) -> String {
        let spaced = String(text.map { $0 == "+" ? " " : $0 })
        return spaced.removingPercentEncoding ?? spaced
    }
}

/// Accepts a form only if it comes from a page of this server, and parses it into ``ServerContext/form``.
///
/// It checks the origin that the browser reports and the session's token, which every form of this server contains.
/// ``AccessCheck`` must run first if the token is needed. GET and HEAD requests pass unchecked.
///
/// Throws ``ServerRefusal`` with `.formRefused`, `.mediaTypeUnsupported` or `.bodyTooLarge`, and ``BodyInterrupted``.
struct FormCheck: RouterMiddleware {
    /// The name of the hidden field with the session's token in the templates' forms.
    static let tokenField = "formToken"

    /// `false` only for the sign-in form. It has no session yet, and another site cannot forge it without the start
    /// token.
    let needsToken: Bool
    let authority: ServedAuthority

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        guard request.method != .get, request.method != .head else { return try await next(request, context) }
        guard comesFromHere(request) else { throw ServerRefusal(.formRefused) }
        guard Self.isForm(request.headers[.contentType]) else { throw ServerRefusal(.mediaTypeUnsupported) }
        var context = context
        var body = try await request.boundedBody(FormFields.limit)
        context.form = FormFields(body.readString(length: body.readableBytes) ?? "")
        if needsToken {
            guard let session = context.session, let token = context.form[Self.tokenField],
                ConstantTime.areEqual(token, session.formToken)
            else { throw ServerRefusal(.formRefused) }
        }
        return try await next(request, context)
    }

    /// Returns `false` if the headers show that the form comes from another site. `true` does not prove the opposite:
    /// under the `no-referrer` policy, browsers send `Origin: null` even with this server's own forms, so `null` must
    /// be accepted. A form from another site then lacks the session's token.
    private func comesFromHere(_ request: Request) -> Bool {
        if let site = request.headers[.secFetchSite], site != "same-origin", site != "none" { return false }
        guard let origin = request.headers[.origin], origin != "null" else { return true }
        return origin.lowercased() == authority.origin(request.head.authority)
    }

    private static func isForm(_ contentType: String?) -> Bool {
        contentType?.split(separator: ";").first?.lowercased() == "application/x-www-form-urlencoded"
    }
}

extension Request {
    /// Returns the complete body.
    ///
    /// - Throws: ``ServerRefusal`` with `.bodyTooLarge` if it exceeds `limit` bytes; ``BodyInterrupted`` if it ends
    ///   early.
    func boundedBody(_ limit: Int) async throws -> ByteBuffer {
        do { return try await body.collect(upTo: limit) } catch is NIOTooManyBytesError {
            throw ServerRefusal(.bodyTooLarge)
        } catch {
            throw BodyInterrupted(underlying: error)
        }
    }
}

/// The connection closed before the body was complete, or the bytes are not HTTP.
struct BodyInterrupted: Error {
    let underlying: any Error
}

extension HTTPField.Name {
    static let secFetchSite = Self("Sec-Fetch-Site")!  // a valid field name, so it never traps
}

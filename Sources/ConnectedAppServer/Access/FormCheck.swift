internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// The fields of a form.
struct FormFields: Sendable {
    /// The maximum size of an `application/x-www-form-urlencoded` body, in bytes. The server's own forms are far smaller.
    static let limit = 16 * 1024
    /// The maximum size of a `multipart/form-data` body, in bytes. Files with keys and certificates are far smaller.
    static let fileLimit = 1 << 20

    private var fields: [String: String]
    private var files: [String: [UInt8]] = [:]

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

    /// Takes the fields of a form with files. If a name occurs more than once, the first field counts.
    init(_ form: MultipartForm) {
        fields = [:]
        for part in form.parts {
            if part.isFile {
                if files[part.name] == nil { files[part.name] = part.bytes }
            } else if fields[part.name] == nil {
                fields[part.name] = String(decoding: part.bytes, as: UTF8.self)
            }
        }
    }

    /// - Returns: `nil` if the form has no such field.
    subscript(name: String) -> String? { fields[name] }

    /// Returns the content of a file.
    ///
    /// - Returns: `nil` if the form has no such field, or if no file was chosen or the file is empty: browsers send both
    ///   in the same way.
    func file(_ name: String) -> [UInt8]? { files[name].flatMap { $0.isEmpty ? nil : $0 } }

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
/// Throws ``ServerRefusal`` with `.formRefused`, `.mediaTypeUnsupported`, `.requestMalformed` or `.bodyTooLarge`, and
/// ``BodyInterrupted``.
struct FormCheck: RouterMiddleware {
    /// The name of the hidden field with the session's token in the templates' forms.
    static let tokenField = "formToken"

    /// `false` only for the sign-in form. It has no session yet, and another site can forge it only with a credential of its
    /// own author, who gains nothing that the account or the token does not already allow.
    let needsToken: Bool
    let authority: ServedAuthority
    /// Whether the forms may have files (`multipart/form-data`).
    var acceptsFiles = false

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        guard request.method != .get, request.method != .head else { return try await next(request, context) }
        guard comesFromHere(request) else { throw ServerRefusal(.formRefused) }
        var context = context
        context.form = try await fields(request)
        if needsToken {
            guard let session = context.session, let token = context.form[Self.tokenField],
                ConstantTime.areEqual(token, session.formToken)
            else { throw ServerRefusal(.formRefused) }
        }
        return try await next(request, context)
    }

    private func fields(_ request: Request) async throws -> FormFields {
        let contentType = request.headers[.contentType] ?? ""
        switch contentType.split(separator: ";").first?.lowercased() {
        case "application/x-www-form-urlencoded":
            var body = try await request.boundedBody(FormFields.limit)
            return FormFields(body.readString(length: body.readableBytes) ?? "")
        case "multipart/form-data" where acceptsFiles:
            let body = try await request.boundedBody(FormFields.fileLimit)
            guard let form = MultipartForm(Array(body.readableBytesView), contentType: contentType) else {
                throw ServerRefusal(.requestMalformed, detail: "The form is incomplete.")
            }
            return FormFields(form)
        default: throw ServerRefusal(.mediaTypeUnsupported)
        }
    }

    /// Returns `false` if the headers show that the form comes from another site. `true` does not prove the opposite:
    /// under the `no-referrer` policy, browsers send `Origin: null` even with this server's own forms, so `null` must
    /// be accepted. A form from another site then lacks the session's token.
    ///
    /// The sign-in form has no token. If the browser does not report the site (`Sec-Fetch-Site`), the form must name its
    /// origin; the sign-in page has a policy under which browsers do that.
    private func comesFromHere(_ request: Request) -> Bool {
        let site = request.headers[.secFetchSite]
        if let site, site != "same-origin", site != "none" { return false }
        let own = authority.origin(request.head.authority)
        if let origin = request.headers[.origin], origin != "null" { return origin.lowercased() == own }
        if needsToken || site != nil { return true }
        return request.headers[.referer].map { $0.lowercased().hasPrefix(own + "/") } ?? false
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

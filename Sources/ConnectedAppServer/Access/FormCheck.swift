internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// The fields of an `application/x-www-form-urlencoded` body.
struct FormFields: Sendable {
    /// Bytes. No form of ours comes near it.
    static let limit = 16 * 1024

    private var fields: [String: String] = [:]

    init() {}

    /// Later fields of the same name do not count.
    init(_ body: String) {
        for pair in body.split(separator: "&") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = Self.decoded(halves[0])
            let value = halves.count == 2 ? Self.decoded(halves[1]) : ""
            if fields[name] == nil { fields[name] = value }
        }
    }

    subscript(name: String) -> String? { fields[name] }

    private static func decoded(_ text: Substring) -> String {
        let spaced = String(text.map { $0 == "+" ? " " : $0 })
        return spaced.removingPercentEncoding ?? spaced
    }
}

/// Lets a form through only where it came from a page of ours: by what the browser says of its origin, and by the
/// token of the session, which stands in each of our forms.
struct FormCheck: RouterMiddleware {
    static let tokenField = "formToken"

    /// `false` for the sign-in form: there is no session yet, and whoever forged it would have to know the start token.
    let needsToken: Bool

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        guard request.method != .get, request.method != .head else { return try await next(request, context) }
        guard Self.comesFromHere(request) else { throw ServerRefusal(.formRefused) }
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

    /// A browser under our `no-referrer` policy sends `Origin: null` with our own forms, so `null` decides nothing; a
    /// foreign page's form then still shows in `Sec-Fetch-Site`, or lacks the token.
    private static func comesFromHere(_ request: Request) -> Bool {
        if let site = request.headers[.secFetchSite], site != "same-origin", site != "none" { return false }
        guard let origin = request.headers[.origin], origin != "null" else { return true }
        return origin.lowercased() == "http://" + (request.head.authority ?? "").lowercased()
    }

    private static func isForm(_ contentType: String?) -> Bool {
        contentType?.split(separator: ";").first?.lowercased() == "application/x-www-form-urlencoded"
    }
}

extension Request {
    /// The complete body.
    ///
    /// - Throws: ``ServerRefusal`` with `.bodyTooLarge`, or ``BodyInterrupted``.
    func boundedBody(_ limit: Int) async throws -> ByteBuffer {
        do { return try await body.collect(upTo: limit) } catch is NIOTooManyBytesError {
            throw ServerRefusal(.bodyTooLarge)
        } catch {
            throw BodyInterrupted(underlying: error)
        }
    }
}

/// The connection ended before the body did, or the bytes are not HTTP.
struct BodyInterrupted: Error {
    let underlying: any Error
}

extension HTTPField.Name {
    static let secFetchSite = Self("Sec-Fetch-Site")!  // a constant that is a token
}

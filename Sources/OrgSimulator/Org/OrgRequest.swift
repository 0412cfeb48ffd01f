import Foundation

/// A request at an org's address, free of the HTTP library.
struct OrgRequest: Sendable {
    var method: String
    /// With its query, as it stood in the request line.
    var target: String
    /// The `Host` header: a name, and a port where it is not the scheme's own.
    var host: String
    var scheme = "http"
    /// The name that the client indicated while it set up TLS.
    var serverName: String?
    var contentType: String?
    var authorization: String?
    /// Whether the header `X-PrettyPrint: 1` asks for JSON with lines and indents.
    var wantsPrettyJSON = false
    /// Which page of which site sent a form, as browsers say.
    var origin: String?
    /// Nil when it was larger than the endpoint takes.
    var body: [UInt8]?
    var sourceAddress: String
    /// The TCP connection that the request came by.
    var connection: ObjectIdentifier?

    /// Bytes of an address that Salesforce Edge takes.
    static let targetLimit = 16_384

    var path: String { String(target.prefix { $0 != "?" }) }

    /// The path's parts, percent-decoding left out: no path here needs it.
    var segments: [String] { path.split(separator: "/").map(String.init) }

    /// The media type without parameters, in lower case.
    var mediaType: String? {
        contentType.map { $0.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased() }
    }

    /// The fields of a form body, and those of the query behind them: some clients put them there.
    var form: FormFields { FormFields(bodyText, query) }

    /// The fields of a form body alone.
    var bodyForm: FormFields { FormFields(bodyText) }

    private var query: String {
        target.firstIndex(of: "?").map { String(target[target.index(after: $0)...]) } ?? ""
    }

    private var bodyText: String {
        let isForm = mediaType == "application/x-www-form-urlencoded"
        return isForm ? String(bytes: body ?? [], encoding: .utf8) ?? "" : ""
    }
}

/// Fields of `application/x-www-form-urlencoded` texts; of two with one name the first counts.
struct FormFields: Sendable {
    private var fields: [String: String] = [:]

    init(_ texts: String...) {
        for text in texts {
            for pair in text.split(separator: "&") {
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard let name = Self.decode(parts[0]) else { continue }
                let value = parts.count > 1 ? Self.decode(parts[1]) : ""
                if fields[name] == nil { fields[name] = value }
            }
        }
    }

    subscript(name: String) -> String? { fields[name] }

    private static func decode(_ text: Substring) -> String? {
        text.replacing("+", with: " ").removingPercentEncoding
    }
}

/// The name in a `Host` header, without port and brackets, in lower case.
struct HostName: Equatable, Sendable {
    let name: String

    init(authority: String) {
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            name = authority[authority.index(after: authority.startIndex)..<end].lowercased()
        } else {
            name = authority.prefix { $0 != ":" }.lowercased()
        }
    }

    var isLoopback: Bool {
        name == "localhost" || name == "::1"
            || (name.hasPrefix("127.") && name.split(separator: ".").count == 4
                && name.allSatisfy { $0.isNumber || $0 == "." })
    }
}

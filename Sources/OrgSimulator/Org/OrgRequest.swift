import Foundation

/// A request to an org, independent of the HTTP library.
struct OrgRequest: Sendable {
    var method: String
    /// The request target as received: path and query, percent-encoded.
    var target: String
    /// The `Host` header: a name, and a port if it is not the scheme's default.
    var host: String
    var scheme = "http"
    /// The server name that the client sent in the TLS handshake (SNI).
    var serverName: String?
    var contentType: String?
    var authorization: String?
    /// Whether the header `X-PrettyPrint: 1` asks for indented JSON.
    var wantsPrettyJSON = false
    /// The `Origin` header, in which a browser names the site that sent a form.
    var origin: String?
    /// Empty if the request has no body; `nil` if the body was larger than the endpoint accepts.
    var body: [UInt8]?
    /// The client's IP address, without a port.
    var sourceAddress: String
    /// The TCP connection of the request; `nil` for a request that a test makes without one.
    var connection: ObjectIdentifier?

    /// The longest request target that Salesforce Edge accepts, in bytes.
    static let targetLimit = 16_384

    var path: String { String(Substring(target.utf8.prefix { $0 != UInt8(ascii: "?") })) }

    /// The segments of the path. They are not percent-decoded, because no path here needs it.
    var segments: [String] { path.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) } }

    /// The media type without parameters, in lower case.
    var mediaType: String? {
        contentType.map { type in
            let bytes = type.utf8.prefix { $0 != UInt8(ascii: ";") }
            return Substring(bytes).trimmingCharacters(in: .whitespaces).lowercased()
        }
    }

    /// The fields of a form body and of the URL's query. If both have a field, the value in the body counts.
    var form: FormFields { FormFields(bodyText, query) }

    /// The fields of a form body only. Without the media type of a form there are none.
    var bodyForm: FormFields { FormFields(bodyText) }

    private var query: String {
        target.firstIndex(of: "?").map { String(target[target.index(after: $0)...]) } ?? ""
    }

    private var bodyText: String {
        let isForm = mediaType == "application/x-www-form-urlencoded"
        return isForm ? String(bytes: body ?? [], encoding: .utf8) ?? "" : ""
    }
}

/// Fields of `application/x-www-form-urlencoded` texts. If a name occurs more than once, the first value counts. A
/// field that cannot be decoded is left out.
struct FormFields: Sendable {
    private var fields: [String: String] = [:]

    /// - Parameter texts: The texts, the one with precedence first.
    init(_ texts: String...) {
        for text in texts {
            for pair in text.utf8.split(separator: UInt8(ascii: "&")) {
                let parts = pair.split(
                    separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
                guard let name = Self.decode(Substring(parts[0])) else { continue }
                let value = parts.count > 1 ? Self.decode(Substring(parts[1])) : ""
                if fields[name] == nil { fields[name] = value }
            }
        }
    }

    /// The value of a field; empty if the field has no `=`, and `nil` if there is no such field.
    subscript(name: String) -> String? { fields[name] }

    private static func decode(_ text: Substring) -> String? {
        let (hasPlus, hasPercent) = (text.utf8.contains(UInt8(ascii: "+")), text.utf8.contains(UInt8(ascii: "%")))
        let spaced = hasPlus ? text.replacing("+", with: " ") : text
        return hasPercent ? spaced.removingPercentEncoding : String(spaced)
    }
}

/// The name or address in a `Host` header, in lower case, without port and brackets.
struct HostName: Equatable, Sendable {
    let name: String

    init(authority: String) {
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            name = authority[authority.index(after: authority.startIndex)..<end].lowercased()
        } else {
            name = authority.prefix { $0 != ":" }.lowercased()
        }
    }

    /// Whether the name is `localhost`, `::1` or an IPv4 address that begins with 127.
    var isLoopback: Bool {
        name == "localhost" || name == "::1"
            || (name.hasPrefix("127.") && name.split(separator: ".").count == 4
                && name.allSatisfy { $0.isNumber || $0 == "." })
    }
}

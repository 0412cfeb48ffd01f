internal import Foundation

/// The address of an org (scheme, host and port), and what its name says about the org.
///
/// The forms are those of "Your My Domain URL Formats" and the login pages of Salesforce Help. The same rules apply to
/// the login host that a person types and to the `instance_url` that an org returns.
package struct LoginHost: Sendable, Hashable, CustomStringConvertible {
    /// What the host's name says about the org.
    package enum Form: Sendable, Hashable {
        /// `login.salesforce.com`: the login page of all production and Developer Edition orgs.
        case login
        /// `test.salesforce.com`: the login page of all sandboxes and scratch orgs.
        case test
        /// `X.my.salesforce.com`: production, also in Government Cloud (simple-salesforce PR 711).
        case production
        /// `X--Y.sandbox.my.salesforce.com`.
        case sandbox
        /// `X.develop.my.salesforce.com`: Developer Edition.
        case developer
        /// `X.scratch.my.salesforce.com`.
        case scratch
        /// `X.demo.my.salesforce.com`, and the same with `patch` or `trailblaze`: orgs of Salesforce's own programs.
        case program
        /// Any of the My Domain forms under `.salesforce.mil`, for government orgs.
        case military
        /// This machine: 127.0.0.0/8, `[::1]`, `localhost`.
        case loopback
        /// Another host that the operator allows with `--allow-host`.
        case allowed
    }

    /// `https`, or `http` for this machine.
    package let scheme: String
    /// Lower case, no trailing dot; an IPv6 address without its brackets.
    package let host: String
    /// `nil`: the scheme's default port, even if the text names it.
    package let port: Int?
    package let form: Form

    /// - Parameters:
    ///   - text: A URL, or a host alone, which means https.
    ///   - allowedHosts: Hosts that the operator trusts in addition to Salesforce's.
    /// - Throws: ``ConnectedAppError``: `.loginHostMalformed`, `.clearTextRefused` for http to another machine, or
    ///   `.hostNotAllowed`. If Salesforce has the host for another purpose, `.hostNotAllowed` says for which and, if
    ///   the name shows it, which login host to use.
    package init(_ text: String, allowing allowedHosts: [AllowedHost] = []) throws(ConnectedAppError) {
        let parts = try HostText(text)
        guard let form = Self.form(of: parts, allowing: allowedHosts) else {
            throw Self.refusal(of: parts)
        }
        guard parts.scheme == "https" || form == .loopback else {
            throw ConnectedAppError(.clearTextRefused, subject: parts.hostAndPort)
        }
        (scheme, host, port, self.form) = (parts.scheme, parts.host, parts.port, form)
    }

    /// Creates the address of any host, for requests that do not go to an org. http is accepted for this machine only.
    ///
    /// - Throws: ``ConnectedAppError`` with `.loginHostMalformed` or `.clearTextRefused`.
    package init(anyHost text: String) throws(ConnectedAppError) {
        let parts = try HostText(text.trimmingPasteArtifacts)
        guard parts.scheme == "https" || parts.isLoopback else {
            throw ConnectedAppError(.clearTextRefused, subject: parts.hostAndPort)
        }
        try self.init(parts.scheme + "://" + parts.authority, allowing: [AllowedHost(parts.authority)])
    }

    /// The URL without a trailing slash. If My Domain is the audience, this is also the `aud`.
    package var description: String { scheme + "://" + authority }

    /// The value of the `Host` header: the host, an IPv6 address in brackets, and the port unless it is the default.
    package var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port.map { "\(name):\($0)" } ?? name
    }

    /// Whether this is the address of a single org, not a shared login host.
    var namesOneOrg: Bool { form != .login && form != .test }

    private static func form(of parts: HostText, allowing allowedHosts: [AllowedHost]) -> Form? {
        if parts.isLoopback { return .loopback }
        if parts.port == nil, let form = salesforceForm(parts.host) { return form }
        return allowedHosts.contains { $0.matches(parts) } ? .allowed : nil
    }

    /// The error for a host that is not allowed. It says what the host is if the name shows it.
    private static func refusal(of parts: HostText) -> ConnectedAppError {
        if salesforceForm(parts.host) != nil {
            return ConnectedAppError(
                .hostNotAllowed, subject: parts.hostAndPort,
                detail: "Salesforce's login hosts serve https on port 443 only, so nothing is sent to this port.",
                remedy: "Omit the port: https://\(parts.host).")
        }
        let other = OtherSalesforceHost(parts.host)
        return ConnectedAppError(
            .hostNotAllowed, subject: parts.hostAndPort, detail: other?.detail, remedy: other?.remedy(),
            remedyOnPage: other?.remedy(onPage: true))
    }

    private static func salesforceForm(_ host: String) -> Form? {
        if host == "login.salesforce.com" { return .login }
        if host == "test.salesforce.com" { return .test }
        if let name = host.removingSuffix(".my.salesforce.com") { return myDomainForm(name) }
        if let name = host.removingSuffix(".my.salesforce.mil") { return myDomainForm(name) == nil ? nil : .military }
        return nil
    }

    /// - Parameter name: The part before `.my.`.
    private static func myDomainForm(_ name: String) -> Form? {
        let labels = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard labels.allSatisfy(HostText.isLabel), labels.allSatisfy({ !$0.hasPrefix("xn--") }) else { return nil }
        switch (labels.count, labels.last) {
        case (1, _): return labels[0].contains("--") ? nil : .production
        case (2, "sandbox"): return labels[0].isSandboxName ? .sandbox : nil
        case (2, "develop"): return .developer
        case (2, "scratch"): return .scratch
        case (2, "demo"), (2, "patch"), (2, "trailblaze"): return .program
        default: return nil
        }
    }
}

/// A host that the operator allows in addition to Salesforce's. It matches the exact name and the exact port; without a
/// port, only the scheme's default port.
///
/// Stored as the text `host` or `host:port`, with an IPv6 address in brackets.
package struct AllowedHost: Sendable, Hashable, Codable, CustomStringConvertible {
    let host: String
    let port: Int?

    /// - Parameter text: `host` or `host:port`; no scheme, no wildcard.
    /// - Throws: ``ConnectedAppError`` with `.loginHostMalformed`.
    init(_ text: String) throws(ConnectedAppError) {
        guard !text.contains("/"), !text.contains("*") else {
            throw ConnectedAppError(
                .loginHostMalformed, subject: text.withoutUserInformation,
                detail: "Allow a host by its exact name, without scheme, path or wildcard.")
        }
        self.init(try HostText("https://" + text))
    }

    private init(_ parts: HostText) { (host, port) = (parts.host, parts.port) }

    func matches(_ parts: HostText) -> Bool {
        parts.host == host && parts.port == port
    }

    package var description: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port.map { "\(name):\($0)" } ?? name
    }

    package init(from decoder: any Decoder) throws {
        try self.init(HostText.withBrackets(try decoder.singleValueContainer().decode(String.self)))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// A URL of scheme, host and port only. Stricter than RFC 3986: it rejects what two parsers could read differently.
package struct HostText {
    /// `https` or `http`.
    let scheme: String
    /// Lower case, no trailing dot; an IPv6 address without its brackets.
    package let host: String
    /// `nil`: the scheme's default port, even if the text names it.
    let port: Int?

    /// - Parameter text: A URL, or a host alone, which means https. One trailing slash is accepted.
    /// - Throws: ``ConnectedAppError`` with `.loginHostMalformed` and the reason.
    package init(_ text: String) throws(ConnectedAppError) {
        func malformed(_ reason: String) -> ConnectedAppError {
            ConnectedAppError(.loginHostMalformed, subject: text.withoutUserInformation, detail: reason)
        }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw malformed("Write a host in ASCII without spaces, and an international name in its xn-- form.")
        }
        var rest = Substring(text.lowercased())
        if let mark = rest.range(of: "://") {
            scheme = String(rest[..<mark.lowerBound])
            rest = rest[mark.upperBound...]
        } else {
            scheme = "https"
        }
        guard scheme == "https" || scheme == "http" else { throw malformed("Only https is supported, not \(scheme).") }
        guard !rest.contains("@") else { throw malformed("A host must not contain a user name or password.") }
        if rest.hasSuffix("/") { rest.removeLast() }
        if let character = rest.first(where: { "\\%".contains($0) }) {
            throw malformed("A host must not contain \(character).")
        }
        guard !rest.contains(where: { "/?#".contains($0) }) else {
            throw malformed("Give the host only, without path, query or fragment.")
        }
        let (name, portText) = try Self.split(rest, malformed)
        if let portText {
            guard let number = Int(portText), (1...65535).contains(number), String(number) == portText else {
                throw malformed("The port is not a number from 1 to 65535.")
            }
            // Drop the default port: `aud` must be the address as the org knows it.
            port = number == (scheme == "https" ? 443 : 80) ? nil : number
        } else {
            port = nil
        }
        let trimmed = name.hasSuffix(".") && !name.contains(":") ? name.dropLast() : name
        guard Self.isHost(String(trimmed)) else {
            throw malformed("This is neither a host name nor an IP address in its usual form.")
        }
        host = String(trimmed)
    }

    /// Host and port as in a URL: an IPv6 address is in brackets.
    package var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port.map { "\(name):\($0)" } ?? name
    }

    /// Host and port for messages: an IPv6 address has no brackets.
    var hostAndPort: String { port.map { "\(host):\($0)" } ?? host }

    /// Whether this is the address of this machine: 127.0.0.0/8, `[::1]`, `localhost`.
    package var isLoopback: Bool {
        host == "localhost" || host == "::1" || (Self.isIPv4(host) && host.hasPrefix("127."))
    }

    /// Splits the text into the host without brackets and the text of the port.
    private static func split(_ text: Substring, _ malformed: (String) -> ConnectedAppError) throws(ConnectedAppError)
        -> (Substring, String?)
    {
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw malformed("The bracket is not closed.") }
            let inside = text[text.index(after: text.startIndex)..<end]
            guard inside.contains(":") else { throw malformed("Only an IPv6 address can be in brackets.") }
            let after = text[text.index(after: end)...]
            if after.isEmpty { return (inside, nil) }
            guard after.hasPrefix(":") else { throw malformed("Only a port can follow an address in brackets.") }
            return (inside, String(after.dropFirst()))
        }
        let pieces = text.split(separator: ":", omittingEmptySubsequences: false)
        switch pieces.count {
        case 1: return (pieces[0], nil)
        case 2: return (pieces[0], String(pieces[1]))
        default: throw malformed("Write an IPv6 address in brackets.")
        }
    }

    private static func isHost(_ name: String) -> Bool {
        if name.contains(":") { return name == "::1" || isIPv6(name) }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard name.utf8.count <= 253, labels.allSatisfy(isLabel), let last = labels.last else { return false }
        // Some parsers read a last label that is a number (127.1, 0x7f.1, 2130706433) as an address.
        return last.first?.isLetter == true && !last.hasPrefix("0x") || isIPv4(name)
    }

    /// Adds the brackets of an IPv6 address, which former versions did not store. A last group that
    /// could be a part of the address or the port is a part of the address. Other texts are returned unchanged.
    fileprivate static func withBrackets(_ stored: String) -> String {
        guard !stored.hasPrefix("["), stored.count(where: { $0 == ":" }) > 1 else { return stored }
        guard !isIPv6(stored), let colon = stored.lastIndex(of: ":") else { return "[\(stored)]" }
        return "[\(stored[..<colon])]\(stored[colon...])"
    }

    /// Whether the text is a label of letters, digits and inner hyphens (RFC 1123 §2.1), in lower case.
    static func isLabel(_ text: String) -> Bool {
        let units = text.utf8
        guard (1...63).contains(units.count), text.first != "-", text.last != "-" else { return false }
        return units.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || $0 == UInt8(ascii: "-")
        }
    }

    private static func isIPv4(_ text: String) -> Bool {
        let pieces = text.split(separator: ".", omittingEmptySubsequences: false)
        return pieces.count == 4 && pieces.allSatisfy { piece in UInt8(piece).map(String.init) == String(piece) }
    }

    private static func isIPv6(_ text: String) -> Bool {
        let groups = text.split(separator: ":", omittingEmptySubsequences: false)
        guard text.utf8.count <= 39, groups.allSatisfy({ $0.count <= 4 && $0.allSatisfy(\.isHexDigit) }) else {
            return false
        }
        let gaps = text.components(separatedBy: "::").count - 1
        let hasLooseEnd = text.hasPrefix(":") && !text.hasPrefix("::") || text.hasSuffix(":") && !text.hasSuffix("::")
        guard gaps <= 1, !text.contains(":::"), !hasLooseEnd else { return false }
        return gaps == 1 ? groups.count <= 9 && groups.filter({ !$0.isEmpty }).count <= 7 : groups.count == 8
    }
}

extension String {
    /// The text of a URL without the username and the password before the host. Messages quote it.
    var withoutUserInformation: String {
        // A password may contain another `@` or a slash, so everything up to the last `@` may belong to it.
        guard let end = lastIndex(of: "@") else { return self }
        let start = self[..<end].range(of: "://")?.upperBound ?? startIndex
        return start == end ? self : replacingCharacters(in: start..<end, with: OrgWords.mark)
    }

    fileprivate func removingSuffix(_ suffix: String) -> String? {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : nil
    }

    /// `X--Y`: a My Domain name and a sandbox name.
    fileprivate var isSandboxName: Bool {
        guard let mark = range(of: "--") else { return false }
        return mark.lowerBound > startIndex && mark.upperBound < endIndex && !self[mark.upperBound...].contains("--")
    }
}

internal import Foundation

/// The proxy settings from `HTTPS_PROXY`, or else `ALL_PROXY`, and `NO_PROXY`.
///
/// If a variable is missing or empty, its lower-case form is read instead. The proxy's URL may omit `http://`; without a
/// port, the port is 80.
package struct ProxySettings: Sendable, Equatable {
    /// A proxy. Its description is its host and port, without the username and password.
    package struct Server: Sendable, Equatable {
        package let host: String
        package let port: Int
        /// The username and password from `user:password@` in the proxy's URL, unescaped; `nil` without them. A secret.
        package let basicAuthorization: (user: String, password: String)?

        package static func == (left: Server, right: Server) -> Bool {
            left.host == right.host && left.port == right.port
                && left.basicAuthorization?.user == right.basicAuthorization?.user
                && left.basicAuthorization?.password == right.basicAuthorization?.password
        }
    }

    /// `nil` if no variable names a proxy, or if `NO_PROXY` is `*`.
    package let server: Server?
    /// The name of the variable that names the proxy; `nil` if ``server`` is.
    package let source: String?
    let exceptions: ProxyExceptions

    /// No proxy for any host.
    package static let none = ProxySettings(server: nil, source: nil, exceptions: ProxyExceptions(environment: [:]))

    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed` and the variable as its subject, if the proxy is
    ///   not an http URL. If `NO_PROXY` is `*`, the URL is not checked. The error does not quote the URL, because it
    ///   may contain a password.
    init(environment: [String: String]) throws(ConnectedAppError) {
        exceptions = ProxyExceptions(environment: environment)
        guard let proxy = Self.variable(environment), !exceptions.matchEveryHost else {
            (server, source) = (nil, nil)
            return
        }
        source = proxy.name
        server = try ProxyURL(proxy.value, variable: proxy.name).server
    }

    /// Returns the settings, or the error in them. Only code that uses the network throws it, so that other commands
    /// work.
    package static func read(_ environment: [String: String]) -> Result<ProxySettings, ConnectedAppError> {
        Result { () throws(ConnectedAppError) in try ProxySettings(environment: environment) }
    }

    private init(server: Server?, source: String?, exceptions: ProxyExceptions) {
        self.server = server
        self.source = source
        self.exceptions = exceptions
    }

    /// Returns the variable that names a proxy, and its value, which may contain a password; `nil` if none is set.
    package static func variable(_ environment: [String: String]) -> (name: String, value: String)? {
        environment.firstSet(["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
    }

    /// The route of requests to a host, with the reason.
    package enum Route: Sendable, Equatable {
        case proxy(Server, source: String)
        case direct(Reason)

        package enum Reason: Sendable, Equatable {
            case noProxy
            /// The host is a loopback address. These never go through a proxy.
            case thisMachine
            /// An entry of `NO_PROXY` matches the host. The values are the entry as it is written, and the name of the
            /// variable.
            case exception(String, source: String)
        }
    }

    package func route(to host: LoginHost) -> Route {
        if host.form == .loopback { return .direct(.thisMachine) }
        if let entry = exceptions.entry(for: host) { return .direct(.exception(entry, source: exceptions.source)) }
        guard let server, let source else { return .direct(.noProxy) }
        return .proxy(server, source: source)
    }

    /// Returns the proxy for a host; `nil` if requests to it are sent directly.
    package func server(for host: LoginHost) -> Server? {
        switch route(to: host) {
        case .proxy(let server, _): server
        case .direct: nil
        }
    }
}

extension [String: String] {
    /// Returns the first of these variables that is set and not empty; `nil` if none is.
    package func firstSet(_ names: [String]) -> (name: String, value: String)? {
        for name in names {
            if let value = self[name], !value.isEmpty { return (name, value) }
        }
        return nil
    }
}

extension ProxySettings.Server: CustomStringConvertible, CustomReflectable {
    package var description: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// The URL of a proxy. It may contain a password, so no error quotes it.
private struct ProxyURL {
    let server: ProxySettings.Server

    init(_ text: String, variable: String) throws(ConnectedAppError) {
        func malformed(_ detail: String) -> ConnectedAppError {
            ConnectedAppError(.configurationMalformed, subject: variable, detail: detail)
        }
        var rest = Substring(text.trimmingWhiteSpace)
        if rest.lowercased().hasPrefix("http://") {
            rest = rest.dropFirst(7)
        } else if let colon = rest.range(of: "://") {
            throw malformed(
                "aprity connects to a proxy over http, as in http://proxy.example.com:3128, but this URL asks for "
                    + "\(Self.scheme(rest[..<colon.lowerBound])).")
        }
        var login: (String, String)?
        if let mark = rest.lastIndex(of: "@") {
            if let detail = Self.fault(in: rest[..<mark]) { throw malformed(detail) }
            let pair = rest[..<mark].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            login = (Self.unescaped(pair[0]), pair.count > 1 ? Self.unescaped(pair[1]) : "")
            rest = rest[rest.index(after: mark)...]
        }
        guard let parts = try? HostText("http://" + rest) else {
            throw malformed("This is not a URL such as http://proxy.example.com:3128.")
        }
        server = ProxySettings.Server(host: parts.host, port: parts.port ?? 80, basicAuthorization: login)
    }

    /// Returns a sentence about a character that must be percent-encoded; `nil` if there is none. It quotes only that
    /// character.
    private static func fault(in login: Substring) -> String? {
        let escapes: [Character: String] = ["#": "%23", "/": "%2F", "?": "%3F"]
        for (character, escape) in escapes.sorted(by: { $0.key < $1.key }) where login.contains(character) {
            return "The username or the password contains a `\(character)`. Write it as \(escape) in a URL."
        }
        guard login.removingPercentEncoding != nil else {
            return
                "The username or the password contains a `%` that does not begin an escape. Write it as %25 in a URL."
        }
        return nil
    }

    private static func unescaped(_ text: Substring) -> String { text.removingPercentEncoding ?? String(text) }

    /// Returns the scheme for an error. An unknown scheme is not quoted, because it may be a part of a password.
    private static func scheme(_ text: Substring) -> String {
        ["https", "socks", "socks4", "socks4a", "socks5", "socks5h"].first { $0 == text.lowercased() }
            ?? "another protocol"
    }
}

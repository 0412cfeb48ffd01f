internal import Foundation

/// Which requests go through a proxy: `HTTPS_PROXY`, else `ALL_PROXY`, and `NO_PROXY`. Each also in lower case, which is read
/// if the one in upper case is missing or empty.
package struct ProxySettings: Sendable, Equatable {
    package struct Server: Sendable, Equatable {
        package let host: String
        package let port: Int
        /// From `user:password@` in the proxy's URL. A secret.
        package let basicAuthorization: (user: String, password: String)?

        package static func == (left: Server, right: Server) -> Bool {
            left.host == right.host && left.port == right.port
                && left.basicAuthorization?.user == right.basicAuthorization?.user
                && left.basicAuthorization?.password == right.basicAuthorization?.password
        }
    }

    package let server: Server?
    /// The variable that names the proxy; `nil` if none does.
    package let source: String?
    package let exceptions: ProxyExceptions

    package static let none = ProxySettings(server: nil, source: nil, exceptions: ProxyExceptions(environment: [:]))

    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed`, naming the variable, if the proxy is no http URL, unless
    ///   `NO_PROXY` is `*`. Its text may hold a password and is not quoted.
    package init(environment: [String: String]) throws(ConnectedAppError) {
        exceptions = ProxyExceptions(environment: environment)
        guard let proxy = Self.variable(environment), !exceptions.holdForAll else {
            (server, source) = (nil, nil)
            return
        }
        source = proxy.name
        server = try ProxyURL(proxy.value, variable: proxy.name).server
    }

    /// The settings, or the error in them, so that only code that uses the network fails.
    package static func read(_ environment: [String: String]) -> Result<ProxySettings, ConnectedAppError> {
        Result { () throws(ConnectedAppError) in try ProxySettings(environment: environment) }
    }

    private init(server: Server?, source: String?, exceptions: ProxyExceptions) {
        self.server = server
        self.source = source
        self.exceptions = exceptions
    }

    /// The variable that names a proxy, and its text, which may hold a password.
    package static func variable(_ environment: [String: String]) -> (name: String, value: String)? {
        environment.firstSet(["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
    }

    /// How requests to a host leave, and why.
    package enum Route: Sendable, Equatable {
        case proxy(Server, source: String)
        case direct(Reason)

        package enum Reason: Sendable, Equatable {
            case noProxy
            /// Loopback addresses never go through a proxy.
            case thisMachine
            /// An entry of `NO_PROXY`, as it is written, and the variable.
            case exception(String, source: String)
        }
    }

    package func route(to host: LoginHost) -> Route {
        if host.form == .loopback { return .direct(.thisMachine) }
        if let entry = exceptions.entry(for: host) { return .direct(.exception(entry, source: exceptions.source)) }
        guard let server, let source else { return .direct(.noProxy) }
        return .proxy(server, source: source)
    }

    /// - Returns: `nil` for this machine itself and for the hosts of `NO_PROXY`.
    package func server(for host: LoginHost) -> Server? {
        switch route(to: host) {
        case .proxy(let server, _): server
        case .direct: nil
        }
    }
}

extension [String: String] {
    /// The first of these variables that is not empty.
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

/// The URL of a proxy. Its text may hold a password and is not quoted.
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

    /// A character that programs read differently if it is not encoded. Only its kind is named.
    private static func fault(in login: Substring) -> String? {
        let escapes: [Character: String] = ["#": "%23", "/": "%2F", "?": "%3F"]
        for (character, escape) in escapes.sorted(by: { $0.key < $1.key }) where login.contains(character) {
            return "The username or the password has a `\(character)`, which is written \(escape) in a URL."
        }
        guard login.removingPercentEncoding != nil else {
            return "The username or the password has a `%` that begins no escape. A `%` is written %25 in a URL."
        }
        return nil
    }

    private static func unescaped(_ text: Substring) -> String { text.removingPercentEncoding ?? String(text) }

    /// Known words only: what stands there may be part of a password.
    private static func scheme(_ text: Substring) -> String {
        ["https", "socks", "socks4", "socks4a", "socks5", "socks5h"].first { $0 == text.lowercased() }
            ?? "another protocol"
    }
}

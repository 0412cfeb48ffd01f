internal import Foundation

/// Which requests go through a proxy: `HTTPS_PROXY` and `NO_PROXY`, in either case of letters.
package struct ProxySettings: Sendable, Equatable {
    package struct Server: Sendable, Equatable {
        package let host: String
        package let port: Int
        /// From `user:password@` in the proxy's URL. A secret.
        let basicAuthorization: (user: String, password: String)?

        package static func == (left: Server, right: Server) -> Bool {
            left.host == right.host && left.port == right.port
                && left.basicAuthorization?.user == right.basicAuthorization?.user
                && left.basicAuthorization?.password == right.basicAuthorization?.password
        }
    }

    package let server: Server?
    private let exceptions: [String]

    package static let none = ProxySettings(server: nil, exceptions: [])

    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed` if `HTTPS_PROXY` is no http URL, unless `NO_PROXY` is
    ///   `*`. Its text may hold a password and is not quoted.
    package init(environment: [String: String]) throws(ConnectedAppError) {
        let proxy = environment["HTTPS_PROXY"] ?? environment["https_proxy"] ?? ""
        let without = environment["NO_PROXY"] ?? environment["no_proxy"] ?? ""
        exceptions = without.split(separator: ",").map { String($0).trimmingWhiteSpace.lowercased() }
        server = proxy.isEmpty || exceptions.contains("*") ? nil : try Self.parsed(proxy)
    }

    /// The settings, or the error in them, so that only code that uses the network fails.
    package static func read(_ environment: [String: String]) -> Result<ProxySettings, ConnectedAppError> {
        Result { () throws(ConnectedAppError) in try ProxySettings(environment: environment) }
    }

    private init(server: Server?, exceptions: [String]) {
        self.server = server
        self.exceptions = exceptions
    }

    /// - Returns: `nil` for this machine itself and for the hosts of `NO_PROXY`: `*`, a host, or a domain with all below.
    package func server(for host: LoginHost) -> Server? {
        if host.form == .loopback { return nil }
        let isException = exceptions.contains { entry in
            let domain = entry.hasPrefix(".") ? String(entry.dropFirst()) : entry
            return entry == "*" || host.host == domain || host.host.hasSuffix("." + domain)
        }
        return isException ? nil : server
    }

    /// A name or password as it was before it was put into a URL; a text that is no such form is taken as it is.
    private static func unescaped(_ text: Substring) -> String { text.removingPercentEncoding ?? String(text) }

    /// Letters only: what stands there may be part of a password.
    private static func scheme(_ text: Substring) -> String {
        ["https", "socks", "socks4", "socks5", "socks5h"].first { $0 == text.lowercased() } ?? "another protocol"
    }

    private static func parsed(_ text: String) throws(ConnectedAppError) -> Server {
        let unusable = ConnectedAppError(
            .configurationMalformed, subject: "HTTPS_PROXY",
            detail: "This is not a URL such as http://proxy.example.com:3128.")
        var rest = Substring(text)
        if rest.hasPrefix("http://") {
            rest = rest.dropFirst(7)
        } else if let colon = rest.range(of: "://") {
            throw ConnectedAppError(
                .configurationMalformed, subject: "HTTPS_PROXY",
                detail:
                    "aprity connects to a proxy over http, as in http://proxy.example.com:3128, but this URL asks for "
                    + "\(scheme(rest[..<colon.lowerBound])).")
        }
        var authorization: (String, String)?
        if let mark = rest.lastIndex(of: "@") {
            let pair = rest[..<mark].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            authorization = (unescaped(pair[0]), pair.count > 1 ? unescaped(pair[1]) : "")
            rest = rest[rest.index(after: mark)...]
        }
        guard let parts = try? HostText("http://" + rest) else { throw unusable }
        return Server(host: parts.host, port: parts.port ?? 80, basicAuthorization: authorization)
    }
}

extension ProxySettings.Server: CustomStringConvertible, CustomReflectable {
    package var description: String { "\(host):\(port)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

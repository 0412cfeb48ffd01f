package import ConnectedApp
internal import Foundation

/// A mail server for message submission (RFC 6409) with STARTTLS or implicit TLS (RFC 8314).
package struct MailServer: Sendable {
    /// How the connection is encrypted.
    enum Security: Sendable, Equatable {
        /// `smtp://`: the connection switches to TLS before the login and the message are sent. If the server does not
        /// offer STARTTLS, nothing is sent.
        case startTLS
        /// `smtps://`: the connection uses TLS from the first byte.
        case implicitTLS
        /// No encryption; allowed only for servers on this machine.
        case none
    }

    /// The certificate authorities to trust.
    package enum Authorities: Sendable, Equatable {
        /// The system's certificate authorities.
        ///
        /// - Parameters:
        ///   - pem: Certificates in PEM that replace the system's file; `nil` to keep it.
        ///   - folders: Folders, separated by colons, that replace the system's folder; `nil` to keep it.
        case system(pem: String? = nil, folders: String? = nil)
        /// Only these certificates, in PEM, and none of the system's.
        case only(pem: String)
    }

    /// Username and password for the server.
    package struct Login: Sendable {
        let username: String
        /// The password. It is never shown.
        let password: String

        package init(username: String, password: String) {
            self.username = username
            self.password = password
        }

        /// The length of a part that counts as a match, in bytes. A shorter password must occur as a whole.
        private static let piece = 8

        /// Whether a text contains the password or a part of it, either directly or encoded as AUTH PLAIN (RFC 4616) or
        /// AUTH LOGIN sends it. Case, blanks and characters outside ASCII are ignored.
        func isRepeated(in text: String) -> Bool {
            let text = Self.compared(text)
            // PLAIN encodes username and password together, so its Base64 does not contain the Base64 of the password
            // alone.
            let encoded = ["\0\(username)\0\(password)", password].map { Data($0.utf8).base64EncodedString() }
            return ([password] + encoded).contains { Self.hasPiece(of: Self.compared($0), text) }
        }

        private static func hasPiece(of secret: [UInt8], _ text: [UInt8]) -> Bool {
            guard secret.count >= piece else { return !secret.isEmpty && text.firstRange(of: secret) != nil }
            let pieces = Set(pieces(of: secret))
            return Self.pieces(of: text).contains { pieces.contains($0) }
        }

        private static func pieces(of text: [UInt8]) -> [ArraySlice<UInt8>] {
            guard text.count >= piece else { return [] }
            return (0...(text.count - piece)).map { text[$0..<($0 + piece)] }
        }

        /// Returns the characters that are compared: printable ASCII in lower case, without blanks.
        private static func compared(_ text: String) -> [UInt8] {
            text.lowercased().utf8.filter { (UInt8(ascii: "!")...UInt8(ascii: "~")).contains($0) }
        }
    }

    static let implicitTLSPort = 465
    /// The port for submission, which is the default, and the one for relaying between servers.
    static let startTLSPorts = [587, 25]

    let host: String
    let port: Int
    let security: Security
    let login: Login?
    let authorities: Authorities

    /// - Parameters:
    ///   - url: `smtp://host[:587]` or `smtps://host[:465]`.
    ///   - source: The name of the setting, for errors.
    ///   - withoutTLS: Whether to use no TLS. It is allowed only for an `smtp://` server on this machine, without a
    ///     login.
    ///   - login: `nil` for a server that requires none.
    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed` and the subject `source`.
    package init(
        url: String, source: String, withoutTLS: Bool = false, login: Login? = nil, authorities: Authorities = .system()
    ) throws(ConnectedAppError) {
        let parts = URLComponents(string: url)
        guard let name = parts?.host, !name.isEmpty, let scheme = parts?.scheme, ["smtp", "smtps"].contains(scheme),
            parts?.user == nil, parts?.password == nil, parts?.query == nil, ["", "/"].contains(parts?.path ?? "")
        else {
            throw ConnectedAppError(
                .configurationMalformed, subject: source,
                detail:
                    "Give smtp://host:port (STARTTLS) or smtps://host:port (TLS from the start), without user, path or "
                    + "query."
            )
        }
        let isHere = (try? HostText(name))?.isLoopback == true
        guard !withoutTLS || (isHere && scheme == "smtp") else {
            throw ConnectedAppError(
                .configurationMalformed, subject: source,
                detail: "Mail without TLS is allowed only to an smtp:// server on this machine.")
        }
        guard !withoutTLS || login == nil else {
            throw ConnectedAppError(
                .configurationMalformed, subject: source,
                detail: "A password is never sent without TLS. Remove the login, or use TLS.")
        }
        security = withoutTLS ? .none : scheme == "smtps" ? .implicitTLS : .startTLS
        host = name
        port = parts?.port ?? (scheme == "smtps" ? Self.implicitTLSPort : Self.startTLSPorts[0])
        self.login = login
        self.authorities = authorities
    }

    /// The URL for libcurl, always with a port.
    var url: String { "\(security == .implicitTLS ? "smtps" : "smtp")://\(host):\(port)" }
}

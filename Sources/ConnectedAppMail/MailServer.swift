package import ConnectedApp
internal import Foundation

/// Where mail is handed in: RFC 6409 with STARTTLS, or implicit TLS (RFC 8314).
package struct MailServer: Sendable {
    package enum Security: Sendable, Equatable {
        /// `smtp://`: nothing is said before TLS is up; a server that offers none is refused.
        case startTLS
        /// `smtps://`: TLS from the first byte.
        case implicitTLS
        /// Clear text, to this machine only.
        case none
    }

    /// Whom to trust. Texts are PEM.
    package enum Authorities: Sendable, Equatable {
        /// - Parameters:
        ///   - pem: In place of the system's file.
        ///   - folders: In place of the system's folder, separated by colons.
        case system(pem: String? = nil, folders: String? = nil)
        /// These, and none of the system's.
        case only(pem: String)
    }

    package struct Login: Sendable {
        package let username: String
        /// Never shown.
        let password: String

        package init(username: String, password: String) {
            self.username = username
            self.password = password
        }

        /// A match of this many characters is no coincidence.
        private static let piece = 8

        /// Whether a text holds the password, or a piece of it, as it is or as AUTH PLAIN (RFC 4616) or AUTH LOGIN sends it.
        /// Capitals and blanks do not count. The Base64 of PLAIN is over username and password together, so that of the
        /// password alone need not be in it.
        func isRepeated(in text: String) -> Bool {
            let text = Self.compared(text)
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

        /// The characters that are shown of a reply, without blanks.
        private static func compared(_ text: String) -> [UInt8] {
            text.lowercased().utf8.filter { (UInt8(ascii: "!")...UInt8(ascii: "~")).contains($0) }
        }
    }

    static let implicitTLSPort = 465
    /// For submission, and between servers.
    static let startTLSPorts = [587, 25]

    package let host: String
    package let port: Int
    package let security: Security
    let login: Login?
    let authorities: Authorities

    /// - Parameters:
    ///   - url: `smtp://host[:587]` or `smtps://host[:465]`.
    ///   - withoutTLS: Only where the host is this machine.
    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed`, naming `source`.
    package init(
        url: String, source: String, withoutTLS: Bool = false, login: Login? = nil, authorities: Authorities = .system()
    ) throws(ConnectedAppError) {
        let parts = URLComponents(string: url)
        guard let name = parts?.host, !name.isEmpty, let scheme = parts?.scheme, ["smtp", "smtps"].contains(scheme),
            parts?.user == nil, parts?.password == nil, parts?.query == nil, ["", "/"].contains(parts?.path ?? "")
        else {
            throw ConnectedAppError(
                .configurationMalformed, subject: source,
                detail: "Give smtp://host:port (STARTTLS) or smtps://host:port (TLS from the start), and nothing else.")
        }
        let isHere = ["127.0.0.1", "localhost", "[::1]"].contains(name)
        guard !withoutTLS || (isHere && scheme == "smtp") else {
            throw ConnectedAppError(
                .configurationMalformed, subject: source, detail: "Mail goes without TLS to this machine only.")
        }
        guard !withoutTLS || login == nil else {
            throw ConnectedAppError(
                .configurationMalformed, subject: source, detail: "A password is not sent without TLS.")
        }
        security = withoutTLS ? .none : scheme == "smtps" ? .implicitTLS : .startTLS
        host = name
        port = parts?.port ?? (scheme == "smtps" ? Self.implicitTLSPort : Self.startTLSPorts[0])
        self.login = login
        self.authorities = authorities
    }

    var url: String { "\(security == .implicitTLS ? "smtps" : "smtp")://\(host):\(port)" }
}

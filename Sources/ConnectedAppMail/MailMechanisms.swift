internal import Foundation

/// The AUTH mechanisms that a mail server offers (RFC 4954).
struct MailMechanisms: CustomStringConvertible {
    private let names: [String]

    init() { names = [] }

    /// - Parameter reply: A line that the server sent.
    /// - Returns: `nil` if it is not a line of the reply to EHLO that lists mechanisms.
    init?(reply: String) {
        // Old servers send `AUTH=LOGIN`.
        guard let match = reply.firstMatch(of: /^250[- ]AUTH[ =]([^\r\n]*)/.ignoresCase()) else { return nil }
        names = match.1.split(separator: " ").map { $0.uppercased() }
    }

    /// Whether one of the mechanisms uses username and password, and libcurl supports it by default.
    var acceptPassword: Bool { names.contains { ["PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5"].contains($0) } }

    var description: String { names.isEmpty ? "no AUTH" : "AUTH " + names.joined(separator: " ") }
}

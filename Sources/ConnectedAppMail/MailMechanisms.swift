internal import Foundation

/// The mechanisms that a mail server offers for AUTH (RFC 4954).
struct MailMechanisms: CustomStringConvertible {
    private let names: [String]

    init() { names = [] }

    /// - Parameter reply: A line of the answer to EHLO; `nil` if it names no mechanisms.
    init?(reply: String) {
        // Old servers say AUTH=LOGIN.
        guard let match = reply.firstMatch(of: /^250[- ]AUTH[ =]([^\r\n]*)/.ignoresCase()) else { return nil }
        names = match.1.split(separator: " ").map { $0.uppercased() }
    }

    /// Whether one of them takes a username and a password, and every libcurl has it.
    var areUsable: Bool { names.contains { ["PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5"].contains($0) } }

    var description: String { names.isEmpty ? "no AUTH" : "AUTH " + names.joined(separator: " ") }
}

internal import Crypto

/// What the gateway gives a client in place of an id that the org has issued for it. Only the handle to which the org's answer went
/// can make a call with it.
///
/// It is the org's id, `_`, and the first 128 bits of an HMAC whose key is the handle's secret. So the gateway keeps no list of ids, and
/// other nodes accept them, as does the gateway after a restart.
package struct Ticket: Sendable {
    /// What an id stands for. The raw values are part of what is authenticated.
    package enum Subject: String, Sendable, CaseIterable {
        /// A further page of a result.
        case page
        /// A job that collects no type with Consumer Secrets.
        case retrieve
        /// A job whose archive may have Consumer Secrets.
        case retrieveWithSecrets
    }

    private static let macBytes = 16

    private let handle: Handle

    package init(_ handle: Handle) { self.handle = handle }

    package func text(for id: String, _ subject: Subject) -> String { "\(id)_\(mac(id, subject))" }

    /// Returns the org's id, and what it stands for; `nil` if the text is no ticket of this handle.
    func opened(_ text: String) -> (id: String, subject: Subject)? {
        guard text.utf8.count <= 100, let match = text.wholeMatch(of: #/([A-Za-z0-9\-]+)_([0-9a-f]{32})/#) else {
            return nil
        }
        let (id, given) = (String(match.output.1), Array(match.output.2.utf8))
        let subject = Subject.allCases.first { subject in
            // In constant time. Both texts have 32 characters.
            zip(mac(id, subject).utf8, given).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
        }
        return subject.map { (id, $0) }
    }

    private func mac(_ id: String, _ subject: Subject) -> String {
        let code = HMAC<SHA256>.authenticationCode(
            for: Array("aprity ticket \(subject.rawValue) \(id)".utf8), using: handle.ticketKey)
        return Handle.hex(Array(code.prefix(Self.macBytes)))
    }
}

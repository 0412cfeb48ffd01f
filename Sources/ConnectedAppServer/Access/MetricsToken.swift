package import ConnectedApp
internal import Foundation

/// A secret, chosen by the operator, that lets a monitor read the metrics and nothing else.
package struct MetricsToken: Sendable {
    private let secret: String
    /// The minimum length, in characters.
    private static let shortest = 24

    /// - Parameters:
    ///   - line: The token, without a line break.
    ///   - source: Where the token comes from, for the error.
    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed` and `source` as its subject if the token is too
    ///   short or contains anything but visible ASCII characters.
    package init(line: [UInt8], source: String) throws(ConnectedAppError) {
        let text = String(decoding: line, as: UTF8.self)
        guard text.utf8.count >= Self.shortest, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw ConnectedAppError(
                .configurationMalformed, subject: source,
                detail:
                    "The token needs at least \(Self.shortest) visible ASCII characters and no spaces. Make one with "
                    + "`openssl rand -hex 32`."
            )
        }
        secret = text
    }

    /// Compares in constant time. Surrounding white space is ignored.
    func matches(_ text: String) -> Bool {
        ConstantTime.areEqual(text.trimmingCharacters(in: .whitespacesAndNewlines), secret)
    }
}

extension MetricsToken: CustomStringConvertible, CustomReflectable {
    package var description: String { "MetricsToken(hidden)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

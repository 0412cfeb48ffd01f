package import ConnectedApp
internal import Foundation

/// A secret, chosen by the operator, that lets a monitor read the metrics and nothing else.
package struct MetricsToken: Sendable {
    private let secret: String
    private static let shortest = 24

    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed` and `source` as its subject if the token is too
    ///   short or has other than visible ASCII characters.
    package init(line: [UInt8], source: String) throws(ConnectedAppError) {
        let text = String(decoding: line, as: UTF8.self)
        guard text.utf8.count >= Self.shortest, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw ConnectedAppError(
                .configurationMalformed, subject: source,
                detail:
                    "The token is \(Self.shortest) characters or more, without blanks; make one with `openssl rand -hex 32`."
            )
        }
        secret = text
    }

    func matches(_ text: String) -> Bool {
        ConstantTime.areEqual(text.trimmingCharacters(in: .whitespacesAndNewlines), secret)
    }
}

extension MetricsToken: CustomStringConvertible, CustomReflectable {
    package var description: String { "MetricsToken(hidden)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

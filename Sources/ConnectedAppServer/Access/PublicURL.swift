package import ConnectedApp

/// The address under which browsers and programs reach the server from other machines, over TLS. TLS ends in the server
/// itself or in a proxy before it.
package struct PublicURL: Sendable, Equatable, CustomStringConvertible {
    /// Host and port as in the `Host` header, in lower case; without the port 443.
    let authority: String

    /// - Parameter text: An https URL without a path.
    /// - Throws: ``ConnectedAppError`` with `.usage`.
    package init(_ text: String) throws(ConnectedAppError) {
        let parts: HostText
        do { parts = try HostText(text) } catch {
            throw Self.refusal(text, error.detail ?? error.cause.entry.summary)
        }
        guard text.lowercased().hasPrefix("https://") else {
            throw Self.refusal(text, "The URL must begin with https://.")
        }
        authority = parts.authority
    }

    package var description: String { "https://" + authority }

    private static func refusal(_ text: String, _ detail: String) -> ConnectedAppError {
        ConnectedAppError(
            .usage, subject: "public URL", detail: detail,
            remedy: "Give the address in the browser, without a path, such as https://aprity.acme.example.")
    }
}

internal import Foundation

/// The address of a page of the org, as an admin copies it from the browser, and the org's login host.
///
/// Only the host is used. The rest of the address may contain a session id, so it is neither stored nor shown.
package struct PastedAddress: Sendable, Equatable {
    package let loginHost: LoginHost
    /// How the login host follows from the pasted host, as a sentence; `nil` if the pasted host is the login host.
    package let derivation: String?

    /// - Parameter text: A URL with any path and query, or a host alone, which means https. Blanks around it are dropped.
    /// - Throws: ``ConnectedAppError``: the errors of ``LoginHost/init(_:allowing:)``, if the host is not a login host and
    ///   its name does not determine one.
    package init(_ text: String) throws(ConnectedAppError) {
        let host = Self.host(in: text)
        do {
            loginHost = try LoginHost(host)
            derivation = nil
        } catch {
            guard let other = (try? HostText(host)).flatMap({ OtherSalesforceHost($0.host) }),
                let derived = other.loginHost
            else { throw error }
            loginHost = derived
            derivation = "\(other.detail) Judging by its name, the org's login host is \(derived.host)."
        }
    }

    /// Returns the scheme and the authority: the part before the path, the query and the fragment.
    package static func host(in text: String) -> String {
        let text = text.trimmingPasteArtifacts
        let start = text.range(of: "://")?.upperBound ?? text.startIndex
        let end = text[start...].firstIndex { "/?#\\".contains($0) } ?? text.endIndex
        return String(text[..<end])
    }
}

internal import ConnectedApp
internal import Foundation
internal import HTTPTypes
internal import Hummingbird

/// The page that somebody asked for before signing in. The sign-in form carries it along and leads there.
///
/// The form brings it back from the browser, where anybody may have written it. So it is never more than a path of this
/// server, which no browser can read as the address of another one.
struct WantedPage: Equatable {
    /// In the address of the sign-in page, and in its form.
    static let field = "to"
    static let plainSignIn = "/sign-in"
    /// Bytes. No page of ours comes near it.
    private static let longest = 1_000

    /// With its query.
    let path: String

    /// Where signing in leads to by itself.
    static let afterSignIn = "/connections"

    /// - Returns: `nil` unless the text begins with one slash and has only visible ASCII characters, no backslash and no
    ///   two slashes in a row.
    init?(_ text: String) {
        guard text.utf8.count <= Self.longest, text.utf8.first == UInt8(ascii: "/"),
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }),
            !text.contains("//")
        else { return nil }
        path = text
    }

    /// - Returns: `nil` if the request is for no page, or for the one that signing in leads to anyway. A file is no page:
    ///   it would be saved, and the browser would go on showing the sign-in form.
    init?(_ request: Request) {
        let path = request.uri.path
        let isFile = CertificateForm.allCases.contains { path.hasSuffix("/" + $0.plainFileName) }
        guard request.method == .get, !isFile, !["/", Self.afterSignIn].contains(path) else { return nil }
        self.init(request.uri.string)
    }

    /// The address of the sign-in page that leads there.
    var signIn: String {
        let value = path.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        return "\(Self.plainSignIn)?\(Self.field)=\(value)"
    }
}

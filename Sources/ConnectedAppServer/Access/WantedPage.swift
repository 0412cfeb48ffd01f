internal import ConnectedApp
internal import Foundation
internal import HTTPTypes
internal import Hummingbird

/// The page that was requested before signing in. The sign-in form contains its path, and signing in redirects to it.
///
/// The path comes back from the browser, where anybody may have changed it. Therefore only a path of this server is
/// accepted, in a form that no browser interprets as another server's address.
struct WantedPage: Equatable {
    /// The name of the parameter in the sign-in page's address, and of the field in `signIn.mustache`.
    static let field = "to"
    /// The sign-in page's path without a wanted page.
    static let plainSignIn = "/sign-in"
    /// Bytes. The addresses of this server's pages are far shorter.
    private static let longest = 1_000

    /// The path with its query.
    let path: String

    /// The page after signing in if none was requested.
    static let afterSignIn = "/connections"

    /// - Returns: `nil` unless the text begins with one slash, has at most 1,000 bytes, has only visible ASCII
    ///   characters, has no backslash and no two slashes in a row, and is not the path of a certificate file: a redirect to
    ///   one would record a download that nobody asked for.
    init?(_ text: String) {
        guard text.utf8.count <= Self.longest, text.utf8.first == UInt8(ascii: "/"),
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }),
            !text.contains("//"), !Self.isFile(text.prefix { !"?#".contains($0) })
        else { return nil }
        path = text
    }

    /// - Returns: `nil` if the request is not a GET of a page, or if the page is shown after signing in anyway. A
    ///   certificate file is not a page: the browser would save it and continue to show the sign-in form.
    init?(_ request: Request) {
        let path = request.uri.path
        guard request.method == .get, !["/", Self.afterSignIn].contains(path) else { return nil }
        self.init(request.uri.string)
    }

    /// Whether the path is that of a certificate file.
    private static func isFile(_ path: some StringProtocol) -> Bool {
        // The last part of /connections/ALIAS may be such a name too.
        let parts = path.split(separator: "/").map { $0.removingPercentEncoding ?? String($0) }
        return parts.count > 2 && CertificateForm.allCases.contains { $0.plainFileName == parts[parts.count - 1] }
    }

    /// The address of the sign-in page that leads to this page.
    var signInPath: String { path(from: Self.plainSignIn) }

    /// The address of a page that leads to this page.
    func path(from start: String) -> String {
        let value = path.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        return "\(start)?\(Self.field)=\(value)"
    }
}

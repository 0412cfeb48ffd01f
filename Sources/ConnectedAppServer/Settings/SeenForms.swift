internal import Foundation

/// Shows forms to somebody who may not send them: with their values, but without buttons, and with a sentence that says
/// who can send them. The server rejects such a form anyway.
///
/// It works on the HTML of the templates, so that no page can forget it.
enum SeenForms {
    private static let sentence = "<p class=\"hint\">Only an admin can do this.</p>"
    private static let start = "<form"
    private static let end = "</form>"

    /// - Parameter html: A page of the templates. Values in it are escaped, so each `<form` is one of a template.
    static func of(_ html: String) -> String {
        var (result, rest) = ("", Substring(html))
        while let opening = rest.range(of: start), let closing = rest[opening.upperBound...].range(of: end),
            let tagEnd = rest[opening.upperBound...].firstIndex(of: ">")
        {
            let tag = rest[opening.lowerBound...tagEnd]
            let form = rest[opening.lowerBound..<closing.upperBound]
            result += rest[..<opening.lowerBound]
            if isSendable(tag) {
                result += form
            } else {
                let content = rest[rest.index(after: tagEnd)..<closing.lowerBound]
                result +=
                    tag + "<fieldset class=\"seen\" disabled>" + withoutButtons(content) + sentence + "</fieldset>"
                    + end
            }
            rest = rest[closing.upperBound...]
        }
        return result + rest
    }

    /// A search, or a form about one's own session or account.
    private static func isSendable(_ tag: Substring) -> Bool {
        !tag.contains("method=\"post\"") || tag.contains("action=\"/sign-out\"") || tag.contains("action=\"/account\"")
    }

    private static func withoutButtons(_ content: Substring) -> String {
        String(content).replacing(/<button[\s\S]*?<\/button>/, with: "")
    }
}

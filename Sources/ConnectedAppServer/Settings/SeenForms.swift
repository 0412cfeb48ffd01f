internal import Foundation

/// Shows pages to somebody who may not send their forms: stored values as text, and a sentence at the top of the page that
/// says who can change them. Forms without stored values are left out. The server rejects such a form anyway.
///
/// Links with the attribute `data-admin` lead to pages that consist of such forms, and are left out too.
///
/// It works on the HTML of the templates, so that no page can forget it. A form whose fields show stored values has the
/// attribute `data-values`; each of its fields has a label.
enum SeenForms {
    private static let sentence =
        "<p class=\"alert\" id=\"seen-only\">You have the role User: you can see these settings, but only an admin can change them.</p>\n"
    private static let start = "<form"
    private static let end = "</form>"

    /// - Parameter html: A page of the templates. Values in it are escaped, so each `<form` is one of a template.
    static func of(_ html: String) -> String {
        var (result, rest) = ("", Substring(html))
        var hasSeenForm = false
        while let opening = rest.range(of: start), let closing = rest[opening.upperBound...].range(of: end),
            let tagEnd = rest[opening.upperBound...].firstIndex(of: ">")
        {
            let tag = rest[opening.lowerBound...tagEnd]
            result += rest[..<opening.lowerBound]
            if isSendable(tag) {
                result += rest[opening.lowerBound..<closing.upperBound]
            } else {
                hasSeenForm = true
                if tag.contains(" data-values") {
                    result += values(in: String(rest[rest.index(after: tagEnd)..<closing.lowerBound]))
                }
            }
            rest = rest[closing.upperBound...]
        }
        result += rest
        result.replace(/<a [^>]*data-admin[^>]*>[^<]*<\/a>/, with: "")
        guard hasSeenForm, let main = result.firstMatch(of: /<main[^>]*>\n?/) else { return result }
        result.insert(contentsOf: sentence, at: main.range.upperBound)
        return result
    }

    /// A search, or a form about one's own session or account.
    private static func isSendable(_ tag: Substring) -> Bool {
        !tag.contains("method=\"post\"") || tag.contains("action=\"/sign-out\"") || tag.contains("action=\"/account\"")
    }

    /// The labels and values of a form as a list.
    private static func values(in form: String) -> String {
        let rows = form.matches(of: /<label for="([^"]+)"[^>]*>([\s\S]*?)<\/label>/).compactMap { label in
            value(of: String(label.output.1), in: form).map {
                "<div><dt>\(label.output.2)</dt><dd class=\"break\">\($0.isEmpty ? "–" : $0)</dd></div>\n"
            }
        }
        return rows.isEmpty ? "" : "<dl class=\"facts seen\">\n\(rows.joined())</dl>\n"
    }

    /// - Returns: `nil` for a field without a stored value, such as one for a password.
    private static func value(of id: String, in form: String) -> Substring? {
        guard let field = form.range(of: " id=\"\(id)\""),
            let opening = form[..<field.lowerBound].lastIndex(of: "<"),
            let closing = form[field.upperBound...].firstIndex(of: ">")
        else { return nil }
        let tag = form[opening...closing]
        if tag.hasPrefix("<textarea") || !tag.contains(/type="(text|number)"/) { return nil }
        return tag.firstMatch(of: #/ value="([^"]*)"/#)?.output.1 ?? ""
    }
}

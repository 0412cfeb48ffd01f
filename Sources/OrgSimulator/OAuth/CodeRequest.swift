import Foundation

/// A request for an authorization code, as the browser brings it (RFC 6749 §4.1.1, RFC 7636 §4.3).
struct CodeRequest: Sendable {
    let app: App
    /// One of the app's callback URLs.
    let redirectURI: String
    let state: String?
    /// The requested scopes by their metadata names, or all of the app's if the request names none.
    let scopes: [String]
    let challenge: String?

    /// Why a request is refused.
    enum Refusal: Error {
        /// The browser stays on a page of the org.
        case onPage(error: String, description: String, isSynthetic: Bool = false)
        /// The browser returns to the app.
        case toApp(redirectURI: String, state: String?, error: String, description: String, isSynthetic: Bool = false)
    }

    /// The names of the parameters, which the form on the page repeats.
    static let parameters = [
        "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method",
    ]

    /// - Throws: ``Refusal``. Texts that are not synthetic were observed: redirect_uri_mismatch in
    ///   StevenMMortimer/salesforcer#107, the missing code challenge in pgonzaleznetwork/HappySoup.io#252, and invalid_scope
    ///   in forcedotcom/mcp-hosted#1.
    init(_ form: FormFields, of org: Org) throws(Refusal) {
        guard let app = org.apps.first(where: { $0.consumerKey == form["client_id"] ?? "" }), app.enabled else {
            throw .page(.clientIdentifierInvalid)
        }
        guard let redirectURI = form["redirect_uri"], app.callbackURLs.contains(redirectURI) else {
            throw .onPage(error: "redirect_uri_mismatch", description: "redirect_uri must match configuration")
        }
        if app.blocked { throw .page(.appBlocked) }
        (self.app, self.redirectURI, state) = (app, redirectURI, form["state"])
        func refused(_ error: String, _ description: String, isSynthetic: Bool = false) -> Refusal {
            .toApp(
                redirectURI: redirectURI, state: form["state"], error: error, description: description,
                isSynthetic: isSynthetic)
        }
        guard form["response_type"] == "code" else {
            throw refused("unsupported_response_type", "response type not supported", isSynthetic: true)
        }
        challenge = form["code_challenge"]
        guard challenge != nil || !app.oauthOptions.requiresPKCE else {
            throw refused("invalid_request", "missing required code challenge")
        }
        guard challenge == nil || form["code_challenge_method"] == "S256" else {
            throw refused("invalid_request", "invalid code challenge method", isSynthetic: true)
        }
        let wanted = (form["scope"] ?? "").split(separator: " ").map(String.init)
        guard Set(wanted).isSubset(of: OAuthScope.wire(app.scopes)) else {
            throw .onPage(error: "invalid_scope", description: "the requested scope is not allowed")
        }
        scopes = wanted.isEmpty ? app.scopes : app.scopes.filter { wanted.contains(OAuthScope.wire([$0])[0]) }
    }
}

extension CodeRequest.Refusal {
    fileprivate static func page(_ refusal: TokenRefusal) -> CodeRequest.Refusal {
        .onPage(error: refusal.error, description: refusal.description, isSynthetic: true)
    }
}

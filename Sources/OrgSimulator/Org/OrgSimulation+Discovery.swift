extension OrgSimulation {
    /// `GET /.well-known/openid-configuration`.
    func openIDConfiguration(_ exchange: Exchange) -> OrgAnswer {
        let issuer = issuer(exchange)
        let endpoint = { (path: String) in JSONValue.string(issuer + path) }
        var answer = OrgAnswer(status: 200, operation: "openid-configuration", reason: "Tells the OAuth endpoints.")
            .json([
                "issuer": .string(issuer), "token_endpoint": endpoint("/services/oauth2/token"),
                "revocation_endpoint": endpoint("/services/oauth2/revoke"),
                "userinfo_endpoint": endpoint("/services/oauth2/userinfo"),
                "scopes_supported": ["api", "refresh_token", "offline_access", "full", "web", "id", "openid"],
                "response_types_supported": ["code", "token", "token id_token"],
                "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": [
                    "client_secret_post", "client_secret_basic", "private_key_jwt",
                ],
            ])
        answer.headers = [("Access-Control-Allow-Origin", "*")]
        return answer
    }

    /// `GET /.well-known/auth-configuration`: tells without a sign-in which org has a My Domain.
    func authConfiguration(_ exchange: Exchange) -> OrgAnswer {
        guard let id = exchange.orgID, let org = org(id, on: exchange.server) else { return .notFoundPage }
        return OrgAnswer(status: 200, operation: "auth-configuration", reason: "Tells the org of a My Domain.")
            .json([
                "OrgId": .string(org.id), "Url": .string(issuer(exchange)),
                "MobileSDK": [
                    "UseiOSNativeBrowserForAuthentication": false, "UseAndroidNativeBrowserForAuthentication": false,
                    "shareBrowserSessionIOS": false, "shareBrowserSessionAndroid": false,
                ],
                "LoginPage": .null, "SamlProviders": [], "AuthProviders": [], "CertificateLogin": .null,
                "LoginPageType": "Standard", "LoginPageTypeConfigs": .object([]),
            ])
    }

    private func issuer(_ exchange: Exchange) -> String {
        let request = exchange.request
        return "\(HostName(authority: request.host).isLoopback ? request.scheme : "https")://\(request.host)"
    }

    /// The page that says to people what this is.
    func landingPage(_ host: AddressedHost) -> OrgAnswer {
        let answer = OrgAnswer(status: 200, operation: "landing", reason: "Tells people what this is.")
        switch host {
        case .legacy(let isSandbox): return answer.html(SetupPage.landing(at: isSandbox ? "test" : "login"))
        case .org(let id, _):
            guard let org = state.orgs.first(where: { $0.id == id }) else { return .notFoundPage }
            return answer.html(SetupPage.landing(of: org))
        }
    }
}

extension OrgSimulation {
    /// Answers `/.well-known/openid-configuration`, at an org's host and at the shared login hosts.
    func openIDConfiguration(_ exchange: Exchange) -> OrgAnswer {
        let issuer = issuer(exchange)
        var answer = OrgAnswer(status: 200, operation: "openid-configuration", reason: "Lists the OAuth endpoints.")
            .json(.record(openIDMembers(issuer: issuer, isMyDomain: exchange.orgID != nil)))
        answer.headers = [("Access-Control-Allow-Origin", "*")]
        return answer
    }

    /// The members of the document at `login.salesforce.com`, plus three members if the host is a My Domain.
    private func openIDMembers(issuer: String, isMyDomain: Bool) -> [(String, JSONValue)] {
        var members: [(String, JSONValue)] = [("issuer", .string(issuer))]
        members += Self.endpoints.map { ($0, .string(issuer + $1)) }
        if isMyDomain {
            members += [
                ("end_session_endpoint", .string(issuer + "/services/auth/idp/oidc/logout")),
                ("frontchannel_logout_supported", true), ("frontchannel_logout_session_supported", false),
            ]
        }
        return members + Self.supported.map { ($0, .strings($1.split(separator: " ").map(String.init))) }
            + [("response_types_supported", ["code", "token", "token id_token"])]
    }

    private static let endpoints: KeyValuePairs = [
        "authorization_endpoint": "/services/oauth2/authorize", "token_endpoint": "/services/oauth2/token",
        "revocation_endpoint": "/services/oauth2/revoke", "userinfo_endpoint": "/services/oauth2/userinfo",
        "jwks_uri": "/id/keys", "registration_endpoint": "/services/oauth2/register",
        "introspection_endpoint": "/services/oauth2/introspect",
    ]

    private static let supported: KeyValuePairs = [
        "scopes_supported": """
        cdp_ingest_api custom_permissions cdp_segment_api content cdp_api chatbot_api cdp_identityresolution_api \
        interaction_api wave_api web cdp_calculated_insight_api einstein_gpt_api offline_access id api eclair_api email \
        pardot_api lightning visualforce cdp_query_api sfap_api address openid profile scrt_api cdp_profile_api \
        refresh_token phone user_registration_api pwdless_login_api chatter_api mcp_api full forgot_password
        """,
        "subject_types_supported": "public", "id_token_signing_alg_values_supported": "RS256",
        "display_values_supported": "page popup touch",
        "token_endpoint_auth_methods_supported": "client_secret_post client_secret_basic private_key_jwt",
        "claims_supported": """
        active address email email_verified family_name given_name is_app_installed language locale name nickname \
        organization_id phone_number phone_number_verified photos picture preferred_username profile sub updated_at urls \
        user_id user_type zoneinfo
        """,
    ]

    /// Answers `/.well-known/auth-configuration`, which names the org of a My Domain by its id, without authentication.
    func authConfiguration(_ exchange: Exchange) -> OrgAnswer {
        guard let id = exchange.orgID, let org = org(id, on: exchange.server) else { return .notFoundPage }
        return OrgAnswer(status: 200, operation: "auth-configuration", reason: "Names the org of a My Domain.")
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

    /// The origin that the client called. The scheme is always `https`, unless the client called a loopback address.
    private func issuer(_ exchange: Exchange) -> String {
        let request = exchange.request
        return "\(HostName(authority: request.host).isLoopback ? request.scheme : "https")://\(request.host)"
    }

    /// Returns the page at `/`, which explains that this is a simulation.
    func landingPage(_ host: AddressedHost) -> OrgAnswer {
        let answer = OrgAnswer(status: 200, operation: "landing", reason: "Explains what this server is.")
        switch host {
        case .sharedLogin(let isSandbox): return answer.html(SetupPage.landing(at: isSandbox ? "test" : "login"))
        case .org(let id, _):
            guard let org = state.orgs.first(where: { $0.id == id }) else { return .notFoundPage }
            return answer.html(SetupPage.landing(of: org))
        }
    }
}

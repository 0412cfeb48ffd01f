/// The scopes of an app. Each has a metadata name, such as `Api`, and a wire name for requests and tokens, such as
/// `api`. Several metadata names can have the same wire name.
enum OAuthScope {
    /// The metadata name of the scope that an app needs for the JWT bearer flow.
    static let refreshToken = "RefreshToken"

    /// Maps the values of `ConnectedAppOauthAccessScope` in metadata to those of `scopes_supported`.
    private static let wireNames: [String: String] = [
        "Api": "api", "RefreshToken": "refresh_token", "OfflineAccess": "refresh_token", "Full": "full", "Web": "web",
        "Basic": "id", "Profile": "id", "Email": "id", "Address": "id", "Phone": "id", "OpenID": "openid",
        "Chatter": "chatter_api", "CustomApplications": "visualforce", "CustomPermissions": "custom_permissions",
        "Lightning": "lightning", "Content": "content", "Wave": "wave_api", "Eclair": "eclair_api",
        "Pardot": "pardot_api", "CDPIngest": "cdp_ingest_api", "CDPProfile": "cdp_profile_api",
        "CDPQuery": "cdp_query_api", "CDPSegment": "cdp_segment_api",
        "CDPIdentityResolution": "cdp_identityresolution_api",
        "CDPCalculatedInsight": "cdp_calculated_insight_api", "CDP": "cdp_api", "Chatbot": "chatbot_api",
        "ForgotPassword": "forgot_password", "UserRegistration": "user_registration_api",
        "PwdlessLogin": "pwdless_login_api", "EinsteinGPT": "einstein_gpt_api", "SFAP": "sfap_api",
        "Interaction": "interaction_api",
    ]

    /// All metadata names, in no particular order.
    static var allNames: [String] { Array(wireNames.keys) }

    /// Returns the wire names of metadata names, in the given order and without duplicates. Unknown names are left out.
    static func wire(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.compactMap { wireNames[$0] }.filter { seen.insert($0).inserted }
    }
}

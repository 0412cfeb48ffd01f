/// A scope in the list *Selected OAuth Scopes*.
struct ScopeChoice: Sendable {
    /// The metadata name that is saved if the scope is ticked.
    let name: String
    let label: String
    /// Whether a Salesforce document has this label. Other labels are marked on the page.
    let isDocumented: Bool

    private init(_ name: String, _ label: String, isDocumented: Bool = true) {
        self.name = name
        self.label = label
        self.isDocumented = isDocumented
    }

    /// Scopes that have no entry of their own in the list, and the entry that stands for them, by their metadata names.
    private static let synonyms = [
        "OfflineAccess": "RefreshToken", "Profile": "Basic", "Email": "Basic", "Address": "Basic", "Phone": "Basic",
    ]

    /// Returns the name of the entry that stands for the scope `name`.
    static func listedName(for name: String) -> String { synonyms[name] ?? name }

    /// Returns the label for `name`, or `name` itself if it is unknown.
    static func label(_ name: String) -> String {
        all.first { $0.name == listedName(for: name) }?.label ?? name
    }

    /// In the order of the list.
    static let all = [
        ScopeChoice("Basic", "Access the identity URL service (id, profile, email, address, phone)"),
        ScopeChoice("OpenID", "Access unique user identifiers (openid)"),
        ScopeChoice("Api", "Manage user data via APIs (api)"),
        ScopeChoice("Web", "Manage user data via Web browsers (web)"),
        ScopeChoice("Full", "Full access (full)"),
        ScopeChoice("RefreshToken", "Perform requests at any time (refresh_token, offline_access)"),
        ScopeChoice("Chatter", "Access Connect REST API resources (chatter_api)"),
        ScopeChoice("CustomApplications", "Access Visualforce applications (visualforce)"),
        ScopeChoice("CustomPermissions", "Access custom permissions (custom_permissions)"),
        ScopeChoice("Lightning", "Access Lightning applications (lightning)", isDocumented: false),
        ScopeChoice("Content", "Access content resources (content)", isDocumented: false),
        ScopeChoice("Wave", "Access Analytics REST API resources (wave_api)", isDocumented: false),
        ScopeChoice("Eclair", "Access Analytics REST API Charts Geodata (eclair_api)", isDocumented: false),
        ScopeChoice("Pardot", "Manage Pardot services (pardot_api)", isDocumented: false),
        ScopeChoice("CDPIngest", "Data Cloud ingestion (cdp_ingest_api)", isDocumented: false),
        ScopeChoice("CDPProfile", "Data Cloud profiles (cdp_profile_api)", isDocumented: false),
        ScopeChoice("CDPQuery", "Data Cloud queries (cdp_query_api)", isDocumented: false),
        ScopeChoice("CDPSegment", "Data Cloud segments (cdp_segment_api)", isDocumented: false),
        ScopeChoice(
            "CDPIdentityResolution", "Data Cloud identity resolution (cdp_identityresolution_api)", isDocumented: false),
        ScopeChoice(
            "CDPCalculatedInsight", "Data Cloud calculated insights (cdp_calculated_insight_api)", isDocumented: false),
        ScopeChoice("CDP", "Data Cloud (cdp_api)", isDocumented: false),
        ScopeChoice("Chatbot", "Access chatbot services (chatbot_api)", isDocumented: false),
        ScopeChoice("ForgotPassword", "Headless forgotten password (forgot_password)", isDocumented: false),
        ScopeChoice("UserRegistration", "Headless registration (user_registration_api)", isDocumented: false),
        ScopeChoice("PwdlessLogin", "Headless login without password (pwdless_login_api)", isDocumented: false),
        ScopeChoice("EinsteinGPT", "Einstein (einstein_gpt_api)", isDocumented: false),
        ScopeChoice("SFAP", "Salesforce API Platform (sfap_api)", isDocumented: false),
        ScopeChoice("Interaction", "Interaction API (interaction_api)", isDocumented: false),
    ]

    /// Returns the labels of an app's scopes, in the order of the list. Scopes that the list does not have are left
    /// out.
    static func labels(_ names: [String]) -> [String] {
        let listed = Set(names.map(listedName))
        return all.filter { listed.contains($0.name) }.map(\.label)
    }
}

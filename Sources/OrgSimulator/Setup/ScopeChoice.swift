/// A scope in the list *Selected OAuth Scopes*.
struct ScopeChoice: Sendable {
    /// The metadata name that is saved if the scope is ticked.
    let name: String
    let label: String
    /// Whether a text by Salesforce has this label. Other labels are marked on the page.
    let isConfirmed: Bool

    private init(_ name: String, _ label: String, isConfirmed: Bool = true) {
        self.name = name
        self.label = label
        self.isConfirmed = isConfirmed
    }

    /// Scopes that have no entry of their own in the list, and the entry that stands for them, by their metadata names.
    private static let synonyms = [
        "OfflineAccess": "RefreshToken", "Profile": "Basic", "Email": "Basic", "Address": "Basic", "Phone": "Basic",
    ]

    /// Returns the name of the entry that stands for the scope `name`.
    static func listed(_ name: String) -> String { synonyms[name] ?? name }

    /// Returns the label for `name`, or `name` itself if it is unknown.
    static func label(_ name: String) -> String {
        all.first { $0.name == listed(name) }?.label ?? name
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
        ScopeChoice("Lightning", "Access Lightning applications (lightning)", isConfirmed: false),
        ScopeChoice("Content", "Access content resources (content)", isConfirmed: false),
        ScopeChoice("Wave", "Access Analytics REST API resources (wave_api)", isConfirmed: false),
        ScopeChoice("Eclair", "Access Analytics REST API Charts Geodata (eclair_api)", isConfirmed: false),
        ScopeChoice("Pardot", "Manage Pardot services (pardot_api)", isConfirmed: false),
        ScopeChoice("CDPIngest", "Data Cloud ingestion (cdp_ingest_api)", isConfirmed: false),
        ScopeChoice("CDPProfile", "Data Cloud profiles (cdp_profile_api)", isConfirmed: false),
        ScopeChoice("CDPQuery", "Data Cloud queries (cdp_query_api)", isConfirmed: false),
        ScopeChoice("CDPSegment", "Data Cloud segments (cdp_segment_api)", isConfirmed: false),
        ScopeChoice(
            "CDPIdentityResolution", "Data Cloud identity resolution (cdp_identityresolution_api)", isConfirmed: false),
        ScopeChoice(
            "CDPCalculatedInsight", "Data Cloud calculated insights (cdp_calculated_insight_api)", isConfirmed: false),
        ScopeChoice("CDP", "Data Cloud (cdp_api)", isConfirmed: false),
        ScopeChoice("Chatbot", "Access chatbot services (chatbot_api)", isConfirmed: false),
        ScopeChoice("ForgotPassword", "Headless forgotten password (forgot_password)", isConfirmed: false),
        ScopeChoice("UserRegistration", "Headless registration (user_registration_api)", isConfirmed: false),
        ScopeChoice("PwdlessLogin", "Headless login without password (pwdless_login_api)", isConfirmed: false),
        ScopeChoice("EinsteinGPT", "Einstein (einstein_gpt_api)", isConfirmed: false),
        ScopeChoice("SFAP", "Salesforce API Platform (sfap_api)", isConfirmed: false),
        ScopeChoice("Interaction", "Interaction API (interaction_api)", isConfirmed: false),
    ]

    /// Returns the labels of an app's scopes, in the order of the list. Scopes that the list does not have are left
    /// out.
    static func labels(_ names: [String]) -> [String] {
        let listed = Set(names.map(listed))
        return all.filter { listed.contains($0.name) }.map(\.label)
    }
}

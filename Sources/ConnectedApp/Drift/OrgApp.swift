internal import Foundation
internal import MetadataAPI

/// A setting of an app that is compared. The raw value is its name in views and in stored approvals; it must not
/// change. The order of the cases is the order in views.
enum AppSetting: String, Codable, CaseIterable, Sendable {
    case consumerKey, permittedUsers, permissionSets, profiles, scopes, certificate, enabled, ipRelaxation
    case sessionLevel, jwtAccessTokens, otherFlows, introspectsAllTokens, distribution

    /// The name for people.
    var label: String {
        switch self {
        case .consumerKey: "Consumer Key"
        case .permittedUsers: "Permitted Users"
        case .permissionSets: "Pre-authorizing permission sets"
        case .profiles: "Pre-authorizing profiles"
        case .scopes: "OAuth scopes"
        case .certificate: "Certificate (SHA-256)"
        case .enabled: "Enabled"
        case .ipRelaxation: "IP Relaxation"
        case .sessionLevel: "Session level required"
        case .jwtAccessTokens: "JWT-based access tokens"
        case .otherFlows: "Other OAuth flows"
        case .introspectsAllTokens: "Introspect All Tokens"
        case .distribution: "Distribution State"
        }
    }
}

/// The settings of an app in the org, as far as they could be read.
struct OrgApp: Sendable, Equatable {
    /// The API name; `nil` if it is not known.
    var name: String?
    /// The name for people; `nil` if it is not known.
    var label: String?
    private(set) var facts: [AppSetting: AppFact]

    /// The name under which Setup lists the app; `nil` if it is not known.
    var nameInSetup: String? { label ?? name }

    /// Creates an app without any known setting.
    init(unknown reason: UnknownReason) {
        facts = Dictionary(uniqueKeysWithValues: AppSetting.allCases.map { ($0, .unknown(reason)) })
    }

    /// The value of a setting, or why it is unknown.
    subscript(setting: AppSetting) -> AppFact {
        get { facts[setting] ?? .unknown(.notRead) }
        set { facts[setting] = newValue }
    }

    /// Adds the names and values that are unknown here and known in another reading. For a setting that both do not
    /// know, the reason of the other one applies.
    mutating func complete(with other: OrgApp) {
        name = name ?? other.name
        label = label ?? other.label
        for (setting, fact) in other.facts where self[setting].value == nil { self[setting] = fact }
    }
}

extension OrgApp {
    /// Reads a `ConnectedApp` ("ConnectedApp", Metadata API Developer Guide). An omitted element counts as Salesforce's
    /// default.
    ///
    /// - Parameter name: The API name; `nil` takes it from the element `fullName`.
    init(connectedApp app: MetadataElement, name: String?) {
        self.init(unknown: .noSuchSetting)
        self.name = name ?? app.value("fullName")
        label = app.value("label")
        let oauth = app["oauthConfig"]
        self[.consumerKey] = Self.fact(oauth?.value("consumerKey"), .noConsumerKeyInFile)
        self[.permittedUsers] =
            (oauth?.value("isAdminApproved") == "true" ? PermittedUsers.adminApproved : .selfAuthorized).fact
        self[.permissionSets] = .list(app.values("permissionSetName"))
        self[.profiles] = .list(app.values("profileName"))
        self[.scopes] = Self.scopes(oauth?.values("scopes") ?? [])
        self[.certificate] = .text(Self.fingerprint(oauth?.value("certificate")))
        self[.ipRelaxation] = .text(app["oauthPolicy"]?.value("ipRelaxation")?.uppercased() ?? "ENFORCE")
        self[.sessionLevel] = .text(app["sessionPolicy"]?.value("sessionLevel") ?? "STANDARD")
        self[.jwtAccessTokens] = .text(oauth?.value("isNamedUserJwtEnabled") ?? "false")
        self[.introspectsAllTokens] = .text(oauth?.value("isIntrospectAllTokens") ?? "false")
        self[.otherFlows] = Self.flows(
            oauth,
            [
                ("isClientCredentialEnabled", "client credentials"),
                ("isCodeCredentialEnabled", "code and credential"),
                ("isTokenExchangeEnabled", "token exchange"),
            ])
    }

    /// Reads the parts of one External Client App ("ExternalClientApplication" and its four companions, Metadata API
    /// Developer Guide), in any order. The settings of a missing part are unknown.
    init(externalClientApp parts: [MetadataElement], name: String) {
        self.init(unknown: .partNotRead)
        self.name = name
        for part in parts {
            switch part.name {
            case "ExternalClientApplication": readApplication(part)
            case "ExtlClntAppGlobalOauthSettings": readGlobalSettings(part)
            case "ExtlClntAppOauthSettings":
                self[.scopes] = Self.scopes(Self.names(part, "commaSeparatedOauthScopes"))
            case "ExtlClntAppOauthConfigurablePolicies": readOAuthPolicies(part)
            case "ExtlClntAppConfigurablePolicies":
                let isOn = part.value("isEnabled") != "false" && part.value("isOauthPluginEnabled") != "false"
                self[.enabled] = .flag(isOn)
            default: break
            }
        }
    }

    private mutating func readApplication(_ part: MetadataElement) {
        label = part.value("label")
        self[.distribution] = Self.fact(part.value("distributionState"), .fileDoesNotSay)
    }

    private mutating func readGlobalSettings(_ part: MetadataElement) {
        self[.consumerKey] = Self.fact(part.value("consumerKey"), .noConsumerKeyInFile)
        // Sources disagree on whether an org returns the certificate. So a missing one means unknown.
        if let certificate = part.value("certificate") {
            self[.certificate] = .text(Self.fingerprint(certificate))
        } else {
            self[.certificate] = .unknown(.certificateWithheld)
        }
        self[.jwtAccessTokens] = .text(part.value("isNamedUserJwtEnabled") ?? "false")
        self[.introspectsAllTokens] = .text(part.value("isIntrospectAllTokens") ?? "false")
        self[.otherFlows] = Self.flows(
            part,
            [
                ("isClientCredentialsFlowEnabled", "client credentials"),
                ("isCodeCredFlowEnabled", "code and credential"), ("isDeviceFlowEnabled", "device"),
                ("isTokenExchangeEnabled", "token exchange"),
            ])
    }

    private mutating func readOAuthPolicies(_ part: MetadataElement) {
        self[.permittedUsers] = Self.fact(part.value("permittedUsersPolicyType"), .fileDoesNotSay)
        self[.permissionSets] = .list(Self.names(part, "commaSeparatedPermissionSet"))
        self[.profiles] = .list(Self.names(part, "commaSeparatedProfile"))
        self[.ipRelaxation] = .text(part.value("ipRelaxationPolicyType")?.uppercased() ?? "ENFORCE")
        self[.sessionLevel] = .text(part.value("requiredSessionLevel") ?? "STANDARD")
    }

    /// The names in an element that separates them by commas; empty if the element is missing.
    private static func names(_ part: MetadataElement, _ element: String) -> [String] {
        (part.value(element) ?? "").split(separator: ",").map { String($0).trimmingWhiteSpace }.filter { !$0.isEmpty }
    }

    private static func fact(_ text: String?, _ reason: UnknownReason) -> AppFact {
        text.map(AppFact.text) ?? .unknown(reason)
    }

    /// The scopes as a fact. An org may return a scope under a name other than the one that was saved; both names become
    /// the same value.
    ///
    /// - Parameter names: Names as in metadata, such as `RefreshToken`.
    package static func scopes(_ names: [String]) -> AppFact {
        .list(
            names.map { name in
                switch name {
                case "OfflineAccess": "RefreshToken"
                case "Profile", "Email", "Address", "Phone": "Basic"
                default: name
                }
            })
    }

    /// The metadata name of a scope of a token, such as `RefreshToken` for `refresh_token`. Unknown names stay as they
    /// are.
    static func metadataName(ofScope name: String) -> String {
        switch name {
        case "api": "Api"
        case "refresh_token", "offline_access": "RefreshToken"
        case "full": "Full"
        case "web": "Web"
        case "openid": "OpenID"
        case "id", "profile", "email", "address", "phone": "Basic"
        case "chatter_api": "Chatter"
        case "visualforce": "CustomApplications"
        case "custom_permissions": "CustomPermissions"
        default: name
        }
    }

    /// The flows that are on. Approvals store their names, so these must not change.
    private static func flows(_ element: MetadataElement?, _ flags: [(element: String, flow: String)]) -> AppFact {
        .list(flags.filter { element?.value($0.element) == "true" }.map(\.flow))
    }

    /// The SHA-256 of the certificate in a `certificate` element, in lower-case hex. Accepts PEM with or without BEGIN
    /// and END lines, and base64 of a whole PEM file; all three have been seen.
    ///
    /// - Returns: An empty text if there is no certificate, and `not a certificate` if it cannot be read.
    static func fingerprint(_ text: String?) -> String {
        guard let text, !text.isEmpty else { return "" }
        var candidates = [Array(text.utf8)]
        if let decoded = Data(base64Encoded: text.filter { !$0.isWhitespace }) { candidates.append([UInt8](decoded)) }
        for candidate in candidates {
            if let certificate = try? AppCertificate(file: candidate) { return certificate.sha256 }
        }
        return "not a certificate"
    }
}

internal import Foundation
package import MetadataAPI

/// A part of an app's configuration that is looked at. The raw value is its name in views.
public enum AppSetting: String, Codable, CaseIterable, Sendable {
    case consumerKey, permittedUsers, permissionSets, profiles, scopes, certificate, enabled, ipRelaxation
    case sessionLevel, jwtAccessTokens, otherFlows, introspectsAllTokens, distribution

    /// For a person.
    public var label: String {
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

/// An app as the org holds it, as far as it could be read.
package struct HeldApp: Sendable, Equatable {
    /// The API name; `nil` where it is not known.
    package var name: String?
    package var label: String?
    package private(set) var facts: [AppSetting: AppFact]

    /// As Setup lists it.
    package var nameInSetup: String? { label ?? name }

    /// Nothing is known.
    package init(unknown reason: UnknownReason) {
        facts = Dictionary(uniqueKeysWithValues: AppSetting.allCases.map { ($0, .unknown(reason)) })
    }

    package subscript(setting: AppSetting) -> AppFact {
        get { facts[setting] ?? .unknown(.notLookedAt) }
        set { facts[setting] = newValue }
    }

    /// Fills in what another reading knows and this one does not.
    package mutating func complete(with other: HeldApp) {
        name = name ?? other.name
        label = label ?? other.label
        for (setting, fact) in other.facts where self[setting].value == nil { self[setting] = fact }
    }
}

extension HeldApp {
    /// Reads a `ConnectedApp` ("ConnectedApp", Metadata API Developer Guide).
    package init(connectedApp app: MetadataElement, name: String?) {
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
    /// Developer Guide). A part that is missing leaves what it would tell unknown.
    package init(externalClientApp parts: [MetadataElement], name: String) {
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
        // Whether an org gives it back is disputed: absent means unknown.
        if let certificate = part.value("certificate") {
            self[.certificate] = .text(Self.fingerprint(certificate))
        } else {
            self[.certificate] = .unknown(.certificateKeptBack)
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

    private static func names(_ part: MetadataElement, _ element: String) -> [String] {
        (part.value(element) ?? "").split(separator: ",").map { String($0).trimmingWhiteSpace }.filter { !$0.isEmpty }
    }

    private static func fact(_ text: String?, _ reason: UnknownReason) -> AppFact {
        text.map(AppFact.text) ?? .unknown(reason)
    }

    /// A round trip through the org changes some names; both forms are one here.
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

    /// The metadata's name of a scope as it goes over the wire; other names are left as they are.
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

    private static func flows(_ element: MetadataElement?, _ flags: [(element: String, flow: String)]) -> AppFact {
        .list(flags.filter { element?.value($0.element) == "true" }.map(\.flow))
    }

    /// The fingerprint of what stands in a `certificate` element: PEM with or without its armour, or base64 of the whole
    /// file, since all three have been seen.
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

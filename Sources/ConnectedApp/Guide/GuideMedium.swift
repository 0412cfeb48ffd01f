/// Where a guide is read, which determines how it names the steps in aprity.
package enum GuideMedium: Sendable {
    case commandLine
    /// The pages of `aprity serve`, which have buttons and forms for most commands.
    case settingsPage

    /// The command or button that compares the app's settings in Salesforce with the approved ones.
    func appCheck(_ alias: String) -> String {
        switch self {
        case .commandLine: "`aprity app check \(alias)`"
        case .settingsPage: "the button Check the app"
        }
    }
}

/// The app, user and connection that a guide's steps name.
package struct GuidedApp: Sendable, Equatable {
    /// Where the guide is read.
    var reader: GuideMedium = .commandLine
    let kind: AppKind
    /// The connection's name.
    let alias: String
    /// The app's name in Setup; `nil` if it is not known.
    let appName: String?
    /// Whether the app is blocked in aprity; `nil` if that is not known.
    let isBlocked: Bool?
    let username: String
    /// The API name of the permission set that pre-authorizes; by default the one for the integration user.
    let permissionSet: String
    /// The SHA-256 fingerprint of the current certificate in lower-case hex; `nil` if it is not known. Part of the name
    /// of the certificate's file.
    let certificateSHA256: String?
    /// The same of a rotation's next certificate; `nil` if there is none.
    let nextCertificateSHA256: String?
    /// Whether that certificate is the former one, because somebody rolled back.
    var isRolledBack = false
    /// Whether a rotation under way replaces the current certificate in this app, so that its upload would undo the
    /// rotation.
    var isCertificateBeingReplaced = false

    init(
        kind: AppKind, alias: String, username: String, appName: String? = nil,
        isBlocked: Bool? = nil, permissionSet: String? = nil, certificateSHA256: String? = nil,
        nextCertificateSHA256: String? = nil
    ) {
        self.kind = kind
        self.alias = alias
        self.appName = appName
        self.isBlocked = isBlocked
        self.username = username
        self.permissionSet = permissionSet ?? AppPermissionSet.integration.rawValue
        self.certificateSHA256 = certificateSHA256
        self.nextCertificateSHA256 = nextCertificateSHA256
    }

    /// The name that the guide proposes for a new app.
    package static let proposedName = "aprity"
    /// The Callback URL that the guide enters. The form in Setup requires one, but JWT Bearer never uses it.
    package static let callbackURL = "https://login.salesforce.com/services/oauth2/callback"

    /// The app's name, or a description if the name is not known, as text in a step.
    var app: String { appName ?? "the app (proposed name: \(Self.proposedName))" }

    /// The app's row in a list.
    var row: String { appName.map { "\($0)'s row" } ?? "the app's row (proposed name: \(Self.proposedName))" }

    /// The file name of the current certificate. The command line and the Settings page use different names.
    var certificateFile: String {
        let named = named(certificateSHA256)
        return switch reader {
        case .commandLine: "\(CertificateForm.pem.plainFileName) (from the Settings page: \(named))"
        case .settingsPage: named
        }
    }

    /// The file name of the next certificate, the same on the command line and on the Settings page.
    var nextCertificateFile: String { named(nextCertificateSHA256) }

    private func named(_ sha256: String?) -> String {
        CertificateForm.pem.fileName(of: alias, sha256: sha256 ?? "XXXXXXXX")
    }

    /// Returns an app with placeholders, for the generated pages of the manual.
    static func anybody(_ kind: AppKind) -> GuidedApp {
        GuidedApp(kind: kind, alias: "ALIAS", username: "the integration user")
    }
}

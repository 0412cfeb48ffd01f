/// Where somebody reads a guide. What aprity's part in a step is called depends on it.
public enum GuideReader: Sendable {
    case commandLine
    /// On the pages of `aprity serve`, which have buttons and forms for most commands.
    case settingsPage

    /// What compares the app's settings in Salesforce with what they should be.
    func appCheck(_ alias: String) -> String {
        switch self {
        case .commandLine: "`aprity app check \(alias)`"
        case .settingsPage: "the button Check the app"
        }
    }
}

/// Whose clicks they are: the names that stand in a guide's steps.
public struct SetupSubject: Sendable, Equatable {
    /// Who reads them.
    public var reader: GuideReader = .commandLine
    public let kind: AppKind
    /// The connection's name.
    public let alias: String
    /// The app's name in Setup; `nil` if it is not known.
    public let appName: String?
    /// Whether the app is blocked in aprity; `nil` if that is not known.
    public let isBlocked: Bool?
    public let username: String
    /// The one permission set that pre-authorizes; by default the one for the integration user.
    public let permissionSet: String
    /// SHA-256 of the certificate in force, and of the next one of a rotation, in hex; `nil` if it is not known.
    let certificateSHA256: String?
    let nextCertificateSHA256: String?

    /// - Parameters:
    ///   - certificateSHA256: Of the certificate in force, in hex: it is part of a file's name.
    ///   - nextCertificateSHA256: Of the next certificate of a rotation.
    public init(
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

    /// What the guide to create the app calls it.
    static let proposedName = "aprity"

    /// The app, as the name on its page.
    var app: String { appName ?? "the app (proposed name: \(Self.proposedName))" }

    /// The app's row in a list.
    var row: String { appName.map { "\($0)'s row" } ?? "the app's row (proposed name: \(Self.proposedName))" }

    /// The file of the certificate in force, as the command line and as the Settings page call it.
    var certificateFile: String {
        let named = named(certificateSHA256)
        return switch reader {
        case .commandLine: "\(CertificateForm.pem.plainFileName) (from the Settings page: \(named))"
        case .settingsPage: named
        }
    }

    /// The file of the next certificate, which has one name everywhere.
    var nextCertificateFile: String { named(nextCertificateSHA256) }

    private func named(_ sha256: String?) -> String {
        CertificateForm.pem.fileName(of: alias, sha256: sha256 ?? "XXXXXXXX")
    }

    /// For a page of the manual, which is about nobody's app in particular.
    public static func anybody(_ kind: AppKind) -> SetupSubject {
        SetupSubject(kind: kind, alias: "ALIAS", username: "the integration user")
    }
}

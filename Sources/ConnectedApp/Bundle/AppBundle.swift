internal import Foundation
internal import MetadataAPI

/// A Salesforce DX project that creates or changes the app in one deployment.
///
/// Sources: "ExternalClientApplication", "ExtlClntAppGlobalOauthSettings", "ExtlClntAppOauthSettings",
/// "ExtlClntAppOauthConfigurablePolicies", "ConnectedApp", "PermissionSet" (Metadata API Developer Guide).
struct AppBundle {
    /// The values that a bundle is made from.
    struct Plan {
        var alias: String
        var kind: AppKind
        /// The app's API name, which is also its label.
        var appName = "aprity"
        var contactEmail: String
        var certificate: AppCertificate
        /// For an External Client App; a Connected App's file always contains PEM text.
        var encoding = CertificateEncoding.body
        /// The API names of the permission sets that pre-authorize users.
        var allowedSets = [AppPermissionSet.integration.rawValue]
        /// The user that aprity signs in as; named in the README only.
        var username: String

        /// Whether the app's permission sets are not exactly `Aprity_Integration`, which only one user should have.
        var isWide: Bool { allowedSets != [AppPermissionSet.integration.rawValue] }
    }

    /// The newest documented API version. All types of the bundle have existed since 61.0.
    static let apiVersion = "66.0"

    /// The texts of the project's files, by path relative to the project's folder.
    private(set) var files: [String: String] = [:]
    /// The names of the components, by metadata type.
    private(set) var members: [String: [String]] = [:]

    /// The folder of the metadata.
    private static let root = "force-app/main/default/"

    init(_ plan: Plan) {
        switch plan.kind {
        case .externalClientApp: addExternalClientApp(plan)
        case .connectedApp: addConnectedApp(plan)
        }
        for set in AppPermissionSet.allCases { addPermissionSet(set) }
        addProject()
        files["README.md"] = BundleGuide.text(plan)
    }

    /// Creates a bundle of a single file: the one with the certificate, patched.
    init(patched file: AppFolder.File, text: String, alias: String) {
        let type = file.element.name
        let (folder, suffix) =
            type == "ConnectedApp"
            ? ("connectedApps", "connectedApp") : ("extlClntAppGlobalOauthSets", "ecaGlblOauth")
        files[Self.root + "\(folder)/\(file.name).\(suffix)-meta.xml"] = text
        members[type] = [file.name]
        addProject()
        files["README.md"] = BundleGuide.patchText(alias, file.name, type)
    }

    private mutating func add(_ element: MetadataElement, _ name: String, folder: String, suffix: String) {
        files[Self.root + "\(folder)/\(name).\(suffix)-meta.xml"] = element.document
        members[element.name, default: []].append(name)
    }

    private mutating func addProject() {
        files["sfdx-project.json"] = """
            {
              "packageDirectories": [{ "path": "force-app", "default": true }],
              "name": "aprity",
              "sourceApiVersion": "\(Self.apiVersion)"
            }

            """
        let types = members.sorted { $0.key < $1.key }.map { type, names in
            MetadataElement(
                "types",
                names.sorted().map { MetadataElement("members", text: $0) } + [MetadataElement("name", text: type)])
        }
        files["manifest/package.xml"] =
            MetadataElement("Package", types + [MetadataElement("version", text: Self.apiVersion)]).document
        // The folders in which the Salesforce CLI keeps local data.
        files[".gitignore"] = ".sf/\n.sfdx/\n"
    }

    private mutating func addPermissionSet(_ set: AppPermissionSet) {
        let permissions = set.userPermissions.sorted().map { name in
            MetadataElement(
                "userPermissions", [MetadataElement("enabled", text: "true"), MetadataElement("name", text: name)])
        }
        add(
            MetadataElement(
                "PermissionSet",
                [
                    MetadataElement("description", text: set.purpose),
                    MetadataElement("hasActivationRequired", text: "false"), MetadataElement("label", text: set.label),
                ] + permissions),
            set.rawValue, folder: "permissionsets", suffix: "permissionset")
    }

    // MARK: External Client App

    private mutating func addExternalClientApp(_ plan: Plan) {
        let app = MetadataElement("externalClientApplication", text: plan.appName)
        add(
            .init(
                "ExternalClientApplication",
                Self.texts([
                    ("contactEmail", plan.contactEmail), ("description", BundleGuide.appDescription),
                    ("distributionState", "Local"), ("isProtected", "false"), ("label", plan.appName),
                ])),
            plan.appName, folder: "externalClientApps", suffix: "eca")
        add(
            .init(
                "ExtlClntAppGlobalOauthSettings",
                Self.texts([
                    ("callbackUrl", BundleGuide.callbackURL), ("certificate", plan.encoding.text(of: plan.certificate)),
                ]) + [app]
                    + Self.texts([
                        ("isClientCredentialsFlowEnabled", "false"), ("isCodeCredFlowEnabled", "false"),
                        ("isConsumerSecretOptional", "false"), ("isDeviceFlowEnabled", "false"),
                        ("isIntrospectAllTokens", "false"), ("isNamedUserJwtEnabled", "false"),
                        ("isPkceRequired", "true"),
                        ("isSecretRequiredForRefreshToken", "true"), ("isTokenExchangeEnabled", "false"),
                        ("label", plan.appName + " global OAuth settings"), ("shouldRotateConsumerKey", "false"),
                        ("shouldRotateConsumerSecret", "false"),
                    ])),
            plan.appName + "_glbloauth", folder: "extlClntAppGlobalOauthSets", suffix: "ecaGlblOauth")
        add(
            .init(
                "ExtlClntAppOauthSettings",
                [MetadataElement("commaSeparatedOauthScopes", text: "Api, RefreshToken"), app]
                    + Self.texts([("isFirstPartyAppEnabled", "false"), ("label", plan.appName + " OAuth settings")])),
            plan.appName + "_oauth", folder: "extlClntAppOauthSettings", suffix: "ecaOauth")
        add(
            .init(
                "ExtlClntAppOauthConfigurablePolicies",
                [MetadataElement("commaSeparatedPermissionSet", text: plan.allowedSets.joined(separator: ",")), app]
                    + Self.texts([
                        ("ipRelaxationPolicyType", "Enforce"), ("isClientCredentialsFlowEnabled", "false"),
                        ("isGuestCodeCredFlowEnabled", "false"), ("isTokenExchangeFlowEnabled", "false"),
                        ("label", plan.appName + " OAuth policies"),
                        ("permittedUsersPolicyType", PermittedUsers.adminApproved.rawValue),
                        ("refreshTokenPolicyType", "Zero"),
                        ("requiredSessionLevel", "STANDARD"),
                    ])),
            plan.appName + "_oauthPlcy", folder: "extlClntAppOauthPolicies", suffix: "ecaOauthPlcy")
        add(
            .init(
                "ExtlClntAppConfigurablePolicies",
                [app]
                    + Self.texts([
                        ("isEnabled", "true"), ("isOauthPluginEnabled", "true"), ("label", plan.appName + " policies"),
                    ])),
            plan.appName + "_plcy", folder: "extlClntAppPolicies", suffix: "ecaPlcy")
    }

    // MARK: Connected App

    private mutating func addConnectedApp(_ plan: Plan) {
        add(
            .init(
                "ConnectedApp",
                Self.texts([
                    ("contactEmail", plan.contactEmail), ("description", BundleGuide.appDescription),
                    ("label", plan.appName),
                ]) + [
                    MetadataElement(
                        "oauthConfig",
                        Self.texts([
                            ("callbackUrl", BundleGuide.callbackURL), ("certificate", plan.certificate.pem),
                            ("isAdminApproved", "true"), ("isConsumerSecretOptional", "false"),
                            ("isIntrospectAllTokens", "false"), ("isSecretRequiredForRefreshToken", "true"),
                            ("scopes", "Api"), ("scopes", "RefreshToken"),
                        ])),
                    MetadataElement(
                        "oauthPolicy", Self.texts([("ipRelaxation", "ENFORCE"), ("refreshTokenPolicy", "zero")])),
                ] + Self.texts(plan.allowedSets.map { ("permissionSetName", $0) })),
            plan.appName, folder: "connectedApps", suffix: "connectedApp")
    }

    private static func texts(_ pairs: [(String, String)]) -> [MetadataElement] {
        pairs.map { MetadataElement($0.0, text: $0.1) }
    }
}

/// The form of the certificate in an External Client App's XML. Both forms have been reported to work. The raw values
/// are those of `--certificate-encoding`.
package enum CertificateEncoding: String, Codable, CaseIterable, Sendable {
    /// The Base64 text on one line, without the BEGIN and END lines. Others have used it with a real org.
    case body
    /// PEM text, with the BEGIN and END lines.
    case pem

    func text(of certificate: AppCertificate) -> String {
        switch self {
        case .body: Data(certificate.der).base64EncodedString()
        case .pem: certificate.pem
        }
    }
}

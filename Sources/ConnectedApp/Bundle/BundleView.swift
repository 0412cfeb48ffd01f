internal import Foundation

/// The options of a bundle.
package struct BundleRequest: Sendable {
    /// The app's API name.
    var appName: String
    /// Required for a whole app; not used for a patched file.
    var contactEmail: String?
    /// The API names of the permission sets that pre-authorize users; `nil`: `Aprity_Integration` alone.
    var allowedSets: [String]?
    var encoding: CertificateEncoding
    /// The path of a folder into which the app was retrieved. The bundle then contains only the app's file with the
    /// certificate, patched. `nil`: the bundle contains the whole app.
    var patching: String?

    package init(
        appName: String = "aprity", contactEmail: String? = nil, allowedSets: [String]? = nil,
        encoding: CertificateEncoding = .body, patching: String? = nil
    ) {
        self.appName = appName
        self.contactEmail = contactEmail
        self.allowedSets = allowedSets
        self.encoding = encoding
        self.patching = patching
    }
}

/// A bundle, as it is shown. A JSON document; the property names must not change.
package struct BundleView: Codable, Sendable, Equatable {
    package let connection: String
    /// The texts of the files, by path relative to the bundle's folder.
    package let files: [String: String]
    /// Lower-case hex.
    package let certificateSHA256: String
    /// The command to run in the bundle's folder. The reader replaces ORG.
    package let deployCommand: String
    package let warnings: [String]
}

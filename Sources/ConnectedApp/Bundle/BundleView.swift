internal import Foundation

/// The options of a bundle.
package struct BundleRequest: Sendable {
    var appName: String
    var contactEmail: String?
    /// The permission sets that pre-authorize users; `nil`: `Aprity_Integration` alone.
    var allowedSets: [String]?
    var encoding: CertificateEncoding
    /// A folder into which the app was retrieved. The bundle then contains only its file with the certificate, patched.
    /// `nil`: the whole app.
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

/// A bundle, as it is shown.
package struct BundleView: Codable, Sendable, Equatable {
    package let connection: String
    /// The texts of the files, by path.
    package let files: [String: String]
    package let certificateSHA256: String
    package let deployCommand: String
    package let warnings: [String]
}

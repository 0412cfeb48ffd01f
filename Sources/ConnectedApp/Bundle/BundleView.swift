internal import Foundation

/// The options of a bundle.
public struct BundleRequest: Sendable {
    public var appName: String
    public var contactEmail: String?
    /// The permission sets that pre-authorize users; `nil`: `Aprity_Integration` alone.
    public var allowedSets: [String]?
    public var encoding: CertificateEncoding
    /// A folder into which the app was retrieved. The bundle then contains only its file with the certificate, patched.
    /// `nil`: the whole app.
    public var patching: String?

    public init(
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
public struct BundleView: Codable, Sendable, Equatable {
    public let connection: String
    /// The texts of the files, by path.
    public let files: [String: String]
    public let certificateSHA256: String
    public let deployCommand: String
    public let warnings: [String]
}

internal import Foundation

/// What a bundle is to be.
public struct BundleRequest: Sendable {
    public var appName: String
    public var contactEmail: String?
    /// The permission sets that pre-authorize; `nil`: `Aprity_Integration` alone.
    public var allowedSets: [String]?
    public var encoding: CertificateEncoding
    /// Patch only the certificate of the app that was retrieved into this folder.
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
    /// By path; texts.
    public let files: [String: String]
    public let certificateSHA256: String
    public let deployCommand: String
    public let warnings: [String]
}

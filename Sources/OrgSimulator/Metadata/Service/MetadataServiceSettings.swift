import Foundation

/// The settings of the simulated org's Metadata API.
///
/// The names of the properties are JSON keys. All are optional; an unknown one is an error. No document contains them:
/// `MetadataServices` sets those that follow from the org, and tests set the rest.
struct MetadataServiceSettings: Codable, Sendable, Equatable {
    /// The failure of the next retrieve job.
    struct Failure: Codable, Sendable, Equatable {
        /// The status code, such as `UNKNOWN_EXCEPTION`.
        var statusCode: String
        /// The complete text, which usually repeats the code.
        var message: String
    }

    /// The duration of a retrieve job in seconds of org time. The job is Pending for the first half.
    var retrieveSeconds: Double = 2
    /// If set, this number of status calls find the retrieve job unfinished; ``retrieveSeconds`` is then ignored.
    var retrievePolls: Int?
    /// The duration of a deployment in seconds of org time. The job is Pending for the first half.
    var deploySeconds: Double = 2
    /// The maximum number of component files in one retrieve, without `package.xml`.
    var fileLimit = 10_000
    /// Whether fields, labels and other children also count as files. One tool vendor says that they do.
    var countsChildrenAsFiles = false
    /// The maximum total size of the files of one retrieve in bytes, uncompressed.
    var uncompressedLimit = 629_145_600
    /// Whether retrieved apps have a `consumerSecret` with ``AppDisclosure/canary``.
    var emitConsumerSecretCanary = false
    /// Whether the certificate of an External Client App is returned.
    var showExternalClientAppCertificate = false
    /// If set, the next retrieve job fails in this way, and the setting becomes `nil`.
    var failNextRetrieve: Failure?
    /// Whether the org is a sandbox. A production org requires tests and saves all components or none.
    var isSandbox = false
    /// The newest API version of the org. The oldest is 31.0.
    var newestVersion = 67
    /// All components are created before this date. Default: 2026-01-01T00:00:00Z.
    var organizationDate = Date(timeIntervalSince1970: 1_767_225_600)
    /// The user who created and last changed every component.
    var administratorID = "005Hb00000AdminIAB"
    var administratorName = "Org Administrator"
    /// Not a JSON key.
    var changes = ContentChanges()

    init() {}

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case retrieveSeconds, deploySeconds, retrievePolls, fileLimit, countsChildrenAsFiles, uncompressedLimit
        case emitConsumerSecretCanary, failNextRetrieve, isSandbox, newestVersion, organizationDate
        case showExternalClientAppCertificate, administratorID, administratorName
    }

    private struct AnyKey: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let known = Set(CodingKeys.allCases.map(\.stringValue))
        for key in try decoder.container(keyedBy: AnyKey.self).allKeys where !known.contains(key.stringValue) {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "unknown key '\(key.stringValue)'"))
        }
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        retrieveSeconds = try keys.decodeIfPresent(Double.self, forKey: .retrieveSeconds) ?? retrieveSeconds
        deploySeconds = try keys.decodeIfPresent(Double.self, forKey: .deploySeconds) ?? deploySeconds
        retrievePolls = try keys.decodeIfPresent(Int.self, forKey: .retrievePolls)
        fileLimit = try keys.decodeIfPresent(Int.self, forKey: .fileLimit) ?? fileLimit
        countsChildrenAsFiles =
            try keys.decodeIfPresent(Bool.self, forKey: .countsChildrenAsFiles) ?? countsChildrenAsFiles
        uncompressedLimit = try keys.decodeIfPresent(Int.self, forKey: .uncompressedLimit) ?? uncompressedLimit
        emitConsumerSecretCanary =
            try keys.decodeIfPresent(Bool.self, forKey: .emitConsumerSecretCanary) ?? emitConsumerSecretCanary
        showExternalClientAppCertificate =
            try keys.decodeIfPresent(Bool.self, forKey: .showExternalClientAppCertificate)
            ?? showExternalClientAppCertificate
        failNextRetrieve = try keys.decodeIfPresent(Failure.self, forKey: .failNextRetrieve)
        isSandbox = try keys.decodeIfPresent(Bool.self, forKey: .isSandbox) ?? isSandbox
        newestVersion = try keys.decodeIfPresent(Int.self, forKey: .newestVersion) ?? newestVersion
        organizationDate = try keys.decodeIfPresent(Date.self, forKey: .organizationDate) ?? organizationDate
        administratorID = try keys.decodeIfPresent(String.self, forKey: .administratorID) ?? administratorID
        administratorName = try keys.decodeIfPresent(String.self, forKey: .administratorName) ?? administratorName
    }
}

import Foundation

/// What the operator of the simulated org can switch in its Metadata API.
///
/// Every key may be left out of the JSON; an unknown key is an error.
struct MetadataServiceSettings: Codable, Sendable, Equatable {
    /// The end of the next retrieve job.
    struct Failure: Codable, Sendable, Equatable {
        /// `UNKNOWN_EXCEPTION`, for example.
        var statusCode: String
        /// The whole text, which usually repeats the code.
        var message: String
    }

    /// Seconds of org time from the request to the end of a retrieve job. Half of it the job is Pending.
    var retrieveSeconds: Double = 2
    /// When set, a job ends after this number of status calls instead, whatever the clock says.
    var retrievePolls: Int?
    /// Seconds of org time from the request to the end of a deployment. Half of it the job is Pending.
    var deploySeconds: Double = 2
    /// Component files in one retrieve, `package.xml` not counted.
    var fileLimit = 10_000
    /// Whether fields, labels and other children count as files too; one tool vendor says that they do.
    var countsChildrenAsFiles = false
    /// Bytes of all files of one retrieve before compression.
    var uncompressedLimit = 629_145_600
    /// Whether retrieved apps carry a `consumerSecret` with ``AppDisclosure/canary`` in it.
    var emitConsumerSecretCanary = false
    /// Whether the certificate of an external client app is given back.
    var showExternalClientAppCertificate = false
    /// Taken away by the retrieve that it ends.
    var failNextRetrieve: Failure?
    /// A production org requires tests and saves all or nothing.
    var isSandbox = false
    /// The newest API version of the org; 31.0 is the oldest one.
    var newestVersion = 67
    /// All dates of components lie before it.
    var organizationDate = Date(timeIntervalSince1970: 1_767_225_600)
    /// Who made and last changed every component.
    var administratorID = "005Hb00000AdminIAB"
    var administratorName = "Org Administrator"

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

/// What a change of the master key did.
public struct MasterKeyRotationView: Sendable, Codable, Equatable {
    /// The key that everything is under now.
    public let masterKeyID: String
    /// The one before; `nil` where a former run had moved everything already.
    @ExplicitNull public var formerKeyID: String?
    /// A former run had been interrupted, or had left the former key in the file.
    public let wasResumed: Bool
    /// Everything was encrypted anew, under data keys that did not exist before.
    public let isResealed: Bool
    /// How many records, and tokens that are kept for revocation, were put under the new key.
    public let records: Int
    public let tokens: Int
    /// Whether the file holds the new key alone.
    public let isFormerKeyDropped: Bool
    /// Whether what was removed is no longer in the store's free pages and its log.
    public let isStoreCleaned: Bool
    /// After a leak: connections whose signing keys are to be replaced too.
    public let signingKeysToRotate: [String]

    package init(
        masterKeyID: String, formerKeyID: String?, wasResumed: Bool, isResealed: Bool, records: Int, tokens: Int,
        isFormerKeyDropped: Bool, isStoreCleaned: Bool, signingKeysToRotate: [String]
    ) {
        self.masterKeyID = masterKeyID
        self.formerKeyID = formerKeyID
        self.wasResumed = wasResumed
        self.isResealed = isResealed
        self.records = records
        self.tokens = tokens
        self.isFormerKeyDropped = isFormerKeyDropped
        self.isStoreCleaned = isStoreCleaned
        self.signingKeysToRotate = signingKeysToRotate
    }
}

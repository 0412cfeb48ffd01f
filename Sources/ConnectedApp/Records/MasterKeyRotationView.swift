/// The result of changing the master key, as it is shown.
public struct MasterKeyRotationView: Sendable, Codable, Equatable {
    /// The id of the key under which everything is sealed now.
    public let masterKeyID: String
    /// The id of the former key; `nil` if an earlier run had already moved everything.
    @ExplicitNull public var formerKeyID: String?
    /// Whether an earlier run had been interrupted, or had left the former key in the file.
    public let wasResumed: Bool
    /// Whether everything was encrypted again under new data keys.
    public let isResealed: Bool
    /// How many records were moved to the new key.
    public let records: Int
    /// How many tokens, stored for revocation, were moved to the new key.
    public let tokens: Int
    /// Whether the former key was removed from the file.
    public let isFormerKeyDropped: Bool
    /// Whether removed data was erased from the store's free pages and its log.
    public let isStoreCleaned: Bool
    /// Connections whose signing keys should be replaced too, after a leak.
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

/// The result of changing the master key, for people and JSON. The names of properties are JSON names and must not
/// change.
package struct MasterKeyRotationView: Sendable, Codable, Equatable {
    /// The id of the key under which everything is sealed now.
    package let masterKeyID: String
    /// The id of the former key; `nil` if an earlier run had already moved everything.
    @ExplicitNull package var formerKeyID: String?
    /// Whether the file already contained several keys: an earlier run was interrupted or kept the former key, or the
    /// operator added the new one.
    package let wasResumed: Bool
    /// Whether everything was encrypted again under new data keys.
    package let isResealed: Bool
    /// How many records were moved to the new key.
    package let records: Int
    /// How many of the tokens that are stored for their revocation were moved to the new key.
    package let tokens: Int
    /// Whether the former key was removed from the file.
    package let isFormerKeyDropped: Bool
    /// Whether removed data was erased from the store's free pages and its log.
    package let isStoreCleaned: Bool
    /// The aliases of connections whose signing keys should be replaced too, because the former master key may have
    /// leaked; empty unless ``isResealed``.
    package let signingKeysToRotate: [String]
}

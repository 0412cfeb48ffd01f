/// The settings of a new rotation.
package struct NewRotation: Sendable {
    /// Whether the next certificate belongs to a second app. The present app stays in use until the second one is
    /// proven.
    var inSecondApp: Bool
    /// The second app's kind; `nil` for the kind of the present app. Must be `nil` if there is no second app.
    var appKind: AppKind?
    /// The size of the next key; `nil` for the size of the present key, or 2048 bits if that size is not supported.
    var keySize: KeySize?
    /// Where the next key is created; `nil` for the key store of the present key.
    var keyStore: KeyStoreKind?
    /// How long the next certificate is valid, from 1 to ``AppCertificate/longestLife`` days; `nil` for as long as the
    /// present certificate, but at most ``AppCertificate/longestLife`` days.
    var certificateDays: Int?

    package init(
        inSecondApp: Bool = false, appKind: AppKind? = nil, keySize: KeySize? = nil,
        keyStore: KeyStoreKind? = nil, certificateDays: Int? = nil
    ) {
        self.inSecondApp = inSecondApp
        self.appKind = appKind
        self.keySize = keySize
        self.keyStore = keyStore
        self.certificateDays = certificateDays
    }
}

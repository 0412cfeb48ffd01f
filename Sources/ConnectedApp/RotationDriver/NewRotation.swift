/// The settings of a new rotation.
package struct NewRotation: Sendable {
    /// Whether the next certificate belongs to a second app. The present app stays in use until the second one is
    /// proven.
    var inSecondApp: Bool
    /// The second app's kind; `nil` for the kind of the present app.
    var appKind: AppKind?
    /// `nil` for the size of the present key.
    var keySize: KeySize?
    /// `nil` for the key store of the present key.
    var keyStore: KeyStoreKind?
    /// `nil` for the validity of the present certificate.
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

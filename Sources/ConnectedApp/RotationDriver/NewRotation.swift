/// What a rotation begins with.
public struct NewRotation: Sendable {
    /// The next certificate goes into an app of its own, which is proven completely before the present one goes.
    public var inSecondApp: Bool
    /// Of the second app; `nil`: the same kind as the present one.
    public var appKind: AppKind?
    /// `nil`: as the present key and certificate.
    public var keySize: KeySize?
    public var keyStore: KeyStoreKind?
    public var certificateDays: Int?

    public init(
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

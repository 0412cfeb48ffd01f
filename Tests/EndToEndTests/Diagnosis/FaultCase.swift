internal import ConnectedApp
internal import Testing

/// One thing that is wrong, and the causes that the test may name for it.
struct FaultCase: Sendable, CustomTestStringConvertible {
    /// How the connection itself is made, where the fault lies there.
    struct Side: Sendable {
        var kind = "externalClientApp"
        var consumerKey: String? = OrgDocument.consumerKey
        var username = OrgDocument.user
        var audience: String?
        /// Takes the place of the embedded org's address.
        var loginHost: String?
        /// Signed in once before the fault came about, so that a token is at hand.
        var hasToken = false
        /// Days that the certificate has been over for.
        var expiredDays = 0
    }

    let name: String
    /// The injected cause first; the others are those that its evidence cannot tell it from.
    let causes: [Cause]
    var side = Side()
    /// Whether the evidence proves it.
    var isCertain = false
    let arrange: @Sendable (inout OrgDocument) -> Void

    var testDescription: String { name }

    init(
        _ name: String, _ causes: [Cause], certain: Bool = false, _ side: Side = Side(),
        arrange: @escaping @Sendable (inout OrgDocument) -> Void = { _ in }
    ) {
        self.name = name
        self.causes = causes
        isCertain = certain
        self.side = side
        self.arrange = arrange
    }
}

extension FaultCase.Side {
    static let connectedApp = FaultCase.Side(kind: "connectedApp", audience: "https://login.salesforce.com")
    static let signedInBefore = FaultCase.Side(hasToken: true)
}

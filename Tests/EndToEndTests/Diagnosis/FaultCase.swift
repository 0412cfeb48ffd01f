internal import ConnectedApp
internal import Testing

/// A single fault, and the causes that the test may name for it.
struct FaultCase: Sendable, CustomTestStringConvertible {
    /// The setup of the connection, if the fault is there.
    struct Side: Sendable {
        var kind = "externalClientApp"
        var consumerKey: String? = OrgDocument.consumerKey
        var username = OrgDocument.user
        var audience: String?
        /// Replaces the embedded org's address.
        var loginHost: String?
        /// Whether the connection signed in before the fault, so that it has a token.
        var hasToken = false
        /// Days since the certificate expired.
        var expiredDays = 0
    }

    let name: String
    /// The injected cause first, then those that the evidence cannot distinguish from it.
    let causes: [Cause]
    var side = Side()
    /// Whether the evidence proves the cause.
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

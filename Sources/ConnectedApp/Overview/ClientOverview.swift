/// The clients of a connection, and the policies by which programs become clients.
package struct ClientOverview: Sendable {
    package let clients: [ClientView]
    package let policies: [TrustPolicyView]
    /// The ids of altered records, of whichever connection.
    package let alteredClients: [String]
    package let alteredPolicies: [String]
    /// `nil` if the gateway was not tested for this connection yet.
    package let probe: GatewayProbe?
    /// Whether programs may get access tokens; see ``ConnectionView/allowsTokens``.
    package let allowsTokens: Bool
}

extension Overviews {
    /// The clients of a connection with its trust policies.
    ///
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`, and a failing store's causes.
    package func clients(of alias: String, as principal: Principal) async throws -> ClientOverview {
        try await records.read { reading in
            let connection = try FoundConnection(alias, reading).connection.value
            let listed = try clients.listed(of: alias, reading)
            let policies = try TrustPolicies.listed(of: alias, reading)
            return ClientOverview(
                clients: listed.shown, policies: policies.shown, alteredClients: listed.altered,
                alteredPolicies: policies.altered, probe: try reading.intactOrNone(GatewayProbe.self, alias),
                allowsTokens: connection.allowsTokens ?? true)
        }
    }
}

internal import ConnectedApp

/// The body of `POST /connections/{alias}/compromise`: `reason` reports the compromise, `fact` records what an admin
/// did, and an empty object takes the steps that are possible now.
struct CompromiseBody: StrictBody {
    enum CodingKeys: String, CodingKey, CaseIterable { case reason, secondApp, fact, consumerKey }

    let reason: String?
    /// Whether the next certificate belongs to a second app. Has a meaning only with `reason`.
    let secondApp: Bool
    let fact: CompromiseFact?

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        reason = try members.decodeIfPresent(String.self, forKey: .reason)
        secondApp = try members.decodeIfPresent(Bool.self, forKey: .secondApp) ?? false
        let consumerKey = try members.decodeIfPresent(String.self, forKey: .consumerKey)
        switch try members.decodeIfPresent(Fact.self, forKey: .fact) {
        case nil: fact = nil
        case .blockedInSalesforce: fact = .blockedInSalesforce
        case .uploaded: fact = .uploaded(consumerKey: consumerKey)
        case .revokedInSalesforce: fact = .revokedInSalesforce
        }
        guard reason == nil || fact == nil, fact != nil || consumerKey == nil else {
            throw ConnectedAppError(.usage, detail: "Send either reason or fact, and consumerKey only with fact.")
        }
        guard reason != nil || !members.contains(.secondApp) else {
            throw ConnectedAppError(.usage, detail: "Send secondApp only with reason.")
        }
    }

    /// The values of `fact` in JSON.
    private enum Fact: String, Decodable {
        case blockedInSalesforce, uploaded, revokedInSalesforce
    }
}

internal import Foundation
internal import JWTBearer

/// Measures how often other programs sign in as a user. The sign-in budget takes this into account.
struct OthersUseMeasurement: Sendable {
    let records: SealedRecords
    let surroundings: Surroundings

    /// Asks the org how often this user signed in within the last hour, and saves the number of sign-ins that aprity
    /// did not make. Does nothing if the last measurement is recent; see ``SignInBudget/estimateLife``. A failure is
    /// only logged.
    ///
    /// - Parameters:
    ///   - granted: A token of the user. It must have passed ``SignIn/checked(_:for:)``, because it is sent to the org.
    ///   - permit: The check to call before the request with the token is sent.
    func measure(_ target: Target, _ granted: GrantedToken, _ permit: @escaping SendCheck) async {
        let now = surroundings.now()
        let accounts = SignInAccount.names(
            of: target.username, in: granted.organizationID, at: target.loginHost)
        await surroundings.tolerating(.othersUse, ["connection": target.name]) {
            let last = try await records.read { try $0.reading.othersUse(of: accounts) }
            if let last, last.isRecent(now) { return }
            let since = now.addingTimeInterval(-SignInBudget.window)
            let counted = try await OrgAPI.signIns(
                of: granted, since: since, permit: permit, transport: target.transport)
            try await records.write { writing in
                let ours = try writing.writing.signIns(of: accounts, for: Set(SignInPurpose.allCases), since: since)
                try writing.writing.setOthersUse(
                    OthersUse(count: max(0, counted - ours), measuredAt: now), of: accounts[0])
            }
        }
    }
}

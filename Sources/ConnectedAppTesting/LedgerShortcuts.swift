package import ConnectedApp
internal import Foundation

/// Operations of the sign-in ledger, each in its own transaction.
extension RecordStore {
    package func begin(_ entry: SignInEntry) async throws -> Int64 { try await write { try $0.begin(entry) } }

    package func finish(_ number: Int64, _ outcome: SignInOutcome) async throws {
        try await write { try $0.finish(number, outcome) }
    }
}

extension SignInEntry {
    /// An entry of an app and an org that are the same for all tests.
    ///
    /// - Parameter seconds: When the sign-in began, in seconds since 1970.
    package static func test(
        _ username: String = "integration@acme.example", at seconds: Double = 1, purpose: SignInPurpose = .use,
        egress: String = "direct"
    ) -> SignInEntry {
        SignInEntry(
            account: SignInAccount(organization: "acme.my.salesforce.com", username: username), appID: "app",
            egress: egress, purpose: purpose, startedAt: Date(timeIntervalSince1970: seconds))
    }
}

extension SignInOutcome {
    package static let granted = SignInOutcome(.granted, code: "granted")
    package static let refused = SignInOutcome(.refused, code: "signatureRefused")
}

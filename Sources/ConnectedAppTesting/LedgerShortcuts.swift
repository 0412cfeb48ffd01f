package import ConnectedApp
internal import Foundation

/// The ledger's operations, each in its own transaction.
extension RecordStore {
    package func begin(_ entry: SignInEntry) async throws -> Int64 { try await write { try $0.begin(entry) } }

    package func finish(_ number: Int64, _ outcome: SignInOutcome) async throws {
        try await write { try $0.finish(number, outcome) }
    }
}

extension SignInEntry {
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

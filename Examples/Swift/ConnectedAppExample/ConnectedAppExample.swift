import ConnectedApp
import CryptoExtras
import ExampleOrg
import Foundation

/// Tests a connection step by step, pulls metadata with it, and shows the cause and the remedy of a refusal.
///
/// `ConnectedApp` reads no clock and sends nothing by itself. The program supplies ``Surroundings`` and a transport.
@main
struct ConnectedAppExample {
    static func main() async throws {
        try await ExampleOrg.run { org in
            let uses = Storeless(transport: org.transport, surroundings: .example)
            let connection = StorelessConnection(
                loginHost: org.url, username: org.username, consumerKey: org.consumerKey,
                signingKey: CredentialFile(pem: org.key.pemRepresentation), appKind: .externalClientApp)
            let test = try await uses.test(connection) { step in print("\(step.outcome.rawValue)\t\(step.id.question)")
            }
            print("The test's outcome: \(test.outcome.rawValue), after \(test.signInsUsed) sign-ins")

            let token = try await uses.token(for: connection)
            print(
                "A token for the org \(token.organizationID), at \(token.instanceURL == org.url ? "its" : "another") host"
            )
            try await pull(connection, uses)

            var wrong = connection
            wrong.username = "nobody@harbour-bikes.example"
            do { _ = try await uses.token(for: wrong) } catch let error as ConnectedAppError {
                print("Another user: \(error.cause.rawValue). \(error.description)")
                print("What to do: \(error.remedy)")
            }
        }
    }

    private static func pull(_ connection: StorelessConnection, _ uses: Storeless) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        let request = PullRequest(target: folder.path, types: ["ApexClass", "CustomObject"])
        let view = try await uses.pullMetadata(of: connection, request) { progress in print(progress) }
        print("Pulled \(view.files) files of \(view.types) types")
        try FileManager.default.removeItem(at: folder)
    }
}

extension Surroundings {
    /// The machine's clocks and the system's random generator.
    fileprivate static var example: Surroundings {
        let start = ContinuousClock.now
        return Surroundings(
            now: { Date() }, uptime: { start.duration(to: .now) }, sleep: { try await Task.sleep(for: $0) },
            randomBytes: { count in (0..<count).map { _ in UInt8.random(in: .min ... .max) } })
    }
}

import Foundation
import Testing

@testable import OrgSimulator

@Suite("The guides and Setup")
struct GuideLabelTests {
    /// Words in bold that are labels in aprity, or emphasis.
    private static let otherWords: Set<String> = [
        "Certificate rotation", "Check the app", "Clicks in Setup", "Continue the set-up",
        "Create the app by one deployment", "Download certificate", "I changed it in Salesforce",
        "Import a certificate", "Metadata and its pulls", "Needs its Consumer Key", "New Consumer Key", "Notices",
        "Pull now", "Set up a connection",
        "Test connection",
        "The former certificate was put back", "You see",
    ]

    /// The labels in Setup that the guides name: the text in bold, without sentences.
    private func labels() throws -> Set<String> {
        let folder = TestFiles.package.appending(path: "docs/guides")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        let texts = try files.filter { $0.pathExtension == "md" }.map { try String(contentsOf: $0, encoding: .utf8) }
        let bold = texts.flatMap { $0.matches(of: #/\*\*([^*]+)\*\*/#).map { String($0.1) } }
            .map { $0.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
        return Set(bold).filter { label in
            guard let first = label.first, let last = label.last else { return false }
            return !first.isLowercase && !first.isNumber && last != "." && last != ":"
                && !label.contains(": ") && !Self.otherWords.contains(label)
        }
    }

    /// The texts of all elements on the pages of Setup.
    private func words() async throws -> Set<String> {
        let client = try SetupClient.withBothKinds(label: "aprity")
        #expect(try await client.signIn(.externalClientApp) == "token")
        let org = await client.state
        let set = SetupPlace.permissionSets.path(org.permissionSets[0].id, "review-assignment")
        var text = ""
        for path in try await client.pages + ["/", set + "?users=\(org.users[0].id)"] {
            text += await client.get(path).text
        }
        let app = try await client.app.id
        _ = await client.post(SetupPlace.externalClientApps.path(app, "consumer"))
        let code = [("code", await client.mailedCode)]
        text += await client.post(SetupPlace.externalClientApps.path(app, "verify"), code).text
        return Set(
            text.split(separator: "<").compactMap { $0.split(separator: ">", maxSplits: 1).dropFirst().first }
                .map { $0.trimmingCharacters(in: .whitespacesAndNewlines) })
    }

    @Test("Each label that a guide names is on a page of Setup")
    func labelsAreThere() async throws {
        let words = try await words()
        let labels = try labels()
        #expect(labels.count > 50)
        for label in labels.sorted() {
            let isThere = words.contains { $0 == label || $0.hasPrefix(label + " (") || $0.hasSuffix(" " + label) }
            #expect(isThere, "\(label)")
        }
    }

    /// The labels between the arrows of the steps on the pages of causes.
    private func clicks() throws -> Set<String> {
        let folder = TestFiles.package.appending(path: "docs/causes")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        let lines = try files.flatMap { try String(contentsOf: $0, encoding: .utf8).split(separator: "\n") }
        let ways = lines.filter { $0.contains(#/^\d+\. /#) && $0.contains(" > ") }
        let stops = ways.flatMap {
            $0.replacing(#/^\d+\. (Or open|Open|Click) (the tab )?/#, with: "").split(separator: " > ")
        }
        .map { stop in
            let name = stop.replacing(#/^Quick Find: .*/#, with: "").prefix { !";:,(.".contains($0) }
            return name.replacing(#/^tick /#, with: "")
                .trimmingCharacters(in: .whitespaces)
        }
        let own: Set = ["", "Setup", "aprity"]
        return Set(stops).subtracting(own).filter { $0.first?.isUppercase == true }
    }

    @Test("Each label in the steps of a diagnosis is on some page of Setup")
    func clicksAreThere() async throws {
        let words = try await words()
        let clicks = try clicks()
        #expect(clicks.count > 15)
        for stop in clicks.sorted() {
            let isThere = words.contains { $0 == stop || $0.hasPrefix(stop + " (") || $0.hasSuffix(" " + stop) }
            #expect(isThere, "\(stop)")
        }
    }
}

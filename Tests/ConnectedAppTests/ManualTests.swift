import Foundation
import Testing

@testable import ConnectedApp

/// Tests that the manual's generated pages match the table of causes. `APRITY_UPDATE_MANUAL=1` writes the pages.
@Suite("The manual's pages of causes")
struct ManualTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs/causes")

    @Test("Each cause has a page that matches the table, and there is no other page")
    func pages() throws {
        var pages = Dictionary(uniqueKeysWithValues: Cause.allCases.map { ("\($0.rawValue).md", CausePage.text($0)) })
        pages["README.md"] = CausePage.index
        if ProcessInfo.processInfo.environment["APRITY_UPDATE_MANUAL"] != nil { try write(pages) }
        let found = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(Set(found) == Set(pages.keys))
        for (name, text) in pages {
            #expect(try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8) == text, "\(name)")
        }
    }

    @Test("The page of the reality check matches the program's questions")
    func reality() throws {
        let page = Self.folder.deletingLastPathComponent().appending(path: "reality-check.md")
        if ProcessInfo.processInfo.environment["APRITY_UPDATE_MANUAL"] != nil {
            try Data(RealityPage.text.utf8).write(to: page)
        }
        #expect(try String(contentsOf: page, encoding: .utf8) == RealityPage.text)
    }

    private func write(_ pages: [String: String]) throws {
        try? FileManager.default.removeItem(at: Self.folder)
        try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
        for (name, text) in pages { try Data(text.utf8).write(to: Self.folder.appending(path: name)) }
    }

    @Test("Each cause says in sentences what happened and what rules out similar causes", arguments: Cause.allCases)
    func findings(_ cause: Cause) {
        let entry = cause.entry
        for text in [entry.seen, entry.against] {
            #expect(text.count >= 5, "\(text)")
            #expect(!text.contains("\n"), "\(text)")
            #expect(!text.contains("  "), "\(text)")
        }
        #expect(entry.command?.text().hasPrefix("aprity ") != false)
        // For each refusal by Salesforce there are steps in Setup or a command, not just text.
        let isOfTheOrg = [Cause.Chapter.refused, .app].contains(entry.chapter)
        let needsNobody: [Cause] = [.organizationInactive, .orgTransient, .orgUnavailable, .grantTypeRefused]
        if isOfTheOrg, !needsNobody.contains(cause) {
            #expect(entry.task != nil || entry.command != nil, "\(cause)")
        }
    }

    @Test("The steps to pre-authorize name the set for one user, and the alternative with its consequence")
    func choiceOfPermissionSets() {
        for kind in AppKind.allCases {
            let subject = GuidedApp(kind: kind, alias: "acme", username: "i@acme.example")
            let steps = SetupGuide(.preauthorize, for: subject).steps
            #expect(steps.first?.contains("If Aprity_Integration does not exist, create it") == true)
            let other = steps.filter { $0.contains("Aprity_Admin") }
            #expect(other.count == 1)
            #expect(other.first?.hasPrefix("Some admin guides put Aprity_Admin on the app's list") == true)
            #expect(other.first?.hasSuffix(AppPermissionSet.reach("acme")) == true)
        }
    }

    @Test(
        "Steps on the Settings page name a command only if the page has no button for it", arguments: AppKind.allCases)
    func stepsOnThePage(_ kind: AppKind) {
        var subject = GuidedApp(kind: kind, alias: "acme", username: "i@acme.example")
        subject.reader = .settingsPage
        let commands = SetupTask.allCases.flatMap { SetupGuide($0, for: subject).steps }
            .flatMap { $0.matches(of: #/`aprity ([a-z]+ [a-z]+)/#).map { String($0.1) } }
        #expect(
            Set(commands).isSubset(of: ["certificate show", "connection set", "connection add", "connection remove"]),
            "\(commands)")
    }

    @Test("No step names a command that a block in aprity refuses", arguments: AppKind.allCases)
    func stepsOfBlockedApps(_ kind: AppKind) {
        func steps(_ task: SetupTask, isBlocked: Bool?) -> String {
            let subject = GuidedApp(kind: kind, alias: "acme", username: "i@acme.example", isBlocked: isBlocked)
            return SetupGuide(task, for: subject).steps.joined(separator: "\n")
        }
        #expect(!steps(.block, isBlocked: false).contains("aprity test"))
        #expect(!steps(.unblock, isBlocked: false).contains("aprity unblock"))
        #expect(steps(.unblock, isBlocked: true).contains("\nRun `aprity unblock acme`"))
        #expect(
            steps(.unblock, isBlocked: nil).contains("If the app is blocked in aprity too, run `aprity unblock acme`"))
        #expect(steps(.scopes, isBlocked: false).contains("`aprity test acme --changed`"))
        #expect(!steps(.scopes, isBlocked: true).contains("aprity test"))
        #expect(steps(.scopes, isBlocked: true).contains("then run `aprity unblock acme`"))
    }

    @Test("Steps use the app's name only if it is known", arguments: AppKind.allCases)
    func unknownName(_ kind: AppKind) {
        func text(_ name: String?) -> String {
            let subject = GuidedApp(kind: kind, alias: "acme", username: "i@acme.example", appName: name)
            return SetupTask.allCases.flatMap { SetupGuide($0, for: subject).steps }.joined(separator: "\n")
        }
        #expect(text("Reader").contains("the arrow at the end of Reader's row"))
        #expect(!text("Reader").contains("proposed name"))
        #expect(text(nil).contains("the arrow at the end of the app's row (proposed name: aprity)"))
        #expect(!text(nil).contains("aprity's row"))
    }

    @Test("A guide leaves out steps that are done at another time")
    func stepsLeftOut() {
        let guide = SetupGuide(.rotate, for: GuidedApp(kind: .externalClientApp, alias: "acme", username: "i@acme"))
        #expect(guide.steps(without: .followChange).count == guide.steps.count - 1)
        #expect(guide.steps.last?.contains("`aprity rotate advance acme --wait 3600`") == true)
        #expect(!guide.steps.contains { $0.contains("--changed") })
        #expect(guide.steps(without: .startRotation, .confirmUpload, .followChange).last?.text == "Click Save.")
    }

    @Test("Steps in aprity are not clicks in Salesforce, and each change that spreads ends with waiting")
    func kinds() {
        for (kind, task) in AppKind.allCases.flatMap({ kind in SetupTask.allCases.map { (kind, $0) } }) {
            let subject = GuidedApp(kind: kind, alias: "acme", username: "i@acme.example")
            let steps = SetupGuide(task, for: subject).sequence
            for step in steps where step.kind == .click { #expect(!step.text.contains("`aprity"), "\(step.text)") }
            #expect((steps.last?.kind == .wait(.followChange)) == task.spreads, "\(task)")
            // Setup does not show when a certificate expires.
            #expect(steps.contains(where: \.isInSalesforce) == (task != .expiry), "\(task)")
        }
        let subject = GuidedApp(kind: .connectedApp, alias: "acme", username: "i@acme.example", appName: "Reader")
        #expect(
            SetupGuide(.rotate, for: subject).sequence.map(\.kind) == [
                .command(.startRotation), .command(.downloadNext), .click, .click, .click, .click,
                .command(.confirmUpload), .wait(.followChange),
            ])
    }

    @Test("A table in a terminal has its head, and an empty cell does not shift the other cells")
    func table() {
        let table = ManualBlock.table(head: ["a", "b"], rows: [[[], [.plain("x"), .cause(.refusalUnknown)]]])
        #expect(table.text == "  a  |  b\n  -  |  xrefusalUnknown")
    }

    @Test("The steps to migrate an app give the new connection its own certificate before the old one is removed")
    func migration() throws {
        for reader in [GuideMedium.commandLine, .settingsPage] {
            var subject = GuidedApp(kind: .connectedApp, alias: "acme", username: "i@acme.example")
            subject.reader = reader
            let steps = SetupGuide(.migrate, for: subject).steps
            func position(_ words: String) throws -> Int {
                try #require(steps.firstIndex { $0.contains(words) }, "\(words): \(steps)")
            }
            let isPage = reader == .settingsPage
            let positions = [
                try position("Migrate to External Client App"),
                try position(isPage ? "Set up a connection" : "`aprity connection add NEW"),
                try position("Upload that certificate"),
                try position(isPage ? "Paste the new app's Consumer Key" : "`aprity connection set NEW --consumer-key"),
                try position(isPage ? "Test the new connection" : "`aprity test NEW --changed`"),
                try position("To go back, before the next step"),
                try position(isPage ? "Remove the connection" : "`aprity connection remove acme`"),
            ]
            #expect(positions == positions.sorted(), "\(steps)")
            #expect(positions.last == steps.count - 1)
        }
    }

    @Test("In a rotation, the box for the certificate is ticked already, so no step ticks it")
    func tickedBox() {
        let subject = GuidedApp(kind: .connectedApp, alias: "acme", username: "i@acme.example")
        #expect(!SetupGuide(.rotate, for: subject).steps.contains { $0.contains("Tick Use digital signatures") })
        #expect(SetupGuide(.create, for: subject).steps.contains { $0.contains("Tick Use digital signatures") })
    }

    @Test(
        "Steps name the certificate file as the command line and the page save it", arguments: AppKind.allCases)
    func certificateFiles(_ kind: AppKind) {
        let subject = GuidedApp(
            kind: kind, alias: "acme", username: "i@acme.example",
            certificateSHA256: String(repeating: "0123abcd", count: 8),
            nextCertificateSHA256: String(repeating: "4567cdef", count: 8))
        for task in [SetupTask.create, .certificate] {
            let named = SetupGuide(task, for: subject).steps.filter {
                $0.contains("aprity.crt (from the Settings page: aprity-acme-0123abcd.crt)")
            }
            #expect(named.count == 1, "\(task)")
        }
        let rotation = SetupGuide(.rotate, for: subject).steps
        #expect(rotation.filter { $0.contains("aprity-acme-4567cdef.crt") }.count == 2)
        #expect(!rotation.contains { $0.contains("aprity.crt") || $0.contains("0123abcd") })
    }

    @Test("Each task has steps for both kinds of app, with the names of the app and the user")
    func guides() {
        for kind in AppKind.allCases {
            let subject = GuidedApp(kind: kind, alias: "acme", username: "i@acme.example", appName: "Reader")
            for task in SetupTask.allCases {
                let guide = SetupGuide(task, for: subject)
                #expect(guide.steps.count >= 2, "\(task)")
                for step in guide.steps { #expect(!step.contains("ALIAS") && !step.contains("  "), "\(step)") }
            }
            let text = SetupTask.allCases.flatMap { SetupGuide($0, for: subject).steps }.joined(separator: "\n")
            #expect(text.contains("Reader"))
            #expect(text.contains("i@acme.example"))
            #expect(text.contains("acme"))
        }
    }
}

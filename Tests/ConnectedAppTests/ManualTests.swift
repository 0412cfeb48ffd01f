import Foundation
import Testing

@testable import ConnectedApp

/// The pages of the manual that are made from the table of causes. `APRITY_UPDATE_MANUAL=1` writes them.
@Suite("The manual's pages of causes")
struct ManualTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs/causes")

    @Test("There is a page for each cause and no other, as the table has it")
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

    @Test("The page of the reality check has each question, as the program asks it")
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

    @Test("Each cause says what is seen and what rules out its neighbours, in sentences", arguments: Cause.allCases)
    func findings(_ cause: Cause) {
        let entry = cause.entry
        for text in [entry.seen, entry.against] {
            #expect(text.count >= 5, "\(text)")
            #expect(!text.contains("\n"), "\(text)")
            #expect(!text.contains("  "), "\(text)")
        }
        #expect(entry.command?.text().hasPrefix("aprity ") != false)
        // What Salesforce refuses is mended there, or a command helps: a person is never left alone with words.
        let isOfTheOrg = [Cause.Chapter.refused, .app].contains(entry.chapter)
        let needsNobody: [Cause] = [.organizationInactive, .orgTransient, .orgUnavailable, .grantTypeRefused]
        if isOfTheOrg, !needsNobody.contains(cause) {
            #expect(entry.task != nil || entry.command != nil, "\(cause)")
        }
    }

    @Test("The clicks that pre-authorize name the set for one user, and the other choice with its reach")
    func choiceOfPermissionSets() {
        for kind in AppKind.allCases {
            let subject = SetupSubject(kind: kind, alias: "acme", username: "i@acme.example")
            let steps = SetupGuide(.preauthorize, for: subject).steps
            #expect(steps.first?.contains("Aprity_Integration exists") == true)
            let other = steps.filter { $0.contains("Aprity_Admin") }
            #expect(other.count == 1)
            #expect(other.first?.hasPrefix("Or: Aprity_Admin may be on the app's list") == true)
            #expect(other.first?.hasSuffix(AppPermissionSet.reach("acme")) == true)
        }
    }

    @Test("Steps on the Settings page name a command only where the page has no button", arguments: AppKind.allCases)
    func stepsOnThePage(_ kind: AppKind) {
        var subject = SetupSubject(kind: kind, alias: "acme", username: "i@acme.example")
        subject.reader = .settingsPage
        let commands = SetupTask.allCases.flatMap { SetupGuide($0, for: subject).steps }
            .flatMap { $0.matches(of: #/`aprity ([a-z]+ [a-z]+)/#).map { String($0.1) } }
        #expect(
            Set(commands).isSubset(of: ["certificate show", "connection set", "connection add", "connection remove"]),
            "\(commands)")
    }

    @Test("No step names a command that the block in aprity refuses", arguments: AppKind.allCases)
    func stepsOfBlockedApps(_ kind: AppKind) {
        func steps(_ task: SetupTask, isBlocked: Bool?) -> String {
            let subject = SetupSubject(kind: kind, alias: "acme", username: "i@acme.example", isBlocked: isBlocked)
            return SetupGuide(task, for: subject).steps.joined(separator: "\n")
        }
        #expect(!steps(.block, isBlocked: false).contains("aprity test"))
        #expect(!steps(.unblock, isBlocked: false).contains("aprity unblock"))
        #expect(steps(.unblock, isBlocked: true).contains("In aprity: `aprity unblock acme`"))
        #expect(steps(.unblock, isBlocked: nil).contains("If it is blocked in aprity too: `aprity unblock acme`"))
        #expect(steps(.scopes, isBlocked: false).contains("`aprity test acme --changed`"))
        #expect(!steps(.scopes, isBlocked: true).contains("aprity test"))
        #expect(steps(.scopes, isBlocked: true).contains("then `aprity unblock acme`"))
    }

    @Test("An app whose name is not known is not called as if it were", arguments: AppKind.allCases)
    func unknownName(_ kind: AppKind) {
        func text(_ name: String?) -> String {
            let subject = SetupSubject(kind: kind, alias: "acme", username: "i@acme.example", appName: name)
            return SetupTask.allCases.flatMap { SetupGuide($0, for: subject).steps }.joined(separator: "\n")
        }
        #expect(text("Reader").contains("At the end of Reader's row"))
        #expect(!text("Reader").contains("proposed name"))
        #expect(text(nil).contains("At the end of the app's row (proposed name: aprity)"))
        #expect(!text(nil).contains("aprity's row"))
    }

    @Test("A guide leaves out what is done at another moment")
    func stepsLeftOut() {
        let guide = SetupGuide(.rotate, for: SetupSubject(kind: .externalClientApp, alias: "acme", username: "i@acme"))
        #expect(guide.steps(without: .followChange).count == guide.steps.count - 1)
        #expect(guide.steps(without: .startRotation, .confirmUpload, .followChange).last?.text == "Save")
    }

    @Test("What is done in aprity is no click in Salesforce, and every change ends with waiting for it")
    func kinds() {
        for (kind, task) in AppKind.allCases.flatMap({ kind in SetupTask.allCases.map { (kind, $0) } }) {
            let subject = SetupSubject(kind: kind, alias: "acme", username: "i@acme.example")
            let steps = SetupGuide(task, for: subject).sequence
            for step in steps where step.kind == .click { #expect(!step.text.contains("`aprity"), "\(step.text)") }
            #expect((steps.last?.kind == .wait(.followChange)) == task.spreads, "\(task)")
            #expect(steps.contains { $0.kind == .click || $0.kind == .check })
        }
        let subject = SetupSubject(kind: .connectedApp, alias: "acme", username: "i@acme.example", appName: "Reader")
        #expect(
            SetupGuide(.rotate, for: subject).sequence.map(\.kind) == [
                .command(.startRotation), .command(.downloadNext), .click, .click, .click, .click,
                .command(.confirmUpload), .wait(.followChange),
            ])
    }

    @Test(
        "Clicks name the file that the admin has, from the command line or from the page", arguments: AppKind.allCases)
    func certificateFiles(_ kind: AppKind) {
        let subject = SetupSubject(
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

    @Test("Each task has clicks for both kinds of app, with the app's and the user's own names")
    func guides() {
        for kind in AppKind.allCases {
            let subject = SetupSubject(kind: kind, alias: "acme", username: "i@acme.example", appName: "Reader")
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

import ConnectedAppTesting
import Foundation
import Synchronization
import Testing

@testable import ConnectedApp
@testable import OrgSimulator

/// Pulls that bring a folder up to date, compared with pulls of everything.
@Suite("Pulls of an edited org") struct EditedPullTests {
    /// `make verify` makes more edits.
    private static let seeds = Int(ProcessInfo.processInfo.environment["APRITY_EDITED_ORGS"] ?? "") ?? 4
    private static let rounds = 4

    private struct Pulled {
        let view: PullView
        /// The files without the record.
        let files: [String: Data]
    }

    private static func pull(_ org: OneAppOrg, into target: URL, partLimit: Int = 8_000) async throws -> Pulled {
        var request = PullRequest(target: target.path)
        request.partLimit = partLimit
        let view = try await org.service.metadata.pull(
            of: OneAppOrg.alias, request, as: OneAppOrg.me, progress: { _ in })
        var files: [String: Data] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: target.path) where path != "aprity-pull.json" {
            files[path] = try? Data(contentsOf: target.appending(path: path))
        }
        return Pulled(view: view, files: files)
    }

    private static func names(_ org: OneAppOrg) async throws -> Set<String> {
        let truth = try await org.simulation.metadataTruth(
            ofOrg: "Harbour Bikes", for: "integration@harbour-bikes.example")
        return Set(
            truth.components.flatMap { component in
                component.listedAs.map { "\(component.type) \($0)" }
                    + component.children.map { "\($0.type) \($0.fullName)" }
            })
    }

    @Test("Profiles and permission sets are byte-equal for one, two and seven parts", arguments: 0..<2)
    func parts(_ seed: Int) async throws {
        let source = try EditedSource(Dice(seed: UInt64(seed)))
        defer { source.remove() }
        let org = try await OneAppOrg {
            $0.source = source.folder.path
            $0.metadata.retrieve.permissionSetsArePartial = source.permissionSetsArePartial
            $0.metadata.retrieve.layoutAssignmentsNeedObject = true
        }
        let home = FileManager.default.temporaryDirectory.appending(path: "aprity-pulls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: home) }
        let whole = try await Self.pull(org, into: home.appending(path: "1"))
        #expect(whole.view.retrieves == 1)
        let members = whole.view.listed
        for parts in [2, 7] {
            let split = try await Self.pull(
                org, into: home.appending(path: "\(parts)"), partLimit: (members + parts - 1) / parts)
            #expect(split.view.retrieves > parts)
            let different = Set(split.files.keys).union(whole.files.keys)
                .filter { split.files[$0] != whole.files[$0] }.sorted()
            #expect(different == [], "\(parts) parts")
        }
    }

    @Test("A pull onto a former one writes the same files as a pull of everything", arguments: 0..<seeds)
    func edited(_ seed: Int) async throws {
        let dice = Dice(seed: UInt64(seed))
        let source = try EditedSource(dice)
        defer { source.remove() }
        let org = try await OneAppOrg {
            $0.source = source.folder.path
            $0.metadata.listing.childrenLeaveParentDates = dice.happens(0.5)
            $0.metadata.retrieve.permissionSetsArePartial = source.permissionSetsArePartial
            $0.metadata.retrieve.layoutAssignmentsNeedObject = dice.happens(0.5)
        }
        let home = FileManager.default.temporaryDirectory.appending(path: "aprity-pulls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: home) }
        let target = home.appending(path: "kept")
        var former = try await Self.pull(org, into: target).files
        var before = try await Self.names(org)
        for round in 0..<Self.rounds {
            for _ in 0..<dice.number(below: 9) { source.edit() }
            try source.write()
            org.clock.advance(by: 3_600)
            try await org.simulation.rereadSource(ofOrg: "Harbour Bikes")
            let updated = try await Self.pull(org, into: target)
            let whole = try await Self.pull(org, into: home.appending(path: "whole\(round)"))
            let different = Set(updated.files.keys).union(whole.files.keys)
                .filter { updated.files[$0] != whole.files[$0] }.sorted()
            #expect(different == [], "round \(round): \(updated.view)")
            let now = try await Self.names(org)
            let added = Set(updated.view.added.map { "\($0.type) \($0.fullName)" })
            #expect(added == now.subtracting(before), "round \(round)")
            let removed = Set(updated.view.removed.map { "\($0.type) \($0.fullName)" })
            #expect(removed == before.subtracting(now), "round \(round)")
            before = now
            let changedClasses = updated.files.keys.filter { path in
                path.hasSuffix(".cls") && former[path] != nil && former[path] != updated.files[path]
            }.map { $0.dropFirst("classes/".count).dropLast(".cls".count) }
            let changed = Set(updated.view.changed.filter { $0.type == "ApexClass" }.map { Substring($0.fullName) })
            #expect(changed == Set(changedClasses), "round \(round)")
            former = updated.files
        }
    }

    @Test("Only what has changed is retrieved")
    func onlyChanges() async throws {
        let source = try EditedSource(Dice(seed: 3))
        defer { source.remove() }
        let org = try await OneAppOrg { $0.source = source.folder.path }
        let target = FileManager.default.temporaryDirectory.appending(path: "aprity-pull-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: target) }
        func pull() async throws -> (view: PullView, entries: Int) {
            let entries = Mutex(0)
            let view = try await org.service.metadata.pull(
                of: OneAppOrg.alias, PullRequest(target: target.path, types: ["ApexClass"]), as: OneAppOrg.me
            ) { progress in
                if case .retrieving(_, let count, _) = progress { entries.withLock { $0 += count } }
            }
            return (view, entries.withLock { $0 })
        }
        let first = try await pull()
        #expect(first.entries == first.view.listed)
        #expect(first.entries > 1)
        source.change(class: 0)
        try source.write()
        org.clock.advance(by: 3_600)
        try await org.simulation.rereadSource(ofOrg: "Harbour Bikes")
        let second = try await pull()
        #expect(second.entries == 1)
        #expect(second.view.changed.map(\.fullName) == ["Class0"])
        let third = try await pull()
        #expect(third.entries == 0)
        #expect(third.view.changed.isEmpty)
        #expect(third.view.since != nil)
    }

    /// An org from which a class was removed an hour after a pull into the target.
    private static func afterRemoval(_ check: (_ org: OneAppOrg, _ target: URL) async throws -> Void) async throws {
        let source = try EditedSource(Dice(seed: 4))
        defer { source.remove() }
        let org = try await OneAppOrg { $0.source = source.folder.path }
        let target = FileManager.default.temporaryDirectory.appending(path: "aprity-pull-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: target) }
        _ = try await pull(org, into: target)
        source.remove(class: 0)
        try source.write()
        org.clock.advance(by: 3_600)
        try await org.simulation.rereadSource(ofOrg: "Harbour Bikes")
        try await check(org, target)
    }

    @Test("A removed class is named with who removed it and when, if the user can read the Setup Audit Trail")
    func remover() async throws {
        try await Self.afterRemoval { org, target in
            let removal = org.clock.now
            let changes = try await org.service.metadata.changes(
                of: OneAppOrg.alias, since: .folder(target.path), as: OneAppOrg.me, progress: { _ in })
            let view = try await Self.pull(org, into: target).view
            #expect(view.removed.map(\.fullName) == ["Class0"])
            #expect(view.removed.first?.lastModifiedBy == "Ada Moore")
            #expect(
                view.removed.first?.lastModifiedDate.flatMap { try? Moment.parse($0) }
                    == removal)
            #expect(changes.removed == view.removed)
            #expect(view.notes == [])
        }
    }

    @Test("Who removed a class is not known if the user cannot read the Setup Audit Trail, and the pull says so")
    func unknownRemover() async throws {
        try await Self.afterRemoval { org, target in
            let state = """
                {"orgs": [{"name": "Harbour Bikes",
                  "permissionSets": [{"name": "Aprity_Integration", "userPermissions": ["ApiEnabled", "ModifyMetadata"]}],
                  "profiles": [{"name": "Standard User", "userPermissions": ["ApiEnabled"]}]}]}
                """
            try await org.simulation.save(try JSONValue(parsing: Array(state.utf8)))
            let view = try await Self.pull(org, into: target).view
            #expect(view.removed.map(\.fullName) == ["Class0"])
            #expect(view.removed.first?.lastModifiedBy == nil)
            #expect(view.notes.first?.hasPrefix("Who removed components is not known") == true)
        }
    }

    @Test("A change of a bot's version is found, although no org lists versions and the bot keeps its date")
    func botVersion() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "aprity-source-\(UUID().uuidString)")
        let target = FileManager.default.temporaryDirectory.appending(path: "aprity-pull-\(UUID().uuidString)")
        defer { for url in [folder, target] { try? FileManager.default.removeItem(at: url) } }
        func write(_ text: String) throws {
            let bot = folder.appending(path: "bots/Helper")
            try FileManager.default.createDirectory(at: bot, withIntermediateDirectories: true)
            let namespace = #"xmlns="http://soap.sforce.com/2006/04/metadata""#
            try Data("<Bot \(namespace)><label>Helper</label></Bot>".utf8)
                .write(to: bot.appending(path: "Helper.bot-meta.xml"))
            try Data(
                "<BotVersion \(namespace)><fullName>v1</fullName><description>\(text)</description></BotVersion>".utf8
            )
            .write(to: bot.appending(path: "v1.botVersion-meta.xml"))
        }
        try write("first")
        let org = try await OneAppOrg {
            $0.source = folder.path
            $0.metadata.listing.childrenLeaveParentDates = true
        }
        let first = try await Self.pull(org, into: target)
        let file = try #require(first.files["bots/Helper.bot"])
        #expect(String(decoding: file, as: UTF8.self).contains("first"))
        try write("second")
        org.clock.advance(by: 3_600)
        try await org.simulation.rereadSource(ofOrg: "Harbour Bikes")
        let second = try await Self.pull(org, into: target)
        #expect(second.files["bots/Helper.bot"].map { String(decoding: $0, as: UTF8.self).contains("second") } == true)
        #expect(second.view.changed.map(\.fullName) == ["Helper"])
        let third = try await Self.pull(org, into: target)
        #expect(third.view.changed == [])
    }

    @Test("If the fields cannot be listed, every object is retrieved")
    func unlistedParts() async throws {
        let source = try EditedSource(Dice(seed: 4))
        defer { source.remove() }
        source.change(object: 0)
        try source.write()
        let org = try await OneAppOrg { $0.source = source.folder.path }
        let target = FileManager.default.temporaryDirectory.appending(path: "aprity-pull-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: target) }
        let first = try await Self.pull(org, into: target)
        source.change(object: 0)
        try source.write()
        org.clock.advance(by: 3_600)
        try await org.simulation.rereadSource(ofOrg: "Harbour Bikes")
        let state =
            #"{"orgs": [{"name": "Harbour Bikes", "metadata": {"listing": {"faults": [{"type": "CustomField"}]}}}]}"#
        try await org.simulation.save(try JSONValue(parsing: Array(state.utf8)))
        let second = try await Self.pull(org, into: target)
        let path = "objects/Thing0__c.object"
        #expect(first.files[path] != nil)
        #expect(second.files[path] != nil)
        #expect(second.files[path] != first.files[path])
        #expect(second.view.leftOut.isEmpty)
        #expect(second.view.removed.isEmpty)
    }

    @Test(
        "A component that cannot be retrieved is named by each pull, and tried again when it has changed, or in a week")
    func remembered() async throws {
        let source = try EditedSource(Dice(seed: 5))
        defer { source.remove() }
        let org = try await OneAppOrg {
            $0.source = source.folder.path
            $0.metadata.retrieve.rotten = [RottenComponent("ApexClass", "Class0", .unknownException, count: nil)]
        }
        let target = FileManager.default.temporaryDirectory.appending(path: "aprity-pull-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: target) }
        let first = try await Self.pull(org, into: target).view
        #expect(first.retrieves > 2)
        let row = try #require(first.leftOut.first)
        #expect(row.fullName == "Class0")
        #expect(row.code == "retrieveFailed")
        #expect(row.fingerprint != nil)
        #expect(first.newlyLeftOut == 1)
        let second = try await Self.pull(org, into: target).view
        #expect(second.leftOut == first.leftOut)
        #expect(second.newlyLeftOut == 0)
        let usual = second.retrieves
        org.clock.advance(by: 8 * 86_400)
        let third = try await Self.pull(org, into: target).view
        #expect(third.retrieves == usual + 1)
        #expect(third.leftOut.map(\.fullName) == ["Class0"])
        let state = #"{"orgs": [{"name": "Harbour Bikes", "metadata": {"retrieve": {"rotten": []}}}]}"#
        try await org.simulation.save(try JSONValue(parsing: Array(state.utf8)))
        org.clock.advance(by: 8 * 86_400)
        let last = try await Self.pull(org, into: target)
        #expect(last.view.leftOut.isEmpty)
        #expect(last.files["classes/Class0.cls"] != nil)
    }
}

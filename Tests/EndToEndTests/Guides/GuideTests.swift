internal import Foundation
internal import Testing

/// The documentation works as it is written.
@Suite("The commands of the guides")
struct GuideTests {
    /// The languages that a fence may have: commands, output of programs, and contents of files.
    private static let languages: Set = ["sh", "text", "json", "yaml", "ini"]

    @Test("Every fenced block names its language")
    func languages() throws {
        for page in try GuidePage.all() {
            for block in page.blocks where !Self.languages.contains(block.language) {
                Issue.record("\(page.path):\(block.line): The fence names \"\(block.language)\".")
            }
        }
    }

    @Test("Every page with commands has a plan, and every plan and every excluded block still exists")
    func plans() throws {
        let pages = try GuidePage.all()
        for page in pages where page.blocks.contains(where: \.isShell) {
            #expect(GuidePlan.all.count { $0.page == page.path } == 1, "\(page.path) has to have one plan")
        }
        func occurrences(_ firstLine: String, _ path: String) -> Int {
            pages.first { $0.path == path }?.blocks.count { $0.firstLine == firstLine } ?? 0
        }
        for plan in GuidePlan.all {
            for line in plan.blocks.keys { #expect(occurrences(line, plan.page) == 1, "\(plan.page): \(line)") }
        }
        for block in UnrunBlock.all {
            #expect(occurrences(block.firstLine, block.page) == 1, "\(block.page): \(block.firstLine)")
        }
    }

    @Test("Every command block of every guide that is not excluded works as written")
    func commands() async throws {
        try #require(geteuid() == 0, "The pages run on machines of their own, in namespaces, which only root can make.")
        let python = try await ForeignProgram.python()
        let machines = try GuidePlan.all.map {
            GuideMachine(page: try GuidePage($0.page), plan: $0, python: python)
        }
        // Two at a time, the longest first.
        var left = machines.sorted { $0.steps.count > $1.steps.count }[...]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                if let machine = left.popFirst() { group.addTask { try await Self.check(machine) } }
            }
            while try await group.next() != nil {
                if let machine = left.popFirst() { group.addTask { try await Self.check(machine) } }
            }
        }
    }

    private static func check(_ machine: GuideMachine) async throws {
        let outcomes = try await machine.run()
        for outcome in outcomes {
            #expect(outcome.status == 0, "\(machine.page.path):\(outcome.line): \(outcome.output)")
        }
        let hasFailed = outcomes.contains { $0.status != 0 }
        #expect(hasFailed || outcomes.count == machine.steps.count, "\(machine.page.path)")
    }

    @Test("The page about the service and the image install the packages that the build links with")
    func packages() throws {
        let needs = try String(contentsOfFile: ManagedOrg.packageFolder + "/scripts/needs.sh", encoding: .utf8)
        let list = try #require(needs.firstMatch(of: /BUILD_PACKAGES=\(([^)]*)\)/)?.output.1)
        let image = try String(
            contentsOfFile: ManagedOrg.packageFolder + "/Examples/kubernetes/Containerfile", encoding: .utf8)
        for text in [UnrunBlock.packages, image] {
            let installed = Set(text.split(whereSeparator: \.isWhitespace))
            #expect(Set(list.split(separator: " ")).subtracting(installed) == [])
        }
    }
}

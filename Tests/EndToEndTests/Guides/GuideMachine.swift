internal import Foundation
internal import Subprocess
internal import SystemPackage

/// Runs the blocks of a page with `Tests/Tools/guides/page.sh`, in namespaces of its own (needs root).
struct GuideMachine {
    /// The result of one block.
    struct Outcome: Sendable {
        let line: Int
        let status: Int32
        let output: String
    }

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    let page: GuidePage
    let plan: GuidePlan
    let python: String

    /// The blocks to run, with their plans.
    var steps: [(block: GuidePage.Block, plan: BlockPlan)] {
        page.blocks.compactMap { block in
            let isUnrun = UnrunBlock.all.contains { $0.page == page.path && $0.firstLine == block.firstLine }
            guard !isUnrun else { return nil }
            return (plan.blocks[block.firstLine] ?? (block.isShell ? BlockPlan() : nil)).map { (block, $0) }
        }
    }

    /// Runs the blocks in the page's order, until one fails.
    func run() async throws -> [Outcome] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "aprity-guide-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try writeInput(folder)
        let result = try await Subprocess.run(
            .name("timeout"),
            arguments: [
                "--kill-after=5", "180", "unshare", "--mount", "--net", "--pid", "--fork", "--kill-child",
                ForeignProgram.tools + "/guides/page.sh", folder,
            ],
            environment: .inherit.updating(["APRITY": AprityProcess.binary, "PYTHON": python]),
            output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
        guard result.terminationStatus.isSuccess else {
            throw Failed(description: "\(page.path): its namespaces could not be set up: \(result.standardError)")
        }
        return try outcomes(folder)
    }

    private func writeInput(_ folder: String) throws {
        func write(_ text: String, _ name: String) throws {
            try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
        }
        try write(plan.before.map { $0.command + "\n" }.joined(), "prepare")
        try write(plan.statuses.map { "\($0.status)\t\($0.words)\n" }.joined(), "statuses")
        for (number, step) in steps.enumerated() {
            let name = Self.name(number)
            try write(filledIn(step.plan.shell(step.block)), name + ".block")
            if let before = step.plan.before { try write(before + "\n", name + ".before") }
            if step.plan.serversStay { try write("SERVERS=stay\n", name + ".environment") }
        }
    }

    private func filledIn(_ text: String) -> String {
        (GuidePlan.commonPlaceholders + plan.placeholders).reduce(text) { $0.replacing($1.text, with: $1.value) }
    }

    private func outcomes(_ folder: String) throws -> [Outcome] {
        let results = try String(contentsOfFile: folder + "/results", encoding: .utf8).split(separator: "\n")
        return try zip(steps.indices, results).map { number, result in
            let output = try Data(contentsOf: URL(filePath: "\(folder)/\(Self.name(number)).output"))
            return Outcome(
                line: steps[number].block.line, status: Int32(result.split(separator: "\t").last ?? "") ?? -1,
                output: String(decoding: output, as: UTF8.self))
        }
    }

    private static func name(_ number: Int) -> String { String(format: "%03d", number) }
}

internal import Foundation
internal import Testing

/// axe-core, which finds faults of accessibility in the page of a browser (from the package axe-playwright-python).
struct AxeCore: Sendable {
    private let source: String

    /// Reads the script from the tests' Python environment. Throws if it is missing, because the test must not pass then.
    init() async throws {
        let python = try #require(ProcessInfo.processInfo.environment["APRITY_TEST_PYTHON"])
        let root = URL(filePath: python).deletingLastPathComponent().deletingLastPathComponent().appending(path: "lib")
        let versions = try FileManager.default.contentsOfDirectory(atPath: root.path())
        let version = try #require(versions.first { $0.hasPrefix("python3") })
        source = try String(
            contentsOf: root.appending(path: "\(version)/site-packages/axe_playwright_python/axe.min.js"),
            encoding: .utf8)
    }

    /// Returns the violations in the present page, targets smaller than 24 pixels included, as `rule: selector, selector`.
    func violations(in browser: Browser) async throws -> [String] {
        try await browser.run(source + "; return true")
        let found = try await browser.runUntilCalled(
            """
            const done = arguments[arguments.length - 1]
            axe.run(document, {resultTypes: ['violations'], rules: {'target-size': {enabled: true}}}).then(
              result => done(result.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(', '))),
              error => done(['axe failed: ' + error]))
            """)
        return try #require(found as? [String])
    }
}

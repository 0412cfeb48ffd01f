internal import Foundation
internal import Testing

/// Every page of the Settings page, in the states in which an admin meets it, in both themes and on a phone.
@Suite("Accessibility of the Settings page")
struct AccessibilityTests {
    /// The pages below a connection's.
    private static let ofConnection = [
        "", "/set-up", "/settings", "/certificate-import", "/bundle", "/removal", "/rotation", "/compromise", "/guide",
        "/app",
    ]

    @Test("axe-core finds no violation on any page, and no page scrolls sideways on a phone")
    func pages() async throws {
        let aprity = try AprityProcess()
        let axe = try await AxeCore()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.serving(["serve", "--port", "0"]) { serve in
                try await Browser.run(home: aprity.home) { browser in
                    let judge = PageJudge(browser: browser, axe: axe, url: serve.url)
                    try await judge.expectNoViolation(on: ["/sign-in"])
                    let token = try String(contentsOfFile: try #require(serve.startTokenFile), encoding: .utf8)
                    try await browser.open(serve.url + "/sign-in")
                    try await browser.type("wrong", into: "#start-token")
                    try await browser.leave(by: "main button")
                    try await judge.expectNoViolationHere("wrong-token")
                    try await browser.type(token.trimmingCharacters(in: .newlines), into: "#start-token")
                    try await browser.leave(by: "main button")
                    try await judge.expectNoViolation(on: [
                        "/connections", "/add-connection", "/audit", "/causes", "/account", "/users", "/api-tokens",
                        "/remaining-keys",
                    ])

                    try await addConnection(aprity, org)
                    try await judge.expectNoViolation(on: Self.ofConnection.map { "/connections/acme" + $0 })
                    try await KeyboardWalk(browser).expectToReachEverything(at: serve.url + "/connections/acme")
                    try await browser.open(serve.url + "/add-connection")
                    try await browser.type(org.url, into: "#org-field")
                    try await browser.leave(by: "#org-form button")
                    try await judge.expectNoViolationHere("add-connection-details")
                    try await browser.type("acme", into: "#alias")
                    try await browser.type("x@y.example", into: "#username")
                    try await browser.leave(by: "#connection-form button")
                    try await judge.expectNoViolationHere("add-connection-refused")
                    try await browser.open(serve.url + "/connections/acme")
                    try await browser.leave(by: ".title button")
                    _ = try await browser.find("#verdict h2")
                    try await judge.expectNoViolationHere("test-ended")
                    try await aprity.succeed(["block", "acme", "--reason", "drill"])
                    try await judge.expectNoViolation(on: ["/connections/acme", "/connections", "/audit", "/nowhere"])
                }
            }
        }
    }

    private func addConnection(_ aprity: AprityProcess, _ org: ManagedOrg) async throws {
        try await aprity.succeed([
            "connection", "add", "acme", "--login-host", org.url, "--username", ManagedOrg.integrationUser,
        ])
        let certificate = aprity.home + "/uploaded.crt"
        try await aprity.succeed(["certificate", "download", "acme", "--out", certificate])
        let key = try await org.makeApp(certificatePEM: String(contentsOfFile: certificate, encoding: .utf8))
        try await aprity.succeed(["connection", "set", "acme", "--consumer-key", key])
    }
}

/// Judges pages in both themes and at the width of a phone, and saves their pictures on request.
private struct PageJudge {
    let browser: Browser
    let axe: AxeCore
    let url: String

    func expectNoViolation(on paths: [String]) async throws {
        for path in paths {
            try await browser.open(url + path)
            try await expectNoViolationHere(path.replacing("/", with: "-"))
        }
    }

    func expectNoViolationHere(_ name: String) async throws {
        for (width, scheme) in [(1100, Browser.Scheme.light), (1100, .dark), (400, .light)] {
            try await browser.show(width: width, scheme: scheme)
            let violations = try await axe.violations(in: browser)
            #expect(violations == [], "\(name), \(width), \(scheme)")
            let bytes = try await browser.run("return performance.getEntriesByType('navigation')[0].decodedBodySize")
            #expect(try #require(bytes as? Int) < 150_000, "\(name)")
            if width == 400 { #expect(!(try await browser.scrollsSideways), "\(name)") }
            try await saveScreenshot("\(name)-\(width)-\(scheme)")
        }
    }

    private func saveScreenshot(_ name: String) async throws { try await browser.saveScreenshot("page-\(name)") }
}

/// Walks through a page with the Tab key.
private struct KeyboardWalk {
    /// What has the focus.
    private struct Stop: Decodable {
        /// The position among the page's links, buttons and fields; -1 for anything else.
        let index: Int
        let text: String
        /// Whether an outline of at least two pixels shows the focus.
        let isMarked: Bool
        /// Whether a part of it is in the window.
        let isVisible: Bool
    }

    private static let targets = "a[href], button, input:not([type=hidden]), select, textarea, summary"

    let browser: Browser

    init(_ browser: Browser) { self.browser = browser }

    /// Expects that the Tab key reaches every link, button and field that is shown, in the order of the page, and that each
    /// one is visible and marked while it has the focus.
    func expectToReachEverything(at url: String) async throws {
        try await browser.show(width: 1100)
        try await browser.open(url)
        let shown = try await browser.run(
            """
            return [...document.querySelectorAll(arguments[0])].map((target, index) => [target, index])
              .filter(([target]) => target.checkVisibility() && !target.disabled).map(([target, index]) => index)
            """, Self.targets)
        let expected = try #require(shown as? [Int])
        var reached: [Int] = []
        for _ in expected {
            try await browser.pressTab()
            let stop = try await present()
            reached.append(stop.index)
            #expect(stop.isVisible, "\(stop.text)")
            #expect(stop.isMarked, "\(stop.text)")
        }
        #expect(reached == expected)
    }

    private func present() async throws -> Stop {
        let found = try await browser.run(
            """
            const target = document.activeElement, style = getComputedStyle(target), box = target.getBoundingClientRect()
            return JSON.stringify({
              index: [...document.querySelectorAll(arguments[0])].indexOf(target),
              text: target.innerText || target.name || target.tagName,
              isMarked: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
              isVisible: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth
            })
            """, Self.targets)
        return try JSONDecoder().decode(Stop.self, from: Data(try #require(found as? String).utf8))
    }
}

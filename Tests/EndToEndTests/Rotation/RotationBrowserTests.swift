internal import ConnectedAppTesting
internal import Foundation
internal import Testing

/// A complete rotation with clicks, on the page *Certificate rotation* and in the embedded org's Setup.
@Suite("A complete rotation in a browser")
struct RotationBrowserTests {
    @Test(
        "The page leads from one key to the next, and no call fails",
        arguments: TestExtent.cases(RotationCase.all, sample: [0, 3]))
    func whole(_ rotation: RotationCase) async throws {
        try await RotationStage.running(rotation.kind) { stage in
            try await Browser.run(home: stage.aprity.home) { browser in
                try await browser.show(width: 1100)
                try await RotationWalk(rotation: rotation, stage: stage, browser: browser).walk()
                let complaints = try await browser.complaints
                #expect(complaints == [])
            }
        }
    }
}

private struct RotationWalk {
    let rotation: RotationCase
    let stage: RotationStage
    let browser: Browser

    private var setup: SetupWalk { SetupWalk(browser: browser, org: stage.org) }
    private var second: SecondAppWalk { SecondAppWalk(walk: setup, kind: rotation.kind) }

    func walk() async throws {
        try await signIn()
        try await browser.open(stage.serve.url + "/connections/bikes")
        try await browser.follow("Certificate rotation")
        try await expect("One key", "steady")

        if rotation.inSecondApp {
            try await browser.click("#mode option[value=second-app]")
            try await browser.click("#kind option[value=\(rotation.kind.rawValue)]")
        }
        try await browser.leave(by: "#begin-form button")
        try await expect("Next certificate ready", "prepared")
        let next = try #require(try await stage.status().other)

        try await reportUpload()
        try await expect("Uploaded, not seen yet", "publishing")
        _ = try await stage.pass(until: "proving", by: 20)
        for _ in 0..<8 { try await stage.pass(seconds: 40) }
        try await expect("Being proven", "proving")
        #expect(try await browser.text("#evidence").hasPrefix("The key to keep was accepted "))
        try await savePicture()

        _ = try await stage.pass(until: "retiring", by: 40)
        try await expect("In force; former key kept", "retiring")
        #expect(try await stage.status().active == next)
        try await checkNarrowPage()

        if rotation.inSecondApp { try await second.deleteFirst() }
        for _ in 0..<6 { try await stage.pass(seconds: 14_500) }
        _ = try await stage.pass(until: "steady", by: 6)
        // The admin's own session has expired in the meantime.
        try await signIn()
        try await expect("One key", "steady")
        #expect(try await browser.count("#begin-form") == 1)
        let last = try await stage.status()
        #expect(last.active == next)
        #expect(last.other == nil)
        #expect(try await stage.count("keyDestroyed") == 1)
    }

    private func signIn() async throws {
        try await browser.open(stage.serve.url)
        try await browser.type(stage.startToken, into: "#start-token")
        try await browser.leave(by: "main button")
        #expect(try await browser.shows("Connections", in: "h1"))
    }

    private func openPage() async throws {
        try await browser.open(stage.serve.url + "/connections/bikes/rotation")
    }

    /// Checks that the page and `rotate status` show this state.
    private func expect(_ station: String, _ state: String) async throws {
        try await openPage()
        #expect(try await browser.text("[aria-current=step]") == station)
        #expect(try await stage.status().state == state)
    }

    /// Downloads the next certificate, saves it in Setup as the page says, and reports it.
    private func reportUpload() async throws {
        try await browser.click("#download-next")
        let next = try #require(try await stage.status().other)
        let name = "aprity-bikes-\(next.prefix(8)).crt"
        let file = browser.downloads + "/" + name
        for _ in 0..<2_000 where !FileManager.default.fileExists(atPath: file) { _ = try await browser.url }
        if rotation.inSecondApp {
            let key = try await second.make(certificate: file)
            try await openPage()
            try await browser.type(key, into: "#second-key")
        } else {
            let view = try await stage.aprity.run("rotate", "status", "bikes", "--json").json()
            let clicks = try #require(view["toDo"] as? [String])
            #expect(clicks.contains { $0.contains("Upload \(name)") || $0.contains("choose \(name)") })
            let saves = try await ClickReader(walk: setup, certificate: file).carryOut(clicks)
            #expect(saves == 1)
            try await openPage()
        }
        try await browser.leave(by: "#uploaded-form button")
    }

    private func checkNarrowPage() async throws {
        try await browser.show(width: 400)
        #expect(!(try await browser.scrollsSideways))
        try await browser.show(width: 1100)
    }

    /// Saves the guide's picture, only on request, because each Chromium draws slightly differently.
    private func savePicture() async throws {
        guard ProcessInfo.processInfo.environment["APRITY_UPDATE_SCREENSHOTS"] == "1",
            rotation.kind == .externalClientApp, !rotation.inSecondApp
        else { return }
        let file = URL(filePath: ManagedOrg.packageFolder).appending(path: "docs/images/certificate-rotation.png")
        try await browser.screenshot().write(to: file)
    }
}

import Foundation
import Testing

/// Pulls that `aprity serve` makes by itself, for the admin and for the engineer.
@Suite("Pulls of a server", .serialized) struct ServedPullTests {
    private func signIn(_ browser: Browser, _ serve: AprityProcess.Ready) async throws {
        try await browser.open(serve.url)
        let file = try #require(serve.startTokenFile)
        let token = try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .newlines)
        try await browser.type(token, into: "#start-token")
        try await browser.leave(by: "main button")
    }

    @Test("An admin schedules pulls and pulls at once; the page shows what was found, and the command line too")
    func page() async throws {
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            try await aprity.succeed(["test", "bikes"])
            try await aprity.serving(["serve", "--port", "0"]) { serve in
                try await Browser.run(home: aprity.home) { browser in
                    try await browser.show(width: 1100)
                    try await signIn(browser, serve)
                    try await browser.open(serve.url + "/connections/bikes")
                    try await browser.leave(by: "#metadata-page")
                    #expect(try await browser.text("#pull-state") == "Not pulled yet")
                    try await browser.saveScreenshot("metadata-fresh-1100-light")
                    try await browser.click("#every option[value='1d']")
                    try await browser.leave(by: "#schedule-form button")
                    #expect(try await browser.text("#every option:checked") == "every day")
                    try await browser.leave(by: "#start-form button")
                    // The page follows the pull by itself.
                    #expect(try await browser.shows("Pulled", in: "#pull-state"))
                    #expect(try await browser.text("[aria-labelledby=found]").contains("Nothing was left out."))
                    for scheme in Browser.Scheme.allCases {
                        try await browser.show(width: 400, scheme: scheme)
                        #expect(!(try await browser.scrollsSideways))
                        try await browser.saveScreenshot("metadata-pulled-400-\(scheme)")
                    }
                    try await browser.show(width: 1100)
                    try await browser.saveScreenshot("metadata-pulled-1100-light")
                    let complaints = try await browser.complaints
                    #expect(complaints == [])
                }
                let status = try await aprity.run("metadata", "status", "bikes", "--json").json()
                #expect(status["state"] as? String == "scheduled")
                #expect(status["everySeconds"] as? Int == 86_400)
                let folder = try #require(status["folder"] as? String)
                try await aprity.succeed(["metadata", "pull", "bikes", "--out", "mine"])
                let mine = try FileManager.default.subpathsOfDirectory(atPath: aprity.path("mine"))
                #expect(try FileManager.default.subpathsOfDirectory(atPath: folder) == mine)
                try await aprity.succeed(["connection", "set", "bikes", "--pull-every", "off"])
                let lines = try await aprity.run("metadata", "status", "bikes").stdout
                #expect(lines.contains("Pulls every:     off"), "\(lines)")
                #expect(try await aprity.run("connection", "set", "bikes", "--pull-every", "5m").status == 64)
            }
        }
    }
}

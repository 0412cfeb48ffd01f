import ConnectedAppTesting
import Foundation
import HTTPTypes
import Testing

@testable import ConnectedApp
@testable import ConnectedAppServer

@Suite("Diagnosis in the API and on the pages")
struct DiagnosisTests {
    private static func client(
        refusing words: (String, String)? = nil, _ body: @Sendable (SettingsClient) async throws -> Void
    ) async throws {
        let time = TestTime()
        var org = ScriptedOrg(now: { time.now })
        if let words { org = org.refusing(words.0, words.1) }
        try await SettingsClient.run(time: time, transport: org.transport) { client in
            try await client.addConnection()
            try await client.signIn()
            try await body(client)
        }
    }

    // MARK: The API

    @Test("The steps of each task fit the app's kind; an unknown task is rejected")
    func guides() async throws {
        try await Self.client { client in
            for task in SetupTask.allCases where task != .migrate {
                let view = try await client.api(.get, "/connections/acme/guides/\(task.rawValue)").json(GuideView.self)
                #expect(view.task == task)
                #expect(view.steps.count > 1)
                #expect(!view.isConfirmedOnRealOrg)
            }
            #expect(try await client.api(.get, "/connections/acme/guides/dance").status == 400)
            // For Connected Apps only.
            #expect(try await client.api(.get, "/connections/acme/guides/migrate").status == 400)
            #expect(try await client.api(.get, "/connections/nobody/guides/scopes").status == 404)
        }
    }

    @Test("An app whose settings the org does not show is unknown, not approved")
    func appCheck() async throws {
        try await Self.client { client in
            let view = try await client.api(.post, "/connections/acme/app/check", json: "{}").json(AppCheckView.self)
            // This org shows only the token's scopes.
            #expect(view.settings.filter { $0.outcome == .same }.map(\.setting) == [.scopes])
            #expect(view.reach.users == nil)
            #expect(view.reach.because?.isEmpty == false)
            #expect(try await client.api(.post, "/connections/acme/app/check", json: #"{"accept":true}"#).status == 400)
        }
    }

    @Test("A bundle has the files' texts by path, and needs an email address")
    func bundle() async throws {
        try await Self.client { client in
            let view = try await client.api(
                .post, "/connections/acme/app/bundle", json: #"{"contactEmail":"a@acme.example"}"#
            ).json(BundleView.self)
            #expect(view.files["manifest/package.xml"]?.contains("ExternalClientApplication") == true)
            #expect(try await client.api(.post, "/connections/acme/app/bundle", json: "{}").status == 400)
            let wide = try await client.api(
                .post, "/connections/acme/app/bundle",
                json: #"{"contactEmail":"a@acme.example","allowedSets":["Aprity_Admin"]}"#
            ).json(BundleView.self)
            #expect(wide.warnings.first?.contains("Aprity_Admin") == true)
        }
    }

    @Test("A recorded change is followed in the background, and its progress can be read")
    func change() async throws {
        try await Self.client(refusing: ("invalid_client", "invalid client credentials")) { client in
            #expect(try await client.api(.get, "/connections/acme/change").status != 200)
            let accepted = try await client.api(.post, "/connections/acme/change", json: #"{"isNewApp":true}"#)
            #expect(accepted.status == 202)
            #expect(accepted.headers[.location] == "/api/v1/connections/acme/change")
            let view = try await client.api(.get, "/connections/acme/change").json(ChangeWatchView.self)
            #expect(view.isNewApp)
            #expect(view.outcome == .waiting)
            #expect(view.signInBudget == 20)
        }
    }

    @Test("A report masks names unless they are requested")
    func report() async throws {
        try await Self.client { client in
            let masked = try await client.api(.post, "/connections/acme/report", json: "{}")
            #expect(masked.status == 200)
            #expect(!masked.text.contains("integration@acme.example"))
            let view = try await client.api(.post, "/connections/acme/report", json: #"{"showNames":true}"#)
                .json(ReportView.self)
            #expect(!view.isMasked)
            #expect(view.claims?.sub == "integration@acme.example")

            try await client.signIn()
            let form = ["formToken": try await client.formToken()]
            let page = try await client.post("/connections/acme/report", form)
            #expect(page.status == 200)
            #expect(!page.text.contains("integration@acme.example"))
            let named = try await client.post("/connections/acme/report", form.merging(["showNames": "yes"]) { $1 })
            #expect(named.text.contains("integration@acme.example"))
        }
    }

    @Test("An assertion is inspected without a connection, and is never quoted")
    func assertion() async throws {
        try await Self.client { client in
            let reply = try await client.api(
                .post, "/assertions/inspect", json: #"{"assertion":"e30.e30.SIGNATURE_OF_SOMEBODY"}"#)
            #expect(reply.status == 200)
            #expect(!reply.text.contains("SIGNATURE_OF_SOMEBODY"))
            let isSound = try reply.json(AssertionView.self).isSound
            #expect(!isSound)
        }
    }

    @Test("A connection can be pinned only to the org that answers")
    func repin() async throws {
        try await Self.client { client in
            #expect(
                try await client.api(
                    .post, "/connections/acme/repin", json: #"{"organizationID":"00D000000000062EAA"}"#
                ).status == 400)
            _ = try await client.startTest()
            let other = try await client.api(
                .post, "/connections/acme/repin", json: #"{"organizationID":"00D000000000062EAA"}"#)
            #expect(other.text.contains("organizationChanged"))
        }
    }

    // MARK: The pages

    @Test("The page Clicks in Setup has every task of the app's kind, and opens the requested one")
    func guidePage() async throws {
        try await Self.client { client in
            let page = try await client.get("/connections/acme/guide?task=scopes").text
            for task in SetupTask.allCases {
                #expect(page.contains("id=\"task-\(task.rawValue)\"") == (task != .migrate), "\(task)")
            }
            #expect(page.contains("id=\"task-scopes\" open"))
            // The page has a button for it.
            #expect(page.contains("Click Download certificate on this connection"))
            #expect(!page.contains("aprity certificate download acme</code> and"))
        }
    }

    @Test("The app's page reads the app on request, shows what is unknown, and approves it")
    func appPage() async throws {
        try await Self.client { client in
            let before = try await client.get("/connections/acme/app").text
            #expect(before.contains("Read the app now"))
            #expect(!before.contains("id=\"verdict\""))
            let token = try await client.formToken()
            let after = try await client.post("/connections/acme/app", ["formToken": token]).text
            #expect(after.contains("id=\"verdict\""))
            #expect(after.contains("unknown</span>"))
            #expect(after.contains("id=\"reach\""))
            let accepted = try await client.post("/connections/acme/app", ["formToken": token, "approve": "yes"]).text
            #expect(accepted.contains("Approved"))
        }
    }

    @Test("The page of a change shows the next sign-in, reloads itself and shows how many sign-ins were used")
    func changePage() async throws {
        try await Self.client(refusing: ("invalid_client", "invalid client credentials")) { client in
            let token = try await client.formToken()
            let told = try await client.post("/connections/acme/change", ["formToken": token])
            #expect(told.headers[.location] == "/connections/acme/change")
            let page = try await client.get("/connections/acme/change").text
            #expect(page.contains("Salesforce may still be spreading the change."))
            #expect(page.contains("http-equiv=\"refresh\""))
            #expect(page.contains("of 20 sign-ins"))
        }
    }

    @Test("A change that did not help shows why the org refuses, what to do and where")
    func overdueChange() async throws {
        try await Self.client(refusing: ("invalid_client", "invalid client credentials")) { client in
            let (world, me) = (client.world, Principal(.commandLine, name: "tester"))
            _ = try await world.service.diagnosis.reportChange(of: "acme", isNewApp: false, as: me)
            let mover = Task {
                while !Task.isCancelled {
                    await world.time.sleepers(atLeast: 1)
                    world.time.advance(by: .seconds(30))
                }
            }
            defer { mover.cancel() }
            #expect(try await world.service.diagnosis.followChange(of: "acme", as: me).outcome == .fails)
            let page = try await client.get("/connections/acme/change").text
            #expect(page.contains("The last refusal: "))
            #expect(page.contains("<a href=\"/causes/signatureRefused\">"))
            #expect(page.contains("What to do:"))
            #expect(page.contains("In Salesforce:"))
        }
    }

    @Test("A test leads back to the set-up until a sign-in has succeeded")
    func backToSetUp() async throws {
        try await Self.client(refusing: ("invalid_client", "invalid client credentials")) { client in
            let page = try await client.get(client.startTest()).text
            #expect(page.contains("href=\"/connections/acme/set-up\">Set-up</a>"))
        }
        try await Self.client { client in
            let page = try await client.get(client.startTest()).text
            #expect(!page.contains("/set-up"))
        }
    }

    @Test("The report is downloaded as a file")
    func reportDownload() async throws {
        try await Self.client { client in
            let reply = try await client.post("/connections/acme/report", ["formToken": try await client.formToken()])
            #expect(reply.headers[.contentDisposition]?.contains("aprity-report.md") == true)
            #expect(reply.text.hasPrefix("# Report on the connection"))
            #expect(!reply.text.contains("integration@acme.example"))
        }
    }

    @Test("The forms of the diagnosis pages are rejected without their token", arguments: ["app", "change", "report"])
    func forged(_ form: String) async throws {
        try await Self.client { client in
            let status = try await client.post("/connections/acme/\(form)", [:]).status
            #expect(status == 403)
        }
    }
}

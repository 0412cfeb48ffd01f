internal import ConnectedAppTesting
internal import Foundation
internal import HTTPTypes
internal import Testing

@testable internal import ConnectedApp
@testable internal import ConnectedAppServer

@Suite("A rotation in the API and on the pages")
struct RotationTests {
    @Test(
        "A rotation begins, records the upload, rolls back and is shown; impossible steps are rejected"
    )
    func api() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            let path = "/connections/acme/rotation"
            #expect(try await client.api(.get, path).json(RotationView.self).state == .steady)
            expectProblem(try await client.api(.post, path + "/upload", json: "{}"), 400, "rotationRefused")
            expectProblem(try await client.api(.post, path, json: "{\"force\":true}"), 400, "requestMalformed")
            let begun = try await client.api(.post, path, json: "{\"secondApp\":true,\"appKind\":\"connected-app\"}")
            #expect(begun.status == 201)
            let view = try begun.json(RotationView.self)
            #expect(view.state == .prepared)
            #expect(view.secondAppKind == .connectedApp)
            #expect(view.toDo.count == 3)
            expectProblem(try await client.api(.post, path, json: "{}"), 400, "rotationRefused")
            // There is no earlier certificate to return to.
            expectProblem(try await client.api(.post, path + "/rollback"), 400, "rotationRefused")
            let certificate = try await client.api(.get, path + "/certificate")
            #expect(certificate.status == 200)
            #expect(certificate.text.hasPrefix("-----BEGIN CERTIFICATE-----"))
            let next = try #require(view.other?.sha256.prefix(8))
            #expect(
                certificate.headers[.contentDisposition] == "attachment; filename=\"aprity-acme-\(next).crt\"")
            // The second app's Consumer Key is required.
            expectProblem(try await client.api(.post, path + "/upload", json: "{}"), 409, "consumerKeyMissing")
            let told = try await client.api(
                .post, path + "/upload", json: "{\"consumerKey\":\"3MVG9SecondAppOfTheTests\"}")
            #expect(try told.json(RotationView.self).state == .publishing)
            expectProblem(try await client.api(.post, path + "/abort"), 400, "rotationRefused")
            let back = try await client.api(.post, path + "/rollback")
            #expect(back.status == 200)
            let rolled = try back.json(RotationView.self)
            #expect(rolled.state == .publishing)
            // The certificates and their apps have swapped roles.
            #expect(rolled.active.sha256 == view.other?.sha256)
            #expect(rolled.other?.sha256 == view.active.sha256)
            #expect(rolled.secondAppKind == .externalClientApp)
            let recorded = try await client.api(.get, "/audit?act=rotationRolledBack")
            #expect(try recorded.json([AuditRecordView].self).map(\.principal) == ["api:start token"])
        }
    }

    @Test("A rotation begins and its upload is reported without a body")
    func withoutBody() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            let path = "/connections/acme/rotation"
            #expect(try await client.api(.post, path).status == 201)
            #expect(try await client.api(.post, path + "/upload").status == 200)
            let plain: HTTPFields = [.contentType: "text/plain"]
            #expect(try await client.api(.post, path + "/upload", headers: plain, json: "{}").status == 415)
        }
    }

    @Test("After the report, the page takes only a second app's Consumer Key again")
    func correctedKey() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            try await client.signIn()
            let path = "/connections/acme/rotation"
            _ = try await client.api(.post, path, json: "{\"secondApp\":true}")
            _ = try await client.api(.post, path + "/upload", json: "{\"consumerKey\":\"3MVG9SecondAppOfTheTests\"}")
            let page = try await client.get(path).text
            #expect(page.contains("Correct the Consumer Key</button>"))
            #expect(!page.contains("I uploaded it</button>"))
        }
    }

    @Test("The form selects the validity of the next certificate, and rejects a wrong validity or size")
    func options() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            try await client.signIn()
            let path = "/connections/acme/rotation"
            var fields = ["formToken": try await client.formToken(), "act": "begin", "mode": "same-app"]
            for (name, value) in [("certificateDays", "0"), ("certificateDays", "x"), ("keySize", "2050")] {
                let refused = try await client.post(path, fields.merging([name: value]) { $1 })
                #expect(refused.status == 400, "\(name)=\(value)")
            }
            fields["certificateDays"] = "30"
            fields["keySize"] = "2048"
            #expect(try await client.post(path, fields).status == 303)
            let next = try await client.world.service.certificates.next(
                of: "acme", as: Principal(.commandLine, name: "tester"))
            let days = next.notAfter.timeIntervalSince(client.world.surroundings.now()) / 86_400
            #expect((29...30).contains(days.rounded(.down)))
        }
    }

    @Test("The page shows the state and has a form for each step")
    func page() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            _ = try await client.signIn()
            let path = "/connections/acme/rotation"
            func act(_ act: String) async throws -> Int {
                let token = try await client.formToken(on: path)
                return try await client.post(path, ["formToken": token, "act": act]).status
            }
            #expect(try await client.get(path).text.contains("id=\"begin-form\""))
            #expect(try await act("nonsense") == 400)
            #expect(try await act("begin") == 303)
            let prepared = try await client.get(path).text
            #expect(prepared.contains("id=\"download-next\""))
            #expect(prepared.contains("id=\"abort-form\""))
            let download = try await client.get(path + "/aprity.crt")
            let name = try #require(
                download.headers[.contentDisposition]?.firstMatch(of: #/filename="(aprity-acme-[0-9a-f]{8}\.crt)"$/#)
            ).1
            // The steps name the file that the button downloads.
            #expect(prepared.contains("Upload \(name)"))
            // They name buttons instead of commands.
            #expect(prepared.contains("Click I uploaded it on this connection"))
            #expect(!prepared.contains("aprity rotate"))
            #expect(!prepared.contains("aprity certificate"))
            #expect(!prepared.contains("id=\"begin-form\""))
            #expect(try await act("rollback") == 400)
            #expect(try await act("uploaded") == 303)
            #expect(try await act("abort") == 400)
            let told = try await client.get(path).text
            #expect(told.contains("id=\"rollback-form\""))
            // A second report would do nothing.
            #expect(told.contains("<h2 id=\"told\">Upload reported</h2>"))
            #expect(!told.contains("id=\"uploaded-form\""))
            #expect(prepared.contains("id=\"uploaded-form\""))
            let active = try await client.api(.get, path).json(RotationView.self).active
            #expect(try await act("rollback") == 303)
            let rolled = try await client.api(.get, path).json(RotationView.self)
            #expect(rolled.state == .publishing)
            #expect(rolled.other?.sha256 == active.sha256)
            let back = try await client.get(path).text
            #expect(back.contains("id=\"rollback-form\""))
            #expect(back.contains("Rolled-back certificate"))
            #expect(back.contains("id=\"uploaded-form\""))
            #expect(back.contains("Download the former certificate</a>"))
            #expect(back.contains("Click Download the former certificate on this connection"))
            #expect(back.contains("Rolled back, not seen yet"))
            #expect(!back.contains("Certificate in force"))
            let connection = try await client.get("/connections/acme").text
            #expect(connection.contains("Rotation: Rolled back, not seen yet"))
            #expect(connection.contains("id=\"certificate-warning\""))
            #expect(try await client.get("/connections").text.contains("rotation under way"))
        }
    }

    @Test("Progress is shown only while the rotation waits for answers")
    func progress() async throws {
        let time = TestTime()
        let me = Principal(.commandLine, name: "tester")
        try await SettingsClient.run(time: time) { client in
            try await client.addConnection()
            _ = try await client.signIn()
            let path = "/connections/acme/rotation"
            #expect(!(try await client.get(path).text.contains("id=\"evidence\"")))
            _ = try await client.world.service.rotations.begin(of: "acme", as: me)
            #expect(!(try await client.get(path).text.contains("id=\"evidence\"")))
            // The key of a given-up certificate is kept for a day, without any sign-in.
            let kept = try await client.world.service.rotations.abort(of: "acme", as: me)
            #expect(kept.state == .retiring)
            #expect(kept.isGivenUp)
            #expect(!kept.mayRollBack)
            let given = try await client.get(path).text
            #expect(given.contains("The next certificate was given up; the certificate in force is unchanged."))
            #expect(given.contains("Given-up certificate"))
            #expect(!given.contains("id=\"rollback-form\""))
            #expect(!given.contains("Former"))
            #expect(kept.evidence?.isCounting == false)
            #expect(!(try await client.get(path).text.contains("id=\"evidence\"")))
            time.advance(by: .seconds(86_400))
            try await client.signIn()
            let asked = try await client.get(path).text
            #expect(
                asked.contains("<p id=\"evidence\">The given-up key was refused 0 of the required 12 times.</p>"))
        }
    }
}

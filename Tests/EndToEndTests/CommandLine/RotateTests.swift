internal import ConnectedAppTesting
internal import Foundation
internal import Testing

/// The steps of a rotation that need no waiting, by the built program.
@Suite("rotate")
struct RotateCommandTests {
    @Test("A rotation starts, records the upload and rolls back; impossible steps are rejected and change nothing")
    func story() async throws {
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            func status() async throws -> String? {
                try await aprity.run(["rotate", "status", "bikes", "--json"]).json()["state"] as? String
            }
            #expect(try await status() == "steady")
            #expect(try await aprity.run(["rotate", "uploaded", "bikes"]).status == 64)
            // A failed start leaves no rotation behind.
            #expect(try await aprity.run(["rotate", "start", "bikes", "--days", "4000"]).status == 64)
            #expect(try await status() == "steady")
            try await aprity.succeed(["rotate", "start", "bikes"])
            #expect(try await aprity.run(["rotate", "start", "bikes"]).status == 64)
            let early = try await aprity.run(["rotate", "rollback", "bikes"])
            #expect(early.status == 64)
            #expect(early.stderr.contains("hint: Run `aprity rotate abort bikes`."), "\(early.stderr)")
            #expect(try await status() == "prepared")
            let single = try await aprity.run(["rotate", "uploaded", "bikes", "--consumer-key", "3MVG9.second"])
            #expect(single.status == 64)
            #expect(single.stderr.contains("hint: Run `aprity rotate uploaded bikes`."), "\(single.stderr)")
            // Callers are not affected.
            try await aprity.succeed(["token", "bikes"])
            let next = aprity.path("next.crt")
            let download = try await aprity.run([
                "certificate", "download", "bikes", "--next", "--out", next, "--json",
            ])
            #expect(download.status == 0)
            let present = try await aprity.run(["certificate", "show", "bikes", "--json"]).json()["sha256"] as? String
            #expect(!download.stdout.contains(try #require(present)))

            try await aprity.succeed(["rotate", "uploaded", "bikes"])
            let late = try await aprity.run(["rotate", "abort", "bikes"])
            #expect(late.status == 64)
            #expect(late.stderr.contains("hint: Run `aprity rotate rollback bikes`."), "\(late.stderr)")
            #expect(try await status() == "publishing")
            // The upload was reported but not done: the org trusts the present key, and requests succeed.
            #expect(try await aprity.run(["rotate", "advance", "bikes"]).status == 75)
            try await aprity.succeed(["token", "bikes"])
            // The certificate that the rotation replaces is downloaded with a warning, the next one without.
            let replaced = try await aprity.run(["certificate", "download", "bikes", "--out", "former.crt", "--json"])
            #expect(replaced.stderr.contains("undoes the rotation"))
            #expect(try replaced.json()["isBeingReplaced"] as? Bool == true)
            #expect(!download.stderr.contains("undoes the rotation"))
            #expect(try await aprity.run(["connection", "list"]).stdout.contains("; rotation publishing"))
            #expect(try await aprity.run(["connection", "show", "bikes"]).stdout.contains("Rotation:"))

            let back = try await aprity.run(["rotate", "rollback", "bikes"])
            #expect(back.stdout.contains("Rolled back:"))
            #expect(!back.stdout.contains("In force:"))
            #expect(try await status() == "publishing")
            let again = try await aprity.run(["certificate", "download", "bikes", "--next", "--json"])
            #expect((try again.json()["certificate"] as? [String: Any])?["sha256"] as? String == present)
            let same = try await aprity.run(["certificate", "download", "bikes", "--next"])
            #expect(same.stdout.contains("already contains this certificate"))
            #expect(!same.stdout.contains("Wrote"))
            #expect(try await aprity.run(["audit", "verify"]).status == 0)
        }
    }

    @Test("While a rotation is prepared, a signing request is for the next key")
    func request() async throws {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        try await aprity.succeed([
            "connection", "add", "--allow-tokens", "bikes", "--login-host", "https://acme.my.salesforce.com",
            "--username", "i@a.example",
        ])
        try await aprity.succeed(["rotate", "start", "bikes"])
        try await aprity.succeed(["certificate", "request", "bikes", "--subject", "CN=bikes", "--out", "r.csr"])
        let download = try await aprity.run("certificate", "download", "bikes", "--next", "--json").json()
        let file = try #require(download["file"] as? String)
        let sha256 = (download["certificate"] as? [String: Any])?["sha256"] as? String
        #expect(file == "aprity-bikes-\(try #require(sha256).prefix(8)).crt")
        let other = try await aprity.run("certificate", "download", "bikes", "--out", file)
        #expect(other.status == 73)
        #expect(other.stderr.contains("its content is not this certificate"))
        let asked = try await OutsideTool.openssl.output(["req", "-in", aprity.path("r.csr"), "-noout", "-pubkey"])
        let next = try await OutsideTool.openssl.output(["x509", "-in", aprity.path(file), "-noout", "-pubkey"])
        #expect(asked == next)
        #expect(!asked.isEmpty)
    }
}

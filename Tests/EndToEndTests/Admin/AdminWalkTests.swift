internal import ConnectedAppTesting
internal import Foundation
internal import Testing

/// The admin guide, once per kind of app, done in Setup and on the Settings page alone, from an empty home. Each step in
/// Setup is carried out from the text on the page. One walk does everything, because a new home, a server and a browser for
/// each part would take longer than the parts.
@Suite("The admin guide on the pages alone")
struct AdminWalkTests {
    @Test(
        "An empty home, one walk through the whole guide",
        arguments: TestExtent.cases(SetupJudge.Kind.allCases, sample: [0]))
    func guide(_ kind: SetupJudge.Kind) async throws {
        try await AdminStage.running(kind) { stage in
            try await connectFirstOrg(stage)
            // The app is no longer new, so a refusal is not explained by its creation.
            try await stage.later()
            try await checkExpiryPolicyAndReach(stage)
            try await stage.later()
            try await repairScopes(stage)
            try await stage.later()
            try await troubleshoot(stage)
            try await stage.later()
            try await blockAndUnblock(stage)
            try await stage.later()
            try await tryOtherWays(stage)
            try await stage.later()
            try await rotateExpired(stage)
        }
    }

    /// A home without a store is served, and an admin connects the first org.
    private func connectFirstOrg(_ stage: AdminStage) async throws {
        let browser = stage.browser
        #expect(try await browser.shows("Connect your first org", in: "#first-run h2"))
        try await stage.saveScreenshot("first-run")
        try await stage.addConnection()
        try await stage.downloadCertificate()
        let (key, secret) = try await stage.createApp()
        try await stage.save(consumerKey: secret)
        #expect(try await browser.text("[role=alert]").contains("Consumer Secret"))
        #expect(try await !browser.text("main").contains(secret))
        try await stage.save(consumerKey: key)
        try await stage.preauthorize()
        try await browser.open(stage.page + "/set-up")
        try await browser.leave(by: "#test-form button")
        #expect(try await browser.shows("The connection works.", in: "#verdict h2"))
        try await browser.open(stage.page + "/set-up")
        #expect(try await browser.shows("The connection works", in: "#set-up-done h2"))
        try await browser.show(width: 400)
        #expect(!(try await browser.scrollsSideways))
        try await stage.saveScreenshot("set-up-done-400")
        try await browser.show(width: 1100)
    }

    /// Missing and extra scopes are named and repaired, although the changes spread slowly.
    private func repairScopes(_ stage: AdminStage) async throws {
        let slow: [String: any Sendable] = [
            "propagation": "spread", "editDelay": ["minimumSeconds": 120, "maximumSeconds": 240],
        ]
        try await stage.walk.org.save(["switches": slow])
        try await stage.faults.toggle(scope: "RefreshToken")
        try stage.pass(minutes: 20)
        #expect(try await stage.test() == "refreshTokenScopeMissing")
        try await stage.repairAsShown()

        try await stage.faults.toggle(scope: "Full")
        try stage.pass(minutes: 20)
        #expect(try await stage.test() == "scopesDiffer")
        #expect(try await stage.browser.text("#step-scopes").contains("full"))
        try await stage.repairAsShown()
        try await stage.walk.org.save(["switches": ["propagation": "instant"]])
    }

    private func checkExpiryPolicyAndReach(_ stage: AdminStage) async throws {
        try await expectExpiry(stage)
        try await expectPolicyAndReach(stage)
    }

    /// Checks that the card of the certificate shows the end of the validity that openssl reads in the file.
    private func expectExpiry(_ stage: AdminStage) async throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: stage.browser.downloads)
        let file = try #require(files.first { $0.hasSuffix(".crt") })
        let end = try await ForeignProgram(in: stage.home).succeed(
            "openssl",
            ["x509", "-in", stage.browser.downloads + "/" + file, "-noout", "-enddate", "-dateopt", "iso_8601"])
        try await stage.browser.open(stage.page)
        let day = try #require(try await stage.browser.texts(".validity .ends time").last)
        #expect(end.hasPrefix("notAfter=" + day))
        #expect(try await stage.browser.text(".validity strong").contains("days"))
    }

    /// Checks that the page of the app shows the policy and the one user whom the key can sign in as.
    private func expectPolicyAndReach(_ stage: AdminStage) async throws {
        let browser = stage.browser
        try await browser.open(stage.page)
        try await stage.reader.perform("Check the app")
        try await stage.reader.perform("Read the app now")
        #expect(try await browser.text("#reach").contains("as 1 user"))
        let rows = try await browser.texts("main table tbody tr")
        let hasPolicy = rows.contains { $0.contains("Permitted Users") && $0.contains("dmin") }
        #expect(hasPolicy)
        try await stage.reader.perform("Accept as approved")
        #expect(try await browser.text("#verdict").contains("Approved"))
    }

    /// Each row of the troubleshooting table is named, and repaired by the page's clicks alone.
    private func troubleshoot(_ stage: AdminStage) async throws {
        let foreign = try await SetupJudge(org: stage.walk.org, kind: stage.kind, home: stage.home).makeKey("foreign")
        let rows: [(code: String, fault: @Sendable (SetupFaults) async throws -> Void)] = [
            ("signatureRefused", { try await $0.upload(certificate: foreign) }),
            ("userNotApproved", { try await $0.allowSelfAuthorization() }),
            ("userNotAdminApproved", { try await $0.removePermissionSet() }),
            ("noValidScopes", { try await $0.toggle(scope: "Api") }),
            ("refreshTokenScopeMissing", { try await $0.toggle(scope: "RefreshToken") }),
        ]
        for row in rows {
            try await row.fault(stage.faults)
            #expect(try await stage.test() == row.code)
            try await stage.repairAsShown()
        }
    }

    /// A block in both places stops sign-ins, and the page unblocks after a test.
    private func blockAndUnblock(_ stage: AdminStage) async throws {
        let browser = stage.browser
        try await stage.carryOut(task: "block")
        #expect(try await browser.text("main [role=status]").hasPrefix("The app is blocked."))
        #expect(try await stage.test() == "blocked")
        #expect(try await browser.text("#verdict .remedy").contains("Test and unblock"))

        // Salesforce still blocks the app, so the test fails.
        try await browser.open(stage.page)
        try await stage.reader.perform("Test and unblock")
        #expect(try await browser.text("[role=alert]").contains("unblockTestFailed"))
        #expect(try await browser.count("#unblock-form") == 1)

        try await stage.carryOut(task: "unblock")
        try await stage.followChange()
        #expect(try await stage.test() == nil)
        try await browser.open(stage.serve.url + "/audit?act=appUnblocked")
        #expect(try await browser.count(".audit > li") == 1)
    }

    /// An expired certificate is replaced by a rotation, until the former key is destroyed.
    private func rotateExpired(_ stage: AdminStage) async throws {
        let browser = stage.browser
        let before = try await destroyedKeys(stage)
        // Whether a real org refuses an expired certificate is not confirmed.
        try await stage.walk.org.save(["switches": ["refuseExpiredCertificate": true]])
        try stage.pass(minutes: 366 * 24 * 60)
        try await stage.signIn()
        #expect(try await stage.test() == "certificateExpired")
        try await stage.reader.perform("The rotation")
        try await stage.reader.perform("Make the next certificate")
        #expect(try await stage.rotationState() == "Next certificate ready")
        try await stage.reader.carryOut(try await browser.texts("#state ol.clicks li"))
        try await stage.rotate(until: "In force; former key kept", by: 60)
        try await stage.rotate(until: "One key", by: 7_200)
        #expect(try await stage.test() == nil)
        #expect(try await destroyedKeys(stage) == before + 1)
    }

    /// The number of destroyed keys, by the audit record.
    private func destroyedKeys(_ stage: AdminStage) async throws -> Int {
        try await stage.browser.open(stage.serve.url + "/audit?act=keyDestroyed")
        return try await stage.browser.count(".audit > li")
    }

    /// The other ways: a project for one deployment, and a PKCS#12 file in place of aprity's own key.
    private func tryOtherWays(_ stage: AdminStage) async throws {
        try await expectProject(stage)
        let certificate = try await SetupJudge(org: stage.walk.org, kind: stage.kind, home: stage.home).makeKey("own")
        try await stage.faults.upload(certificate: certificate)
        try await importPKCS12(stage, certificate: certificate)
        #expect(try await stage.test() == nil)
    }

    /// Downloads the project by the set-up's link, and checks that another program can unpack it.
    private func expectProject(_ stage: AdminStage) async throws {
        let browser = stage.browser
        try await browser.open(stage.page + "/set-up")
        try await stage.reader.perform("create the app by one deployment")
        try await browser.type("team@harbour-bikes.example", into: "#contact-email")
        try await browser.click("#bundle-form button")
        let file = browser.downloads + "/aprity-harbour-bikes-app.zip"
        try await browser.until("the project does not arrive") {
            _ = try await browser.url
            return FileManager.default.fileExists(atPath: file)
        }
        let list = try await ForeignProgram(in: stage.home).succeed("python3", ["-m", "zipfile", "-l", file])
        #expect(list.contains("aprity-harbour-bikes-app/manifest/package.xml"))
    }

    /// - Parameter certificate: Its key is in the file of the same name that ends in `key`.
    private func importPKCS12(_ stage: AdminStage, certificate: String) async throws {
        let (browser, file) = (stage.browser, stage.home + "/own.p12")
        try await ForeignProgram(in: stage.home).succeed(
            "openssl",
            [
                "pkcs12", "-export", "-in", certificate, "-inkey", stage.home + "/own.key", "-out", file, "-passout",
                "pass:secret",
            ])
        try await browser.open(stage.page)
        try await stage.reader.perform("Import a certificate")
        try await browser.type(file, into: "#pkcs12-file")
        try await browser.type("secret", into: "#pkcs12-passphrase")
        try await browser.type(AdminStage.alias, into: "#pkcs12-confirmation")
        try await browser.leave(by: "#pkcs12-form button")
        #expect(try await browser.text("main [role=status]").hasPrefix("The certificate is in use."))
    }
}

extension AdminStage {
    /// Carries out the steps of a task, which the page *Clicks in Setup* shows.
    fileprivate func carryOut(task: String) async throws {
        try await browser.open(page)
        try await reader.perform("Clicks in Setup")
        try await reader.carryOut(try await browser.texts("#task-\(task) ol li"))
    }

    /// Opens the page of the rotation, and returns its present stage.
    fileprivate func rotationState() async throws -> String {
        try await browser.open(page + "/rotation")
        if try await browser.count("#start-token") == 1 {
            try await signIn()
            try await browser.open(page + "/rotation")
        }
        return try await browser.text("[aria-current=step]")
    }

    /// Advances the clock until the rotation's page shows a stage.
    fileprivate func rotate(
        until state: String, by seconds: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        var present = ""
        for _ in 0..<200 where present != state {
            try time.advance(by: seconds)
            present = try await rotationState()
        }
        #expect(present == state, sourceLocation: sourceLocation)
    }
}

/// The tasks that set up and maintain an app; those of a diagnosis are in `SetupGuide+Diagnosis`.
extension SetupGuide {
    static func creating(_ subject: GuidedApp) -> [GuideStep] {
        let download =
            switch subject.reader {
            case .commandLine:
                "Run `aprity certificate download \(subject.alias)`. It writes aprity.crt, which contains no secret."
            case .settingsPage:
                "Click Download certificate on this connection's page. It saves \(subject.certificateFile), which contains no "
                    + "secret."
            }
        let callback =
            "Enter the Callback URL \(GuidedApp.callbackURL). The form requires one, but JWT "
            + "Bearer never uses it."
        switch subject.kind {
        case .externalClientApp:
            return [
                .command(download),
                .click(
                    "Open Setup > Quick Find: External Client > External Client App Manager > New External Client App."),
                .click(
                    "Enter \(GuidedApp.proposedName) as External Client App Name and API Name, and your own address as Contact "
                        + "Email. Set Distribution State to Local."
                ),
                .click("Tick Enable OAuth under API (Enable OAuth Settings)."), .click(callback), .click(bothScopes),
                .click(
                    "Tick Enable JWT Bearer Flow under Flow Enablement and upload \(subject.certificateFile). Leave all other "
                        + "flows unticked."),
                .click("Leave Issue JSON Web Token (JWT)-based access tokens for named users unticked."),
                .click("Click Create."),
                nextTasks(subject),
            ]
        case .connectedApp:
            return [
                .check(
                    "Check that your org can create Connected Apps: since Spring '26, only orgs for which Salesforce Support has enabled "
                        + "this can. "
                        + "Otherwise create an External Client App."),
                .command(download),
                .click("Open Setup > Quick Find: App Manager > App Manager > New Connected App."),
                .click(
                    "Enter \(GuidedApp.proposedName) as Connected App Name and API Name, and your own address as Contact "
                        + "Email."),
                .click("Tick Enable OAuth Settings."), .click(callback),
                .click("Tick Use digital signatures and choose \(subject.certificateFile)."),
                .click(bothScopes), .click("Click Save, then Continue."),
                nextTasks(subject),
            ]
        }
    }

    static func consumerKey(_ subject: GuidedApp) -> [GuideStep] {
        let rest: [GuideStep] = [
            .click(
                "Complete the identity verification. Salesforce sends the code to you, not to the integration user."),
            .click("Copy the Consumer Key, which begins with 3MVG9. Do not copy the Consumer Secret."),
            settingConsumerKey(subject),
        ]
        switch subject.kind {
        case .externalClientApp:
            return [
                .click("Open Setup > Quick Find: External Client > External Client App Manager > \(subject.app)."),
                .click("Open the tab Settings > OAuth Settings > Consumer Key and Secret. A new browser tab opens."),
            ] + rest
        case .connectedApp:
            return [
                .click("Open Setup > Quick Find: App Manager > App Manager."),
                .click("Click the arrow at the end of \(subject.row) and choose View."),
                .click("Click Manage Consumer Details in the section API."),
            ] + rest
        }
    }

    private static func settingConsumerKey(_ subject: GuidedApp) -> GuideStep {
        switch subject.reader {
        case .commandLine:
            .command(
                "Run `aprity connection set \(subject.alias) --consumer-key KEY`, or paste the key on the Settings page."
            )
        case .settingsPage: .command("Paste it on this connection's page, under Consumer Key.")
        }
    }

    static func scopes(_ subject: GuidedApp) -> [GuideStep] {
        let certificate =
            switch subject.kind {
            case .externalClientApp: "Check that the certificate is still there under Enable JWT Bearer Flow."
            case .connectedApp: "Check that Use digital signatures still names the certificate."
            }
        return editSettings(subject) + [
            .click(bothScopes + " Add what is missing and remove all others."), .check(certificate),
            .click("Click Save."),
        ]
    }

    static func preauthorizing(_ subject: GuidedApp) -> [GuideStep] {
        let setOnApp: [GuideStep] =
            switch subject.kind {
            case .externalClientApp:
                [
                    .click(
                        "Move \(subject.permissionSet) to Selected Permission Sets under App Policies, and everything else out of "
                            + "it. Select no profile."),
                    .click("Click Save."),
                ]
            case .connectedApp:
                [
                    .click("Click Save."),
                    .click(
                        "Open the page of \(subject.app) > Manage Permission Sets > tick \(subject.permissionSet), and nothing "
                            + "else > Save. Manage Profiles must list no profile."),
                ]
            }
        let permissionSet: [GuideStep] = [
            .click(
                "Open Setup > Quick Find: Permission Sets > Permission Sets. If \(subject.permissionSet) does not exist, create "
                    + "it (New) with API Enabled and Modify Metadata Through Metadata API Functions."),
            .click(
                "Open \(subject.permissionSet) > Manage Assignments: assign exactly \(subject.username), nobody else. The app's "
                    + "key can sign in as every user listed there."),
        ]
        let permittedUsers = GuideStep.click(
            "Set Permitted Users to Admin approved users are pre-authorized, and confirm the warning.")
        let otherChoice = GuideStep.note(
            "\(AppPermissionSet.adminInstead) \(AppPermissionSet.reach(subject.alias, reader: subject.reader))")
        return permissionSet + editPolicies(subject) + [permittedUsers] + setOnApp + [otherChoice]
    }

    static func rotating(_ subject: GuidedApp) -> [GuideStep] {
        let clicks = editSettings(subject) + [upload(subject.nextCertificateFile, subject.kind), .click("Click Save.")]
        return [startRotation(subject), downloadNext(subject)] + clicks + [confirmUpload(subject)]
    }

    static func uploading(_ subject: GuidedApp) -> [GuideStep] {
        warningOfRotation(subject) + [downloading(subject)] + editSettings(subject) + [
            upload(subject.certificateFile, subject.kind), .click("Click Save."),
        ]
    }

    /// Returns the step that selects the certificate file in the form with the app's settings.
    static func upload(_ file: String, _ kind: AppKind) -> GuideStep {
        switch kind {
        case .externalClientApp: .click("Upload \(file) under Enable JWT Bearer Flow, which stays ticked.")
        case .connectedApp: .click("Under Use digital signatures, which must be ticked, choose \(file).")
        }
    }

    static func blocking(_ subject: GuidedApp) -> [GuideStep] {
        subject.kind.blockingInSalesforce(named: subject.appName) + [block(subject)]
    }

    static func unblocking(_ subject: GuidedApp) -> [GuideStep] {
        let inSalesforce: [GuideStep] =
            switch subject.kind {
            case .externalClientApp:
                [
                    .click("Open Setup > Quick Find: External Client Apps > OAuth Usage > \(subject.row) > Unblock."),
                    .click(
                        "Or open Setup > External Client App Manager > \(subject.app) > Policies > Edit > tick Enable this app > Save."
                    ),
                ]
            case .connectedApp:
                [
                    .click(
                        "Open Setup > Quick Find: Connected Apps > Manage Connected Apps > \(subject.app) > Unblock."),
                    .click("Or use the same button at Connected Apps OAuth Usage."),
                ]
            }
        return inSalesforce + unblock(subject)
    }

    static func expiry(_ subject: GuidedApp) -> [GuideStep] {
        [
            .note("Setup does not show when the certificate expires."),
            .command(
                "Open the connection on the Settings page: the card Digital certificate shows from when to when it is valid."
            ),
            .command("Or run `aprity certificate show \(subject.alias)`."),
            .command("Or run `openssl x509 -in FILE -noout -enddate` with the FILE that was uploaded."),
        ]
    }
}

/// The tasks of the admin guide.
extension SetupGuide {
    static func creating(_ subject: SetupSubject) -> [GuideStep] {
        let download =
            switch subject.reader {
            case .commandLine:
                "Run `aprity certificate download \(subject.alias)`; it writes aprity.crt, which holds no secret"
            case .settingsPage:
                "Download certificate, on this connection's page: \(subject.certificateFile), which holds no secret"
            }
        let callback =
            "Callback URL https://login.salesforce.com/services/oauth2/callback: the form wants one, and this "
            + "flow never uses it"
        switch subject.kind {
        case .externalClientApp:
            return [
                .command(download),
                .click("Setup > Quick Find: External Client > External Client App Manager > New External Client App"),
                .click(
                    "External Client App Name and API Name \(SetupSubject.proposedName), Contact Email your own, Distribution State Local"
                ),
                .click("Under API (Enable OAuth Settings) tick Enable OAuth"), .click(callback), .click(bothScopes),
                .click(
                    "Under Flow Enablement tick Enable JWT Bearer Flow and upload \(subject.certificateFile); "
                        + "leave every other flow unticked"),
                .click("Leave Issue JSON Web Token (JWT)-based access tokens for named users unticked"),
                .click("Create"),
                goingOn(subject),
            ]
        case .connectedApp:
            return [
                .check(
                    "An org may create a Connected App only where Salesforce Support allows it (since Spring '26); otherwise "
                        + "use an External Client App"),
                .command(download),
                .click("Setup > Quick Find: App Manager > App Manager > New Connected App"),
                .click("Connected App Name and API Name \(SetupSubject.proposedName), Contact Email your own"),
                .click("Tick Enable OAuth Settings"), .click(callback),
                .click("Tick Use digital signatures and choose \(subject.certificateFile)"),
                .click(bothScopes), .click("Save, then Continue"),
                goingOn(subject),
            ]
        }
    }

    static func consumerKey(_ subject: SetupSubject) -> [GuideStep] {
        let rest: [GuideStep] = [
            .click("Complete the identity verification; the code comes to you, not to the integration user"),
            .click("Copy the Consumer Key, which begins with 3MVG9; leave the Consumer Secret where it is"),
            settingConsumerKey(subject),
        ]
        switch subject.kind {
        case .externalClientApp:
            return [
                .click("Setup > Quick Find: External Client > External Client App Manager > \(subject.app)"),
                .click("Tab Settings > OAuth Settings > Consumer Key and Secret; a new browser tab opens"),
            ] + rest
        case .connectedApp:
            return [
                .click("Setup > Quick Find: App Manager > App Manager"),
                .click("At the end of \(subject.row) choose View"),
                .click("Manage Consumer Details, in the API section"),
            ] + rest
        }
    }

    private static func settingConsumerKey(_ subject: SetupSubject) -> GuideStep {
        switch subject.reader {
        case .commandLine:
            .command("`aprity connection set \(subject.alias) --consumer-key KEY`, or paste it on the Settings page")
        case .settingsPage: .command("Paste it on this connection's page, under Consumer Key")
        }
    }

    static func scopes(_ subject: SetupSubject) -> [GuideStep] {
        let certificate =
            switch subject.kind {
            case .externalClientApp: "Check that the certificate is still there under Enable JWT Bearer Flow"
            case .connectedApp: "Check that Use digital signatures still names the certificate"
            }
        return editSettings(subject) + [
            .click(bothScopes + "; add the missing one, remove any other"), .check(certificate), .click("Save"),
        ]
    }

    static func preauthorizing(_ subject: SetupSubject) -> [GuideStep] {
        let setOnApp: [GuideStep] =
            switch subject.kind {
            case .externalClientApp:
                [
                    .click(
                        "Under App Policies move \(subject.permissionSet) to Selected Permission Sets, and everything else out "
                            + "of it; no profile is selected"),
                    .click("Save"),
                ]
            case .connectedApp:
                [
                    .click("Save"),
                    .click(
                        "On the page of \(subject.app): Manage Permission Sets > tick \(subject.permissionSet), and nothing "
                            + "else > Save; Manage Profiles lists none"),
                ]
            }
        let permissionSet: [GuideStep] = [
            .click(
                "Setup > Quick Find: Permission Sets > Permission Sets: \(subject.permissionSet) exists (New, if not), with API "
                    + "Enabled and Modify Metadata Through Metadata API Functions"),
            .click(
                "\(subject.permissionSet) > Manage Assignments: exactly \(subject.username), nobody else; whoever is listed "
                    + "is somebody whom the app's key can sign in as"),
        ]
        let permittedUsers = GuideStep.click(
            "Permitted Users: Admin approved users are pre-authorized. Confirm the warning")
        let otherChoice = GuideStep.check(
            "Or: \(AppPermissionSet.adminInstead) \(AppPermissionSet.reach(subject.alias, reader: subject.reader))")
        return permissionSet + editPolicies(subject) + [permittedUsers] + setOnApp + [otherChoice]
    }

    static func rotating(_ subject: SetupSubject) -> [GuideStep] {
        let clicks = editSettings(subject) + [upload(subject.nextCertificateFile, subject.kind), .click("Save")]
        return [startRotation(subject), downloadNext(subject)] + clicks + [confirmUpload(subject)]
    }

    static func uploading(_ subject: SetupSubject) -> [GuideStep] {
        [downloading(subject)] + editSettings(subject) + [
            upload(subject.certificateFile, subject.kind), .click("Save"),
        ]
    }

    static func upload(_ file: String, _ kind: AppKind) -> GuideStep {
        switch kind {
        case .externalClientApp: .click("Under Enable JWT Bearer Flow, which is ticked, upload \(file)")
        case .connectedApp: .click("Tick Use digital signatures and choose \(file)")
        }
    }

    static func blocking(_ subject: SetupSubject) -> [GuideStep] {
        subject.kind.blockingInSalesforce(named: subject.appName) + [block(subject)]
    }

    static func unblocking(_ subject: SetupSubject) -> [GuideStep] {
        let inSalesforce: [GuideStep] =
            switch subject.kind {
            case .externalClientApp:
                [
                    .click("Setup > Quick Find: External Client Apps > OAuth Usage > \(subject.row) > Unblock"),
                    .click(
                        "Or: Setup > External Client App Manager > \(subject.app) > Policies > Edit > tick Enable this app > Save"
                    ),
                ]
            case .connectedApp:
                [
                    .click("Setup > Quick Find: Connected Apps > Manage Connected Apps > \(subject.app) > Unblock"),
                    .click("The same button is at Connected Apps OAuth Usage"),
                ]
            }
        return inSalesforce + unblock(subject)
    }

    static func expiry(_ subject: SetupSubject) -> [GuideStep] {
        [
            .check("Setup does not show it"),
            .check("Settings page: the connection's card Digital certificate shows from when to when it is valid"),
            .check("Or: `aprity certificate show \(subject.alias)`"),
            .check("Or, with the FILE that was uploaded: `openssl x509 -in FILE -noout -enddate`"),
        ]
    }
}

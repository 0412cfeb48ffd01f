/// The tasks that a diagnosis may ask for.
extension SetupGuide {
    static func loginHost(_ subject: GuidedApp) -> [GuideStep] {
        [
            .click("Open Setup > Quick Find: My Domain > My Domain. The login host is the Current My Domain URL."),
            .command("Run `aprity connection set \(subject.alias) --login-host https://THAT-HOST`."),
            .check(
                "Do not use the address in the browser's address bar: hosts that end in lightning.force.com or "
                    + "my.salesforce-setup.com accept no sign-ins."),
        ]
    }

    static func enabling(_ subject: GuidedApp) -> [GuideStep] {
        switch subject.kind {
        case .externalClientApp:
            editPolicies(subject) + [
                .click("Tick Enable this app, and the OAuth plugin if it is listed."), .click("Click Save."),
            ]
        case .connectedApp: unblocking(subject)
        }
    }

    static func installing(_ subject: GuidedApp) -> [GuideStep] {
        switch subject.kind {
        case .externalClientApp:
            [
                .check(
                    "Open Setup > Quick Find: External Client > External Client App Manager. Check that \(subject.app) is "
                        + "listed."),
                .click(
                    "If it is not, it was created in another org (before a sandbox refresh, for instance). Create or install it in "
                        + "this org."
                ),
            ]
        case .connectedApp:
            [
                .click("Open Setup > Quick Find: Connected Apps > Connected Apps OAuth Usage."),
                .click("Find \(subject.row) and click Install."),
            ]
        }
    }

    static func user(_ subject: GuidedApp) -> [GuideStep] {
        [
            .click(
                "Open Setup > Quick Find: Users > Users. Find \(subject.username) in the column Username, not by the e-mail "
                    + "address."
            ),
            .check("In a sandbox, check that the username ends with the sandbox's name."),
            .click("Check that Active is ticked. If it is not, click Edit and tick it."),
            .check(
                "If the page offers Unfreeze, somebody or Salesforce itself froze the user. Find out why before you click it: "
                    + "Salesforce has announced that traffic from anonymizing VPNs and proxies is a reason."),
        ]
    }

    static func permissions(_ subject: GuidedApp) -> [GuideStep] {
        [
            .click(
                "Open Setup > Quick Find: Permission Sets > Permission Sets > \(subject.permissionSet) > System Permissions > "
                    + "Edit."
            ),
            .click(
                "Tick API Enabled and Modify Metadata Through Metadata API Functions (required even for reading). Also tick View "
                    + "Setup and Configuration and View Roles and Role Hierarchy, on which it depends."),
            .check(
                "Nothing else is needed. You may tick Customize Application too, so that "
                    + "\(subject.reader.appCheck(subject.alias)) can read the app's own settings; it is a powerful permission."
            ),
            .click("Click Save."),
            .check("Open Manage Assignments and check that \(subject.username) is listed."),
        ]
    }

    static func loginRanges(_ subject: GuidedApp) -> [GuideStep] {
        [
            .click("Open Setup > Quick Find: Users > Users > \(subject.username) > the profile's name."),
            .click("Click Login IP Ranges > New, and enter only the addresses from which aprity connects."),
            .click("Set Login Hours so that they include all times at which aprity runs, or leave them unrestricted."),
            .check("Do not rely on the app's IP Relaxation: the profile's ranges always apply to JWT Bearer."),
        ]
    }

    static func sessionLevel(_ subject: GuidedApp) -> [GuideStep] {
        editPolicies(subject) + [
            .click(
                "Under Session policies, switch off High assurance session required. A session from JWT Bearer never meets it, "
                    + "whatever session level you set."),
            .click("Click Save."),
        ]
    }

    static func apiAccess(_ subject: GuidedApp) -> [GuideStep] {
        [
            .check(
                "Open Setup > Quick Find: API Access Control > API Access Control. If it is on, only apps that an admin allows "
                    + "may call the API.")
        ] + installing(subject)
    }

    static func tokenFormat(_ subject: GuidedApp) -> [GuideStep] {
        editSettings(subject) + [
            .click(
                "Untick Issue JSON Web Token (JWT)-based access tokens for named users. Such tokens work for REST only, and "
                    + "aprity reads metadata by SOAP."),
            .click("Click Save."),
        ]
    }

    static func loginHistory(_ subject: GuidedApp) -> [GuideStep] {
        [
            .click("Open Setup > Quick Find: Login History > Login History."),
            .check(
                "Find the newest rows of \(subject.username) for \(subject.app). The column Status says more than the org's "
                    + "answer to a program."),
        ]
    }

    static func migrating(_ subject: GuidedApp) -> [GuideStep] {
        let consumerKeyClicks =
            switch subject.reader {
            case .commandLine: "`aprity app guide \(subject.alias) --task consumer-key`"
            case .settingsPage: SetupTask.consumerKey.title
            }
        return [
            .command("Write down what \(subject.reader.appCheck(subject.alias)) shows about the app."),
            .click(
                "Open Setup > Quick Find: App Manager > App Manager > \(subject.row) > Migrate to External Client App. Only "
                    + "local apps have this action. The old app remains as a copy that cannot be edited."),
            .check(
                "Compare the Consumer Key of the new app with that of the old one (\(consumerKeyClicks)). Whether it stays the "
                    + "same is not confirmed on a real org."),
        ] + switchingOver(subject) + [
            .note(
                "To go back, before the next step, delete the External Client App. The Connected App then becomes active again "
                    + "with its old settings."),
            removing(subject),
        ]
    }

    /// The steps that connect aprity to the migrated app by a second connection, which has a key of its own.
    private static func switchingOver(_ subject: GuidedApp) -> [GuideStep] {
        let spread = "Salesforce's servers need \(newAppSpread) for the change."
        let upload = GuideStep.click(
            "Open Setup > Quick Find: External Client > External Client App Manager > the new app > Settings > Edit. Upload "
                + "that certificate under Enable JWT Bearer Flow, and click Save.")
        return switch subject.reader {
        case .commandLine:
            [
                .command(
                    "Run `aprity connection add NEW --app-kind external-client-app --login-host https://MY-DOMAIN --username "
                        + "\(subject.username)`, then `aprity certificate download NEW`. An External Client App requires the My "
                        + "Domain as login host and audience."),
                upload,
                .command("Run `aprity connection set NEW --consumer-key KEY` with the new app's Consumer Key."),
                .command("Run `aprity test NEW --changed`. \(spread) Then switch your jobs to NEW."),
            ]
        case .settingsPage:
            [
                .command(
                    "Click Set up a connection on the page Connections: give the org's My Domain and the kind External Client "
                        + "App. An External Client App requires the My Domain as login host and audience. Then click Download "
                        + "certificate on the new connection's page."),
                upload,
                .command("Paste the new app's Consumer Key on the new connection's page, under Consumer Key."),
                .command("Test the new connection. \(spread) Then switch your jobs to it."),
            ]
        }
    }

    private static func removing(_ subject: GuidedApp) -> GuideStep {
        switch subject.reader {
        case .commandLine:
            .command(
                "When nothing uses \(subject.alias) any more, run `aprity connection remove \(subject.alias)`.")
        case .settingsPage:
            .command("When nothing uses this connection any more, choose Remove the connection on its page.")
        }
    }
}

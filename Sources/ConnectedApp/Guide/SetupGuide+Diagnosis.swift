/// The tasks that a diagnosis asks for.
extension SetupGuide {
    static func loginHost(_ subject: SetupSubject) -> [GuideStep] {
        [
            .click("Setup > Quick Find: My Domain > My Domain; the host is the Current My Domain URL"),
            .command("`aprity connection set \(subject.alias) --login-host https://THAT-HOST`"),
            .check(
                "Not the address in the browser's bar: hosts that end in lightning.force.com or my.salesforce-setup.com take "
                    + "no sign-ins"),
        ]
    }

    static func enabling(_ subject: SetupSubject) -> [GuideStep] {
        switch subject.kind {
        case .externalClientApp:
            editPolicies(subject) + [
                .click("Tick Enable this app, and the OAuth plugin where it is listed"), .click("Save"),
            ]
        case .connectedApp: unblocking(subject)
        }
    }

    static func installing(_ subject: SetupSubject) -> [GuideStep] {
        switch subject.kind {
        case .externalClientApp:
            [
                .check(
                    "Setup > Quick Find: External Client > External Client App Manager: is \(subject.app) listed in this "
                        + "org?"),
                .click(
                    "If not, it was made in another org (before a sandbox refresh, for instance): make or install it here"
                ),
            ]
        case .connectedApp:
            [
                .click("Setup > Quick Find: Connected Apps > Connected Apps OAuth Usage"),
                .click("\(subject.row) > Install"),
            ]
        }
    }

    static func user(_ subject: SetupSubject) -> [GuideStep] {
        [
            .click(
                "Setup > Quick Find: Users > Users: find \(subject.username) by the column Username, not by the e-mail address"
            ),
            .check("In a sandbox the username ends with the sandbox's name"),
            .click("Active is ticked; if not, Edit and tick it"),
            .check(
                "If the page offers Unfreeze, somebody or Salesforce itself froze the user. Ask first why: traffic from "
                    + "anonymizing VPNs and proxies is a reason that Salesforce has announced"),
        ]
    }

    static func permissions(_ subject: SetupSubject) -> [GuideStep] {
        [
            .click(
                "Setup > Quick Find: Permission Sets > Permission Sets > \(subject.permissionSet) > System Permissions > Edit"
            ),
            .click(
                "Tick API Enabled and Modify Metadata Through Metadata API Functions (asked for even to read), with View Setup "
                    + "and Configuration and View Roles and Role Hierarchy, on which it depends"),
            .check(
                "Nothing else is needed. Customize Application may be given as well, so that "
                    + "\(subject.reader.appCheck(subject.alias)) can read the "
                    + "app's own settings; it is a strong right"),
            .click("Save"),
            .check("Manage Assignments: \(subject.username) is listed"),
        ]
    }

    static func loginRanges(_ subject: SetupSubject) -> [GuideStep] {
        [
            .click("Setup > Quick Find: Users > Users > \(subject.username) > the profile's name"),
            .click("Login IP Ranges > New: the addresses that aprity's traffic leaves from, and no others"),
            .click("Login Hours: unrestricted, or wide enough for when aprity runs"),
            .check("The app's IP Relaxation does not help: JWT Bearer always follows the profile's ranges"),
        ]
    }

    static func sessionLevel(_ subject: SetupSubject) -> [GuideStep] {
        editPolicies(subject) + [
            .click(
                "Session policies: High assurance session required is off. JWT Bearer can never meet it, not by raising the "
                    + "level either"),
            .click("Save"),
        ]
    }

    static func apiAccess(_ subject: SetupSubject) -> [GuideStep] {
        [
            .check(
                "Setup > Quick Find: API Access Control > API Access Control: where it is on, only apps that an admin allows "
                    + "may call the API")
        ] + installing(subject)
    }

    static func tokenFormat(_ subject: SetupSubject) -> [GuideStep] {
        editSettings(subject) + [
            .click(
                "Untick Issue JSON Web Token (JWT)-based access tokens for named users: such tokens work for REST only, and "
                    + "metadata is read by SOAP"),
            .click("Save"),
        ]
    }

    static func loginHistory(_ subject: SetupSubject) -> [GuideStep] {
        [
            .click("Setup > Quick Find: Login History > Login History"),
            .check(
                "The newest rows of \(subject.username) for \(subject.app): the column Status says more than "
                    + "the org tells a client"),
        ]
    }

    static func migrating(_ subject: SetupSubject) -> [GuideStep] {
        let consumerKeyClicks =
            switch subject.reader {
            case .commandLine: "`aprity app guide \(subject.alias) --task consumer-key`"
            case .settingsPage: SetupTask.consumerKey.title
            }
        return [
            .command("Write down what \(subject.reader.appCheck(subject.alias)) shows of the app"),
            .click(
                "Setup > Quick Find: App Manager > App Manager > \(subject.row) > Migrate to External Client App (local "
                    + "apps only; the old app stays as a copy that cannot be edited)"),
            .check(
                "Whether Consumer Key and certificate stay the same is not confirmed on a real org: compare the key "
                    + "(\(consumerKeyClicks)), and upload the certificate again"),
            .command(
                "An External Client App wants the My Domain as login host and audience: `aprity connection add NEW --app-kind "
                    + "external-client-app --login-host https://MY-DOMAIN --username \(subject.username)` makes the other side"
            ),
            .command(
                "Test the new connection, then point your jobs to it, then `aprity connection remove \(subject.alias)`"),
            .check(
                "The way back: deleting the External Client App makes the Connected App active again with its old settings"
            ),
        ]
    }
}

/// The clicks of one task, for one kind of app.
///
/// Salesforce changes its screens with each release; these are those of the embedded org's Setup pages, where the tests
/// walk them, and are not confirmed on a real org. Sources: "Create an External Client App", "Configure OAuth Policies",
/// "Manage OAuth Access Policies for a Connected App", "Get Your Consumer Key" (Salesforce Help).
public struct SetupGuide: Sendable, Equatable {
    public let task: SetupTask
    public let subject: SetupSubject
    let sequence: [GuideStep]

    /// In order, a sentence each.
    public var steps: [String] { sequence.map(\.text) }

    public init(_ task: SetupTask, for subject: SetupSubject) {
        self.task = task
        self.subject = subject
        var sequence = Self.sequence(task, subject)
        if task.spreads {
            let unblocks = sequence.contains { $0.act == .unblock }
            sequence.append(.wait(Self.wait(task, subject, unblocks: unblocks), .followChange))
        }
        self.sequence = sequence
    }

    /// The steps for a guide that does some of aprity's part at another moment.
    func steps(without acts: GuideStep.Act...) -> [GuideStep] {
        sequence.filter { step in !acts.contains { $0 == step.act } }
    }

    /// While the app is blocked in aprity, no command asks the org but the one that unblocks.
    ///
    /// - Parameter unblocks: Whether a step before this one unblocks the app.
    private static func wait(_ task: SetupTask, _ subject: SetupSubject, unblocks: Bool) -> String {
        let longest =
            task == .create || task == .migrate ? "2 to 10 minutes, for a new app up to 30" : "2 to 10 minutes"
        let needs = "Salesforce needs \(longest), unevenly; "
        if task == .block { return needs + "until then some of its servers may still let the app in" }
        if subject.isBlocked == true, !unblocks {
            return switch subject.reader {
            case .commandLine: needs + "then `aprity unblock \(subject.alias)`, which tests first"
            case .settingsPage: needs + "then Test and unblock, on this connection's page"
            }
        }
        return switch subject.reader {
        case .commandLine: needs + "`aprity test \(subject.alias) --changed` asks until the answers agree."
        case .settingsPage:
            needs + "I changed it in Salesforce, on this connection's page, asks until the answers agree."
        }
    }

    private static func sequence(_ task: SetupTask, _ subject: SetupSubject) -> [GuideStep] {
        switch task {
        case .create: creating(subject)
        case .consumerKey: consumerKey(subject)
        case .scopes: scopes(subject)
        case .preauthorize: preauthorizing(subject)
        case .rotate: rotating(subject)
        case .block: blocking(subject)
        case .unblock: unblocking(subject)
        case .expiry: expiry(subject)
        case .certificate: uploading(subject)
        case .loginHost: loginHost(subject)
        case .enable: enabling(subject)
        case .install: installing(subject)
        case .user: user(subject)
        case .permissions: permissions(subject)
        case .loginRanges: loginRanges(subject)
        case .sessionLevel: sessionLevel(subject)
        case .apiAccess: apiAccess(subject)
        case .tokenFormat: tokenFormat(subject)
        case .loginHistory: loginHistory(subject)
        case .migrate: migrating(subject)
        }
    }

    // MARK: Ways to the app's pages

    /// To where the app's own settings are edited.
    private static func editSettings(_ subject: SetupSubject) -> [GuideStep] {
        switch subject.kind {
        case .externalClientApp:
            [
                .click("Setup > Quick Find: External Client > External Client App Manager"),
                .click("At the end of \(subject.row) choose Edit Settings, and open OAuth Settings"),
            ]
        case .connectedApp:
            [
                .click("Setup > Quick Find: App Manager > App Manager"),
                .click("At the end of \(subject.row) choose Edit; the section is API (Enable OAuth Settings)"),
            ]
        }
    }

    /// To where the app's policies are edited.
    private static func editPolicies(_ subject: SetupSubject) -> [GuideStep] {
        switch subject.kind {
        case .externalClientApp:
            [
                .click("Setup > Quick Find: External Client > External Client App Manager > \(subject.app)"),
                .click("Tab Policies > Edit"),
            ]
        case .connectedApp:
            [
                .click("Setup > Quick Find: Connected Apps > Manage Connected Apps > \(subject.app)"),
                .click("Edit Policies"),
            ]
        }
    }

    private static let bothScopes =
        "Selected OAuth Scopes are exactly two: Manage user data via APIs (api); Perform requests at any time "
        + "(refresh_token, offline_access)"

    // MARK: aprity's own part

    private static func downloading(_ subject: SetupSubject) -> GuideStep {
        switch subject.reader {
        case .commandLine: .command("`aprity certificate download \(subject.alias)`; note the SHA-256 that it shows")
        case .settingsPage: .command("Download certificate, on this connection's page; note the SHA-256 that it shows")
        }
    }

    /// The tasks that follow the app's creation.
    private static func goingOn(_ subject: SetupSubject) -> GuideStep {
        switch subject.reader {
        case .commandLine:
            .command("Go on with `aprity app guide \(subject.alias) --task preauthorize`, then `--task consumer-key`")
        case .settingsPage:
            .command("Go on with \(SetupTask.preauthorize.title), then \(SetupTask.consumerKey.title), below")
        }
    }

    private static func block(_ subject: SetupSubject) -> GuideStep {
        let text =
            switch subject.reader {
            case .commandLine: "In aprity: `aprity block \(subject.alias) --reason TEXT`; do both"
            case .settingsPage: "In aprity: Block this app, on this connection's page; do both"
            }
        return .command(text, .block)
    }

    /// Empty if aprity does not block the app: there is nothing to unblock then.
    private static func unblock(_ subject: SetupSubject) -> [GuideStep] {
        guard subject.isBlocked != false else { return [] }
        let place = subject.isBlocked == nil ? "If it is blocked in aprity too" : "In aprity"
        let text =
            switch subject.reader {
            case .commandLine: "`aprity unblock \(subject.alias)`, which tests first"
            case .settingsPage: "Test and unblock, on this connection's page"
            }
        return [.command("\(place): \(text)", .unblock)]
    }

    private static func startRotation(_ subject: SetupSubject) -> GuideStep {
        let start =
            switch subject.reader {
            case .commandLine: "`aprity rotate start \(subject.alias)` makes the next key and certificate"
            case .settingsPage:
                "Make the next certificate, on this connection's rotation page, makes the next key and certificate"
            }
        return .command(
            start + "; from then on both keys are in use, so the upload below interrupts nobody", .startRotation)
    }

    static func downloadNext(_ subject: SetupSubject) -> GuideStep {
        let file = subject.nextCertificateFile
        let text =
            switch subject.reader {
            case .commandLine:
                "`aprity certificate download \(subject.alias) --next` writes \(file); note the SHA-256 that it shows"
            case .settingsPage:
                "Download the next certificate, on this connection's rotation page: \(file); note the SHA-256 that the "
                    + "page shows"
            }
        return .command(text, .downloadNext)
    }

    private static func confirmUpload(_ subject: SetupSubject) -> GuideStep {
        let confirm =
            switch subject.reader {
            case .commandLine: "`aprity rotate uploaded \(subject.alias)`"
            case .settingsPage: "I uploaded it, on this connection's rotation page,"
            }
        return .command(confirm + " follows the change until the answers agree", .confirmUpload)
    }

    // MARK: The admin guide's tasks

    private static func creating(_ subject: SetupSubject) -> [GuideStep] {
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

    private static func consumerKey(_ subject: SetupSubject) -> [GuideStep] {
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

    private static func scopes(_ subject: SetupSubject) -> [GuideStep] {
        let certificate =
            switch subject.kind {
            case .externalClientApp: "Check that the certificate is still there under Enable JWT Bearer Flow"
            case .connectedApp: "Check that Use digital signatures still names the certificate"
            }
        return editSettings(subject) + [
            .click(bothScopes + "; add the missing one, remove any other"), .check(certificate), .click("Save"),
        ]
    }

    private static func preauthorizing(_ subject: SetupSubject) -> [GuideStep] {
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

    private static func rotating(_ subject: SetupSubject) -> [GuideStep] {
        let clicks = editSettings(subject) + [upload(subject.nextCertificateFile, subject.kind), .click("Save")]
        return [startRotation(subject), downloadNext(subject)] + clicks + [confirmUpload(subject)]
    }

    private static func uploading(_ subject: SetupSubject) -> [GuideStep] {
        [downloading(subject)] + editSettings(subject) + [
            upload(subject.certificateFile, subject.kind), .click("Save"),
        ]
    }

    private static func upload(_ file: String, _ kind: AppKind) -> GuideStep {
        switch kind {
        case .externalClientApp: .click("Under Enable JWT Bearer Flow, which is ticked, upload \(file)")
        case .connectedApp: .click("Tick Use digital signatures and choose \(file)")
        }
    }

    private static func blocking(_ subject: SetupSubject) -> [GuideStep] {
        subject.kind.blockingInSalesforce(named: subject.appName) + [block(subject)]
    }

    private static func unblocking(_ subject: SetupSubject) -> [GuideStep] {
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

    private static func expiry(_ subject: SetupSubject) -> [GuideStep] {
        [
            .check("Setup does not show it"),
            .check("Settings page: the connection's card Digital certificate shows from when to when it is valid"),
            .check("Or: `aprity certificate show \(subject.alias)`"),
            .check("Or, with the FILE that was uploaded: `openssl x509 -in FILE -noout -enddate`"),
        ]
    }

    // MARK: What a diagnosis asks for

    private static func loginHost(_ subject: SetupSubject) -> [GuideStep] {
        [
            .click("Setup > Quick Find: My Domain > My Domain; the host is the Current My Domain URL"),
            .command("`aprity connection set \(subject.alias) --login-host https://THAT-HOST`"),
            .check(
                "Not the address in the browser's bar: hosts that end in lightning.force.com or my.salesforce-setup.com take "
                    + "no sign-ins"),
        ]
    }

    private static func enabling(_ subject: SetupSubject) -> [GuideStep] {
        switch subject.kind {
        case .externalClientApp:
            editPolicies(subject) + [
                .click("Tick Enable this app, and the OAuth plugin where it is listed"), .click("Save"),
            ]
        case .connectedApp: unblocking(subject)
        }
    }

    private static func installing(_ subject: SetupSubject) -> [GuideStep] {
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

    private static func user(_ subject: SetupSubject) -> [GuideStep] {
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

    private static func permissions(_ subject: SetupSubject) -> [GuideStep] {
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

    private static func loginRanges(_ subject: SetupSubject) -> [GuideStep] {
        [
            .click("Setup > Quick Find: Users > Users > \(subject.username) > the profile's name"),
            .click("Login IP Ranges > New: the addresses that aprity's traffic leaves from, and no others"),
            .click("Login Hours: unrestricted, or wide enough for when aprity runs"),
            .check("The app's IP Relaxation does not help: JWT Bearer always follows the profile's ranges"),
        ]
    }

    private static func sessionLevel(_ subject: SetupSubject) -> [GuideStep] {
        editPolicies(subject) + [
            .click(
                "Session policies: High assurance session required is off. JWT Bearer can never meet it, not by raising the "
                    + "level either"),
            .click("Save"),
        ]
    }

    private static func apiAccess(_ subject: SetupSubject) -> [GuideStep] {
        [
            .check(
                "Setup > Quick Find: API Access Control > API Access Control: where it is on, only apps that an admin allows "
                    + "may call the API")
        ] + installing(subject)
    }

    private static func tokenFormat(_ subject: SetupSubject) -> [GuideStep] {
        editSettings(subject) + [
            .click(
                "Untick Issue JSON Web Token (JWT)-based access tokens for named users: such tokens work for REST only, and "
                    + "metadata is read by SOAP"),
            .click("Save"),
        ]
    }

    private static func loginHistory(_ subject: SetupSubject) -> [GuideStep] {
        [
            .click("Setup > Quick Find: Login History > Login History"),
            .check(
                "The newest rows of \(subject.username) for \(subject.app): the column Status says more than "
                    + "the org tells a client"),
        ]
    }

    private static func migrating(_ subject: SetupSubject) -> [GuideStep] {
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

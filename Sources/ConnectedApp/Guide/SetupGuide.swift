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
            sequence.append(GuideStep(Self.wait(task, subject, unblocks: unblocks), act: .followChange))
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
        case .create: sequence(creating(subject))
        case .consumerKey: sequence(consumerKey(subject))
        case .scopes: sequence(scopes(subject))
        case .preauthorize: sequence(preauthorizing(subject))
        case .rotate: rotating(subject)
        case .block: blocking(subject)
        case .unblock: unblocking(subject)
        case .expiry: sequence(expiry(subject))
        case .certificate: sequence(uploading(subject))
        case .loginHost: sequence(loginHost(subject))
        case .enable: enabling(subject)
        case .install: sequence(installing(subject))
        case .user: sequence(user(subject))
        case .permissions: sequence(permissions(subject))
        case .loginRanges: sequence(loginRanges(subject))
        case .sessionLevel: sequence(sessionLevel(subject))
        case .apiAccess: sequence(apiAccess(subject))
        case .tokenFormat: sequence(tokenFormat(subject))
        case .loginHistory: sequence(loginHistory(subject))
        case .migrate: sequence(migrating(subject))
        }
    }

    /// Steps that every guide keeps.
    private static func sequence(_ texts: [String]) -> [GuideStep] { texts.map { GuideStep($0) } }

    // MARK: Ways to the app's pages

    /// To where the app's own settings are edited.
    private static func editSettings(_ subject: SetupSubject) -> [String] {
        switch subject.kind {
        case .externalClientApp:
            [
                "Setup > Quick Find: External Client > External Client App Manager",
                "At the end of \(subject.row) choose Edit Settings, and open OAuth Settings",
            ]
        case .connectedApp:
            [
                "Setup > Quick Find: App Manager > App Manager",
                "At the end of \(subject.row) choose Edit; the section is API (Enable OAuth Settings)",
            ]
        }
    }

    /// To where the app's policies are edited.
    private static func editPolicies(_ subject: SetupSubject) -> [String] {
        switch subject.kind {
        case .externalClientApp:
            [
                "Setup > Quick Find: External Client > External Client App Manager > \(subject.app)",
                "Tab Policies > Edit",
            ]
        case .connectedApp:
            [
                "Setup > Quick Find: Connected Apps > Manage Connected Apps > \(subject.app)",
                "Edit Policies",
            ]
        }
    }

    private static let bothScopes =
        "Selected OAuth Scopes are exactly two: Manage user data via APIs (api); Perform requests at any time "
        + "(refresh_token, offline_access)"

    // MARK: aprity's own part

    private static func downloading(_ subject: SetupSubject) -> String {
        switch subject.reader {
        case .commandLine: "`aprity certificate download \(subject.alias)`; note the SHA-256 that it shows"
        case .settingsPage: "Download certificate, on this connection's page; note the SHA-256 that it shows"
        }
    }

    /// The tasks that follow the app's creation.
    private static func goingOn(_ subject: SetupSubject) -> String {
        switch subject.reader {
        case .commandLine:
            "Go on with `aprity app guide \(subject.alias) --task preauthorize`, then `--task consumer-key`"
        case .settingsPage: "Go on with \(SetupTask.preauthorize.title), then \(SetupTask.consumerKey.title), below"
        }
    }

    private static func block(_ subject: SetupSubject) -> GuideStep {
        let text =
            switch subject.reader {
            case .commandLine: "In aprity: `aprity block \(subject.alias) --reason TEXT`; do both"
            case .settingsPage: "In aprity: Block this app, on this connection's page; do both"
            }
        return GuideStep(text, act: .block)
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
        return [GuideStep("\(place): \(text)", act: .unblock)]
    }

    private static func startRotation(_ subject: SetupSubject) -> GuideStep {
        let start =
            switch subject.reader {
            case .commandLine: "`aprity rotate start \(subject.alias)` makes the next key and certificate"
            case .settingsPage:
                "Make the next certificate, on this connection's rotation page, makes the next key and certificate"
            }
        return GuideStep(
            start + "; from then on both keys are in use, so the upload below interrupts nobody", act: .startRotation)
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
        return GuideStep(text, act: .downloadNext)
    }

    private static func confirmUpload(_ subject: SetupSubject) -> GuideStep {
        let confirm =
            switch subject.reader {
            case .commandLine: "`aprity rotate uploaded \(subject.alias)`"
            case .settingsPage: "I uploaded it, on this connection's rotation page,"
            }
        return GuideStep(confirm + " follows the change until the answers agree", act: .confirmUpload)
    }

    // MARK: The admin guide's tasks

    private static func creating(_ subject: SetupSubject) -> [String] {
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
                download,
                "Setup > Quick Find: External Client > External Client App Manager > New External Client App",
                "External Client App Name and API Name \(SetupSubject.proposedName), Contact Email your own, Distribution State Local",
                "Under API (Enable OAuth Settings) tick Enable OAuth", callback, bothScopes,
                "Under Flow Enablement tick Enable JWT Bearer Flow and upload \(subject.certificateFile); "
                    + "leave every other flow unticked",
                "Leave Issue JSON Web Token (JWT)-based access tokens for named users unticked",
                "Create",
                goingOn(subject),
            ]
        case .connectedApp:
            return [
                "An org may create a Connected App only where Salesforce Support allows it (since Spring '26); otherwise "
                    + "use an External Client App",
                download,
                "Setup > Quick Find: App Manager > App Manager > New Connected App",
                "Connected App Name and API Name \(SetupSubject.proposedName), Contact Email your own",
                "Tick Enable OAuth Settings", callback,
                "Tick Use digital signatures and choose \(subject.certificateFile)", bothScopes, "Save, then Continue",
                goingOn(subject),
            ]
        }
    }

    private static func consumerKey(_ subject: SetupSubject) -> [String] {
        let rest = [
            "Complete the identity verification; the code comes to you, not to the integration user",
            "Copy the Consumer Key, which begins with 3MVG9; leave the Consumer Secret where it is",
            subject.reader == .commandLine
                ? "`aprity connection set \(subject.alias) --consumer-key KEY`, or paste it on the Settings page"
                : "Paste it on this connection's page, under Consumer Key",
        ]
        switch subject.kind {
        case .externalClientApp:
            return [
                "Setup > Quick Find: External Client > External Client App Manager > \(subject.app)",
                "Tab Settings > OAuth Settings > Consumer Key and Secret; a new browser tab opens",
            ] + rest
        case .connectedApp:
            return [
                "Setup > Quick Find: App Manager > App Manager",
                "At the end of \(subject.row) choose View",
                "Manage Consumer Details, in the API section",
            ] + rest
        }
    }

    private static func scopes(_ subject: SetupSubject) -> [String] {
        let certificate =
            switch subject.kind {
            case .externalClientApp: "Check that the certificate is still there under Enable JWT Bearer Flow"
            case .connectedApp: "Check that Use digital signatures still names the certificate"
            }
        return editSettings(subject) + [bothScopes + "; add the missing one, remove any other", certificate, "Save"]
    }

    private static func preauthorizing(_ subject: SetupSubject) -> [String] {
        let setOnApp: [String] =
            switch subject.kind {
            case .externalClientApp:
                [
                    "Under App Policies move \(subject.permissionSet) to Selected Permission Sets, and everything else out "
                        + "of it; no profile is selected",
                    "Save",
                ]
            case .connectedApp:
                [
                    "Save",
                    "On the page of \(subject.app): Manage Permission Sets > tick \(subject.permissionSet), and nothing "
                        + "else > Save; Manage Profiles lists none",
                ]
            }
        return [
            "Setup > Quick Find: Permission Sets > Permission Sets: \(subject.permissionSet) exists (New, if not), with API "
                + "Enabled and Modify Metadata Through Metadata API Functions",
            "\(subject.permissionSet) > Manage Assignments: exactly \(subject.username), nobody else; whoever is listed "
                + "is somebody whom the app's key can sign in as",
        ] + editPolicies(subject)
            + ["Permitted Users: Admin approved users are pre-authorized. Confirm the warning"] + setOnApp
            + ["Or: \(AppPermissionSet.adminInstead) \(AppPermissionSet.reach(subject.alias, reader: subject.reader))"]
    }

    private static func rotating(_ subject: SetupSubject) -> [GuideStep] {
        let clicks = editSettings(subject) + [upload(subject.nextCertificateFile, subject.kind), "Save"]
        return [startRotation(subject), downloadNext(subject)] + sequence(clicks) + [confirmUpload(subject)]
    }

    private static func uploading(_ subject: SetupSubject) -> [String] {
        [downloading(subject)] + editSettings(subject) + [upload(subject.certificateFile, subject.kind), "Save"]
    }

    private static func upload(_ file: String, _ kind: AppKind) -> String {
        switch kind {
        case .externalClientApp: "Under Enable JWT Bearer Flow, which is ticked, upload \(file)"
        case .connectedApp: "Tick Use digital signatures and choose \(file)"
        }
    }

    private static func blocking(_ subject: SetupSubject) -> [GuideStep] {
        sequence(subject.kind.blockingInSalesforce(named: subject.appName)) + [block(subject)]
    }

    private static func unblocking(_ subject: SetupSubject) -> [GuideStep] {
        let inSalesforce: [String] =
            switch subject.kind {
            case .externalClientApp:
                [
                    "Setup > Quick Find: External Client Apps > OAuth Usage > \(subject.row) > Unblock",
                    "Or: Setup > External Client App Manager > \(subject.app) > Policies > Edit > tick Enable this app > Save",
                ]
            case .connectedApp:
                [
                    "Setup > Quick Find: Connected Apps > Manage Connected Apps > \(subject.app) > Unblock",
                    "The same button is at Connected Apps OAuth Usage",
                ]
            }
        return sequence(inSalesforce) + unblock(subject)
    }

    private static func expiry(_ subject: SetupSubject) -> [String] {
        [
            "Setup does not show it",
            "Settings page: the connection's card Digital certificate shows from when to when it is valid",
            "Or: `aprity certificate show \(subject.alias)`",
            "Or, with the FILE that was uploaded: `openssl x509 -in FILE -noout -enddate`",
        ]
    }

    // MARK: What a diagnosis asks for

    private static func loginHost(_ subject: SetupSubject) -> [String] {
        [
            "Setup > Quick Find: My Domain > My Domain; the host is the Current My Domain URL",
            "`aprity connection set \(subject.alias) --login-host https://THAT-HOST`",
            "Not the address in the browser's bar: hosts that end in lightning.force.com or my.salesforce-setup.com take "
                + "no sign-ins",
        ]
    }

    private static func enabling(_ subject: SetupSubject) -> [GuideStep] {
        switch subject.kind {
        case .externalClientApp:
            sequence(
                editPolicies(subject) + ["Tick Enable this app, and the OAuth plugin where it is listed", "Save"])
        case .connectedApp: unblocking(subject)
        }
    }

    private static func installing(_ subject: SetupSubject) -> [String] {
        switch subject.kind {
        case .externalClientApp:
            [
                "Setup > Quick Find: External Client > External Client App Manager: is \(subject.app) listed in this "
                    + "org?",
                "If not, it was made in another org (before a sandbox refresh, for instance): make or install it here",
            ]
        case .connectedApp:
            [
                "Setup > Quick Find: Connected Apps > Connected Apps OAuth Usage",
                "\(subject.row) > Install",
            ]
        }
    }

    private static func user(_ subject: SetupSubject) -> [String] {
        [
            "Setup > Quick Find: Users > Users: find \(subject.username) by the column Username, not by the e-mail address",
            "In a sandbox the username ends with the sandbox's name",
            "Active is ticked; if not, Edit and tick it",
            "If the page offers Unfreeze, somebody or Salesforce itself froze the user. Ask first why: traffic from "
                + "anonymizing VPNs and proxies is a reason that Salesforce has announced",
        ]
    }

    private static func permissions(_ subject: SetupSubject) -> [String] {
        [
            "Setup > Quick Find: Permission Sets > Permission Sets > \(subject.permissionSet) > System Permissions > Edit",
            "Tick API Enabled and Modify Metadata Through Metadata API Functions (asked for even to read), with View Setup "
                + "and Configuration and View Roles and Role Hierarchy, on which it depends",
            "Nothing else is needed. Customize Application may be given as well, so that "
                + "\(subject.reader.appCheck(subject.alias)) can read the "
                + "app's own settings; it is a strong right",
            "Save",
            "Manage Assignments: \(subject.username) is listed",
        ]
    }

    private static func loginRanges(_ subject: SetupSubject) -> [String] {
        [
            "Setup > Quick Find: Users > Users > \(subject.username) > the profile's name",
            "Login IP Ranges > New: the addresses that aprity's traffic leaves from, and no others",
            "Login Hours: unrestricted, or wide enough for when aprity runs",
            "The app's IP Relaxation does not help: JWT Bearer always follows the profile's ranges",
        ]
    }

    private static func sessionLevel(_ subject: SetupSubject) -> [String] {
        editPolicies(subject) + [
            "Session policies: High assurance session required is off. JWT Bearer can never meet it, not by raising the "
                + "level either",
            "Save",
        ]
    }

    private static func apiAccess(_ subject: SetupSubject) -> [String] {
        [
            "Setup > Quick Find: API Access Control > API Access Control: where it is on, only apps that an admin allows "
                + "may call the API"
        ] + installing(subject)
    }

    private static func tokenFormat(_ subject: SetupSubject) -> [String] {
        editSettings(subject) + [
            "Untick Issue JSON Web Token (JWT)-based access tokens for named users: such tokens work for REST only, and "
                + "metadata is read by SOAP",
            "Save",
        ]
    }

    private static func loginHistory(_ subject: SetupSubject) -> [String] {
        [
            "Setup > Quick Find: Login History > Login History",
            "The newest rows of \(subject.username) for \(subject.app): the column Status says more than "
                + "the org tells a client",
        ]
    }

    private static func migrating(_ subject: SetupSubject) -> [String] {
        let consumerKeyClicks =
            switch subject.reader {
            case .commandLine: "`aprity app guide \(subject.alias) --task consumer-key`"
            case .settingsPage: SetupTask.consumerKey.title
            }
        return [
            "Write down what \(subject.reader.appCheck(subject.alias)) shows of the app",
            "Setup > Quick Find: App Manager > App Manager > \(subject.row) > Migrate to External Client App (local "
                + "apps only; the old app stays as a copy that cannot be edited)",
            "Whether Consumer Key and certificate stay the same is not confirmed on a real org: compare the key "
                + "(\(consumerKeyClicks)), and upload the certificate again",
            "An External Client App wants the My Domain as login host and audience: `aprity connection add NEW --app-kind "
                + "external-client-app --login-host https://MY-DOMAIN --username \(subject.username)` makes the other side",
            "Test the new connection, then point your jobs to it, then `aprity connection remove \(subject.alias)`",
            "The way back: deleting the External Client App makes the Connected App active again with its old settings",
        ]
    }
}

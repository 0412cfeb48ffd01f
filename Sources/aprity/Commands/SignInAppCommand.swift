internal import ArgumentParser
internal import ConnectedApp
internal import ConnectedAppHTTP
internal import Foundation

struct SignInAppCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign-in-app",
        abstract: "Set up, show and remove the app through which people sign in with Salesforce.",
        discussion: Help.text(
            """
            People sign in to the Settings page with a user of an org, through an app of its own. The custom permission \
            Aprity_Admin or Aprity_User of the user decides what they may do. Accounts and the start token keep working.
            """,
            examples: [
                setExample, "aprity sign-in-app show",
            ]),
        subcommands: [Set.self, Show.self, Remove.self])

    private static let setExample =
        "aprity sign-in-app set --login-host https://acme.my.salesforce.com \\\n  --consumer-key 3MVG9… --organization-id 00D…"

    struct Set: AprityCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set up the app, in place of a former one.",
            discussion: Help.text(
                """
                In Salesforce, create an External Client App for it. Its Callback URL is the address of the Settings page, \
                followed by /sign-in/salesforce/callback. It needs the scopes openid and custom_permissions, PKCE, and no \
                secret for the Web Server Flow. No connection may use it.
                """,
                examples: [setExample]))

        @Option(help: ArgumentHelp("The org's My Domain.", valueName: "url")) var loginHost: String
        @Option(help: ArgumentHelp("The app's Consumer Key.", valueName: "key")) var consumerKey: String
        @Option(
            help: ArgumentHelp(
                "The org whose people may sign in, as Setup shows it under Company Information.", valueName: "id"))
        var organizationID: String
        @Option(help: ArgumentHelp("Allow a host that is not Salesforce's own; may be repeated.", valueName: "host"))
        var allowHost: [String] = []
        @Option(help: ArgumentHelp("Additional certificate authorities for TLS, PEM or DER.", valueName: "file"))
        var caFile: String?
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let view = try await world.service(store).signInApps.set(
                NewSignInApp(
                    loginHost: loginHost, consumerKey: consumerKey, organizationID: organizationID,
                    allowedHosts: allowHost,
                    certificateAuthoritiesPEM: try caFile.map { try CertificateAuthorities(file: $0).pem }),
                as: world.principal)
            try world.output.show(view) { SignInAppText.lines(view) }
            world.output.say("Next: open the sign-in page and choose Sign in with Salesforce.")
            return .done
        }
    }

    struct Show: AprityCommand {
        static let onlyReads = true

        static let configuration = CommandConfiguration(
            abstract: "Show the app.",
            discussion: Help.text(examples: ["aprity sign-in-app show", "aprity sign-in-app show --json"]))

        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            switch try await world.service(store).signInApps.presence() {
            case .present(let view): try world.output.show(view) { SignInAppText.lines(view) }
            case .missing: throw ConnectedAppError(.signInAppMissing)
            case .altered:
                throw ConnectedAppError(
                    .signInAppMissing,
                    detail: "The settings were altered outside aprity, so nobody can sign in this way.",
                    remedy:
                        "Set the app up again with `aprity sign-in-app set`, or remove it with `aprity sign-in-app remove`."
                )
            }
            return .done
        }
    }

    struct Remove: AprityCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove the app, and end the sessions of the people who signed in through it.",
            discussion: Help.text(examples: ["aprity sign-in-app remove", "aprity sign-in-app remove --json"]))

        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            try await world.service(store).signInApps.remove(as: world.principal)
            try world.output.show(RemovedView(removed: "sign-in-app")) {
                ["Removed. Nobody signs in with Salesforce any more."]
            }
            return .done
        }
    }
}

/// The app for signing in as lines of text.
private enum SignInAppText {
    static func lines(_ view: SignInAppView) -> [String] {
        var lines = [
            "Login host:    \(view.loginHost)", "Org:           \(view.organizationID)",
            "Consumer Key:  \(TerminalText.safe(view.consumerKey))",
            "Set up:        \(view.createdAt.ISO8601Format()) by \(TerminalText.safe(view.createdBy))",
        ]
        if !view.allowedHosts.isEmpty {
            lines.append("Allowed hosts: \(view.allowedHosts.joined(separator: ", "))")
        }
        return lines
    }
}

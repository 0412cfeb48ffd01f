internal import ArgumentParser
internal import ConnectedApp
internal import ConnectedAppHTTP
internal import Foundation

struct ConnectionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connection", abstract: "Add, list, show, change and remove connections.",
        discussion: Help.text(
            examples: [
                "aprity connection add acme --username integration@acme.example \\\n  --login-host https://acme.my.salesforce.com",
                "aprity connection set acme --consumer-key 3MVG9…",
            ]),
        subcommands: [Add.self, List.self, Show.self, Set.self, Repin.self, Remove.self])

    struct Add: AprityCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a connection, and create its key and certificate.",
            discussion: Help.text(
                """
                Works offline. If the login host can be reached and reports its org id, the id is shown. The first \
                sign-in pins the connection to its org.
                """,
                examples: [
                    "aprity connection add acme --username integration@acme.example \\\n  --login-host https://acme.my.salesforce.com",
                    "aprity connection add old --username integration@acme.example \\\n  --login-host https://login.salesforce.com --app-kind connected-app",
                ]))

        @Argument(help: "The connection's name.") var alias: String
        @Option(
            help: ArgumentHelp(
                "The org's My Domain, or a shared login host such as login.salesforce.com.", valueName: "url"))
        var loginHost: String
        @Option(help: ArgumentHelp("The user that aprity signs in as.", valueName: "username"))
        var username: String
        @Option(help: "external-client-app (default) or connected-app.") var appKind: AppKind?
        @Option(help: ArgumentHelp("The app's Consumer Key, if the app exists already.", valueName: "key"))
        var consumerKey: String?
        @Option(help: ArgumentHelp("The audience, if aprity cannot derive it.", valueName: "url")) var audience: String?
        @Option(help: ArgumentHelp("Allow a host that is not Salesforce's own; may be repeated.", valueName: "host"))
        var allowHost: [String] = []
        @Option(help: ArgumentHelp("Additional certificate authorities for TLS, PEM or DER.", valueName: "file"))
        var caFile: String?
        @Option(help: ArgumentHelp("Bits of the RSA key (default 2048).", valueName: "bits")) var keySize: KeySize?
        @Option(
            help: ArgumentHelp(
                "Where the key is created: sealed, pkcs11 or command (default: APRITY_KEY_STORE).", valueName: "kind"))
        var keyStore: KeyStoreKind?
        @Option(help: ArgumentHelp("Days that the certificate is valid, 1 to 3650 (default 365).", valueName: "days"))
        var days: Int?
        @Option(help: ArgumentHelp("Share the app, and so the key, of this connection.", valueName: "alias"))
        var sameAppAs: String?
        @Flag(help: "Let programs get access tokens of the connection, which can write.") var allowTokens = false
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        /// The JSON of `--json`. The names must not change.
        struct View: Encodable {
            let connection: ConnectionView
            /// The org id that the login host reports; it is not pinned yet. Omitted if the login host reports none.
            let advertisedOrganizationID: String?
        }

        func perform(_ world: World) async throws -> ExitStatus {
            let service = try await world.service(store)
            if keySize == .bits4096, sameAppAs == nil {
                world.output.say("Generating a key of 4096 bits takes a few seconds …")
            }
            let added = try await service.connections.add(
                NewConnection(
                    alias: alias, loginHost: loginHost, username: username, appKind: appKind, consumerKey: consumerKey,
                    audience: audience, allowedHosts: allowHost,
                    certificateAuthoritiesPEM: try caFile.map { try CertificateAuthorities(file: $0).pem },
                    keySize: keySize, keyStore: keyStore, certificateDays: days, sameAppAs: sameAppAs,
                    allowsTokens: allowTokens),
                as: world.principal)
            let advertised = await service.connections.advertisedOrganizationID(of: alias, as: world.principal)
            try world.output.show(View(connection: added, advertisedOrganizationID: advertised)) {
                var lines = ConnectionText.lines(added)
                if let advertised {
                    lines.append(
                        "The login host reports org \(advertised). The first sign-in pins the connection to its org.")
                }
                return lines
            }
            added.warnings.forEach(world.output.warn)
            if added.consumerKey == nil, sameAppAs == nil {
                world.output.say(
                    "Next: aprity certificate download \(alias)\(store.flags), then create the app in Salesforce with that certificate."
                )
            }
            return .done
        }
    }

    struct List: AprityCommand {
        static let onlyReads = true

        static let configuration = CommandConfiguration(
            abstract: "List the connections.",
            discussion: Help.text(examples: ["aprity connection list", "aprity connection list --json"]))

        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let (all, leftOut, altered) = try await world.service(store).connections.intact(as: world.principal)
            // JSON has either all connections or the error.
            if let altered, world.output.json { throw altered }
            try world.output.show(all) {
                let rows = all.map { view in
                    [
                        view.alias, view.username, view.loginHost, view.organizationID ?? "not signed in yet",
                        "\(view.certificate.daysLeft) days", ConnectionText.state(of: view),
                    ]
                }
                return Columns.lines(["ALIAS", "USERNAME", "LOGIN HOST", "ORG", "CERTIFICATE", "STATE"], rows)
            }
            if let altered {
                world.output.warn("Not shown, because a record was altered: \(leftOut.joined(separator: ", ")).")
                throw altered
            }
            if all.isEmpty {
                world.output.say("There is no connection yet. To add one, see: aprity connection add --help")
            }
            return .done
        }
    }

    struct Show: AprityCommand {
        static let onlyReads = true

        static let configuration = CommandConfiguration(
            abstract: "Show a connection, its certificate, and how its audience was derived.",
            discussion: Help.text(examples: ["aprity connection show acme", "aprity connection show acme --json"]))

        @Argument(help: "The connection's name.") var alias: String
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let view = try await world.service(store).connections.named(alias, as: world.principal)
            try world.output.show(view) { ConnectionText.lines(view) }
            view.warnings.forEach(world.output.warn)
            return .done
        }
    }

    struct Set: AprityCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change a connection.",
            discussion: Help.text(
                """
                After a sandbox refresh, prefer `aprity connection repin` to --accept-org-id: it pins the connection only if \
                the org that responds is the expected one.
                """,
                examples: [
                    "aprity connection set acme --consumer-key 3MVG9…",
                    "aprity connection set acme --accept-org-id 00Dxx0000001gPLEAY",
                ]))

        @Argument(help: "The connection's name.") var alias: String
        @Option(help: ArgumentHelp("The app's Consumer Key.", valueName: "key")) var consumerKey: String?
        @Option(help: ArgumentHelp("The user that aprity signs in as.", valueName: "username")) var username: String?
        @Option(help: ArgumentHelp("The login host.", valueName: "url")) var loginHost: String?
        @Option(help: ArgumentHelp("The audience; `reasoned` lets aprity derive it again.", valueName: "url"))
        var audience: String?
        @Option(help: ArgumentHelp("Replaces the allowed hosts; may be repeated.", valueName: "host"))
        var allowHost: [String] = []
        @Flag(help: "Allow Salesforce's own hosts only.") var noAllowHost = false
        @Option(
            help: ArgumentHelp(
                "Additional certificate authorities, PEM or DER; `none` removes them.", valueName: "file"))
        var caFile: String?
        @Option(
            help: ArgumentHelp("Pin the connection to this org without asking the org.", valueName: "org id"))
        var acceptOrgId: String?
        @Option(
            help: ArgumentHelp(
                "How often `aprity serve` pulls the org's metadata into the data folder, such as 12h or 1d; `off` for never.",
                valueName: "interval"))
        var pullEvery: String?
        @Flag(
            inversion: .prefixedNo, exclusivity: .exclusive,
            help: "Whether programs may get access tokens of the connection, which can write.")
        var allowTokens: Bool?
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func validate() throws {
            guard !noAllowHost || allowHost.isEmpty else {
                throw ValidationError("Give either --allow-host or --no-allow-host, not both.")
            }
        }

        func perform(_ world: World) async throws -> ExitStatus {
            var changes = ConnectionChanges()
            changes.consumerKey = consumerKey
            changes.username = username
            changes.loginHost = loginHost
            changes.audience = audience.map { $0 == "reasoned" ? .removed : .to($0) }
            if noAllowHost || !allowHost.isEmpty { changes.allowedHosts = noAllowHost ? [] : allowHost }
            changes.certificateAuthoritiesPEM = try caFile.map { file in
                file == "none" ? .removed : .to(try CertificateAuthorities(file: file).pem)
            }
            changes.acceptedOrganizationID = acceptOrgId
            changes.allowsTokens = allowTokens
            let interval = try pullEvery.map { text -> PullInterval? in text == "off" ? nil : try PullInterval(text) }
            let service = try await world.service(store)
            if !changes.isEmpty || interval == nil {
                _ = try await service.connections.change(alias, changes, as: world.principal)
            }
            if let interval { _ = try await service.pulls.schedule(alias, every: interval, as: world.principal) }
            let view = try await service.connections.named(alias, as: world.principal)
            try world.output.show(view) { ConnectionText.lines(view) }
            view.warnings.forEach(world.output.warn)
            if consumerKey != nil {
                world.output.say(
                    "A change takes 2 to 10 minutes to spread in Salesforce, a new app up to 30. Then run: aprity test "
                        + alias + store.flags
                )
            }
            return .done
        }
    }
}

extension ConnectionCommand {
    struct Repin: AprityCommand {
        static let configuration = CommandConfiguration(
            commandName: "repin", abstract: "Pin a connection to another org: after a sandbox refresh or a restore.",
            discussion: Help.text(
                """
                Reads which org answers now, and pins it only if it is the one that you expect. Otherwise nothing \
                changes. Setup > Company Information shows the Organization ID.
                """,
                examples: [
                    "aprity connection repin dev --expect 00D000000000062EAA",
                    "aprity connection repin dev --expect 00D000000000062EAA --json",
                ]))

        @Argument(help: "The connection's name.") var alias: String
        @Option(help: ArgumentHelp("The id of the expected org, from Setup.", valueName: "orgid")) var expect: String
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let view = try await world.service(store).connections.repin(alias, expecting: expect, as: world.principal)
            try world.output.show(view) {
                ["Pinned \(view.connection) to \(view.organizationID) instead of \(view.former). Now:"]
                    + view.next.enumerated().map { "  \($0.offset + 1). \(TerminalText.safe($0.element))" }
            }
            return .done
        }
    }
}

/// Formats a connection as text.
enum ConnectionText {
    static func lines(_ view: ConnectionView) -> [String] {
        var rows: [(String, String)] = [
            ("Connection", view.alias), ("App kind", view.appKind.label), ("Username", view.username),
            ("Login host", view.loginHost), ("Audience", view.audience.url ?? "undecided"), ("", view.audience.reason),
            ("Consumer Key", view.consumerKey ?? "not set yet"),
            ("Scopes", "api; refresh_token, offline_access (exactly these two)"),
            ("Org", view.organizationID ?? "not pinned yet; the first sign-in pins it"),
        ]
        if !view.allowedHosts.isEmpty { rows.append(("Allowed hosts", view.allowedHosts.joined(separator: ", "))) }
        if view.hasOwnCertificateAuthorities { rows.append(("TLS", "trusts additional certificate authorities")) }
        if !view.sharesAppWith.isEmpty { rows.append(("Shares its app", view.sharesAppWith.joined(separator: ", "))) }
        rows.append(("Access tokens", view.allowsTokens == false ? "not for programs" : "for programs, too"))
        rows.append(("Private key", view.keyStore.label))
        rows.append(("State", state(view.state)))
        if let cause = view.state.cause { rows.append(("", cause.entry.summary)) }
        if let interval = view.pullInterval {
            let failure = view.pullCause.map { "; the latest pull failed: \($0.entry.summary)" } ?? ""
            rows.append(("Pull", "every \(interval) (aprity metadata status \(view.alias))\(failure)"))
        }
        if view.rotation != .steady {
            rows.append(("Rotation", "\(view.rotation.rawValue) (aprity rotate status \(view.alias))"))
        }
        return Pairs.lines(rows) + CertificateText.lines(view.certificate)
    }

    /// Describes the state in a few words, the rotation if one is under way, and a scheduled pull that fails.
    static func state(of view: ConnectionView) -> String {
        state(view.state) + (view.rotation == .steady ? "" : "; rotation \(view.rotation.rawValue)")
            + (view.pullCause.map { "; pull fails: \($0.rawValue)" } ?? "")
    }

    /// Describes a state in a few words, with the time of the evidence.
    static func state(_ state: ConnectionStateView) -> String {
        let words =
            switch state.code {
            case .blocked: "blocked"
            case .consumerKeyMissing: "needs its Consumer Key"
            case .fails: "does not work" + (state.cause.map { ": \($0.rawValue)" } ?? "")
            case .waiting: "waiting for a change to spread"
            case .certificateExpired: "certificate expired"
            case .differs: "works, but differs" + (state.cause.map { ": \($0.rawValue)" } ?? "")
            case .uploadAwaited: "next certificate not uploaded yet"
            case .certificateEndsSoon: "certificate expires soon"
            case .unclear: "unknown whether it works"
            case .untested: "not tested yet"
            case .works: "works"
            }
        return words + (state.seenAt.map { " (seen \($0.ISO8601Format()))" } ?? "")
    }
}

/// Formats pairs of name and value, one per line. Values are made safe for terminals.
enum Pairs {
    static func lines(_ rows: [(String, String)]) -> [String] {
        rows.map { name, value in
            let label = name.isEmpty ? "" : name + ":"
            return label + String(repeating: " ", count: max(1, 17 - label.count)) + TerminalText.safe(value)
        }
    }
}

/// Formats a table with aligned columns. Values are made safe for terminals.
enum Columns {
    /// - Parameter rows: Each has as many values as `head`.
    static func lines(_ head: [String], _ rows: [[String]]) -> [String] {
        let safe = rows.map { $0.map(TerminalText.safe) }
        let widths = head.indices.map { column in ([head] + safe).map { $0[column].count }.max() ?? 0 }
        return ([head] + safe).map { row in
            row.enumerated().map { column, text in
                column == row.count - 1 ? text : text + String(repeating: " ", count: widths[column] - text.count + 2)
            }.joined()
        }
    }
}

internal import ArgumentParser
internal import ConnectedApp
internal import Foundation

struct TrustCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust", abstract: "Let programs exchange their OpenID Connect tokens for handles of 15 minutes.",
        discussion: Help.text(
            """
            A CI job of GitHub or GitLab, for example, then reads through the gateway without a stored secret. Each policy \
            says which tokens are exchanged, and what the handle is good for.
            """,
            examples: [
                "aprity trust add acme --name ci --issuer https://token.actions.githubusercontent.com --audience aprity "
                    + "--subject 'repo:acme/site:*'", "aprity trust list", "aprity trust remove acme ci",
            ]),
        subcommands: [Add.self, List.self, Remove.self])

    struct Add: AprityCommand {
        static let configuration = CommandConfiguration(
            abstract: "Trust certain tokens of an issuer.",
            discussion: Help.text(
                "In --subject and --claim, `*` stands for any characters.",
                examples: [
                    "aprity trust add acme --name ci --issuer https://token.actions.githubusercontent.com --audience aprity "
                        + "--subject 'repo:acme/site:*' --claim ref=refs/heads/main",
                    "aprity trust add acme --name docs --issuer https://gitlab.com --audience aprity "
                        + "--subject 'project_path:acme/site:*' --types CustomObject,Layout",
                ]))

        @Argument(help: "The connection's name.") var alias: String
        @Option(help: "The name of the policy.") var name: String
        @Option(help: ArgumentHelp("The issuer, as the tokens have it in `iss`.", valueName: "url")) var issuer: String
        @Option(help: "What the tokens have in `aud`.") var audience: String
        @Option(help: ArgumentHelp("What the tokens have in `sub`.", valueName: "pattern")) var subject: String
        @Option(
            help: ArgumentHelp(
                "A further claim that the tokens must have; may be repeated.", valueName: "name=pattern"),
            transform: ClaimArgument.init(argument:))
        var claim: [ClaimArgument] = []
        @Option(
            help: ArgumentHelp("Additional certificate authorities for the issuer, PEM or DER.", valueName: "file"))
        var caFile: String?
        @OptionGroup var rights: RightsOptions
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func validate() throws {
            guard Swift.Set(claim.map(\.name)).count == claim.count else {
                throw ValidationError("Each claim may be given once.")
            }
        }

        func perform(_ world: World) async throws -> ExitStatus {
            let new = NewTrustPolicy(
                name: name, issuer: issuer, audience: audience, subject: subject,
                claims: Dictionary(uniqueKeysWithValues: claim.map { ($0.name, $0.pattern) }),
                certificateAuthoritiesPEM: try caFile.map { try CertificateAuthorities(file: $0).pem },
                rights: rights.rights)
            let view = try await world.service(store).trustPolicies.add(new, to: alias, as: world.principal)
            try world.output.show(view) { Self.lines(view) }
            return .done
        }

        private static func lines(_ view: TrustPolicyView) -> [String] {
            var rows = [
                ("Name", view.name), ("Connection", view.connection), ("Issuer", view.issuer),
                ("Audience", view.audience), ("Subject", view.subject),
            ]
            rows += view.claims.sorted { $0.key < $1.key }.map { ("Claim \($0.key)", $0.value) }
            rows += [
                ("Handles", "valid for \(view.handleSeconds / 60) minutes"),
                ("Types", view.types?.joined(separator: ", ") ?? "all without secrets"),
                ("Objects", view.objects?.joined(separator: ", ") ?? "all that clients may query"),
                ("Addresses", view.addresses.isEmpty ? "any" : view.addresses.joined(separator: ", ")),
            ]
            return Pairs.lines(rows)
        }
    }

    struct List: AprityCommand {
        static let onlyReads = true
        static let configuration = CommandConfiguration(
            abstract: "List the trust policies.",
            discussion: Help.text(examples: ["aprity trust list", "aprity trust list acme --json"]))

        @Argument(help: "The connection's name; without it, all connections.") var alias: String?
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let policies = try await world.service(store).trustPolicies.all(of: alias, as: world.principal)
            try world.output.show(policies.shown) {
                guard !policies.shown.isEmpty else { return ["There is no trust policy."] }
                return Columns.lines(
                    ["CONNECTION", "NAME", "ISSUER", "AUDIENCE", "SUBJECT", "CLAIMS"],
                    policies.shown.map { policy in
                        [
                            policy.connection, policy.name, policy.issuer, policy.audience, policy.subject,
                            policy.claims.map { "\($0)=\($1)" }.sorted().joined(separator: " "),
                        ]
                    })
            }
            for id in policies.altered {
                world.output.warn(
                    "The trust policy \(TerminalText.safe(id)) was altered outside aprity and is not applied.")
            }
            return .done
        }
    }

    struct Remove: AprityCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a trust policy, and revoke the handles that programs got by it.",
            discussion: Help.text("Takes the policy's name or id.", examples: ["aprity trust remove acme ci"]))

        @Argument(help: "The connection's name.") var alias: String
        @Argument(help: "The policy's name or id.") var name: String
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            try await world.service(store).trustPolicies.remove(name, of: alias, as: world.principal)
            try world.output.show(RemovedView(removed: name)) { ["Removed \(TerminalText.safe(name))."] }
            return .done
        }
    }
}

/// A claim and its pattern, written as `name=pattern`.
struct ClaimArgument {
    let name: String
    let pattern: String

    /// - Throws: `ValidationError` if the text does not have this form.
    init(argument: String) throws {
        let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else {
            throw ValidationError("'\(argument)' is not a claim. Write name=pattern, for example ref=refs/heads/main.")
        }
        (name, pattern) = (parts[0], parts[1])
    }
}

internal import ArgumentParser
internal import ConnectedApp
internal import Foundation

struct AssertionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assertion", abstract: "Inspect a JWT Bearer assertion that any program made.",
        discussion: Help.text(
            examples: [
                "aprity assertion inspect assertion.txt", "./my-script --print-jwt | aprity assertion inspect -",
            ]),
        subcommands: [Inspect.self])

    struct Inspect: AprityCommand {
        static let onlyReads = true

        static let configuration = CommandConfiguration(
            commandName: "inspect", abstract: "Find faults for which an org refuses an assertion. Sends nothing.",
            discussion: Help.text(
                """
                Accepts the assertion alone, or a form body that contains it. Prints its header and claims, but never \
                its signature: until an assertion expires, whoever has all of it can sign in. Verifies the signature \
                only with --certificate. Exits with 1 if it finds a fault. A notice is not a fault.
                """,
                examples: [
                    "aprity assertion inspect assertion.txt",
                    "aprity assertion inspect - --certificate aprity.crt < body.txt",
                ]))

        @Argument(help: ArgumentHelp("The file, or - for stdin.", valueName: "file")) var file: String
        @Option(help: ArgumentHelp("Verify the signature with the public key of this certificate.", valueName: "crt"))
        var certificate: String?
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            try InputFile.checkStandardInputIsOnce([("the assertion", file), ("--certificate", certificate)])
            let view = try AssertionView(
                inspecting: try InputFile(file).read(atMost: 1 << 20),
                certificateFile: try certificate.map {
                    CredentialFile(try InputFile($0).read(atMost: 1 << 20), name: $0)
                },
                now: World.surroundings.now())
            try world.output.show(view) { Self.lines(view, world.output) }
            return view.isSound ? .done : .refused
        }

        private static func lines(_ view: AssertionView, _ output: Output) -> [String] {
            var lines = view.header.sorted { $0.key < $1.key }.map { "header  \($0.key): \($0.value)" }
            lines += view.claims.sorted { $0.key < $1.key }.map { "claim   \($0.key): \($0.value)" }
            if let fits = view.signatureFits {
                lines.append("The signature \(fits ? "matches" : "does not match") the certificate.")
            }
            lines = lines.map(TerminalText.safe)
            lines += view.findings.map { finding in
                let isProblem = finding.severity == .problem
                let word = output.coloured(isProblem ? "fault  " : "notice ", isProblem ? .red : .yellow)
                return word + "  " + TerminalText.safe(finding.sentence + " " + finding.remedy)
            }
            lines.append(
                view.isSound
                    ? output.coloured(
                        view.signatureFits == nil
                            ? "No fault was found, but the signature was not verified. To verify it, add --certificate."
                            : "No fault was found.", .green)
                    : output.coloured("An org would refuse this assertion.", .red))
            return lines
        }
    }
}

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
            commandName: "inspect", abstract: "Find why an org would refuse an assertion. Nothing is sent.",
            discussion: Help.text(
                """
                Accepts the compact form or the complete form body. Exits with 1 if it finds a fault. The assertion \
                itself is never printed: until it expires, whoever has it can sign in.
                """,
                examples: [
                    "aprity assertion inspect assertion.txt",
                    "aprity assertion inspect - --certificate aprity.crt < body.txt",
                ]))

        @Argument(help: ArgumentHelp("The file, or - for stdin.", valueName: "file")) var file: String
        @Option(help: ArgumentHelp("Verify the signature with this certificate.", valueName: "crt"))
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
                    ? output.coloured("No fault was found.", .green)
                    : output.coloured("An org would refuse this assertion.", .red))
            return lines
        }
    }
}

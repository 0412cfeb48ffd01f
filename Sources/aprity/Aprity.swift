internal import ArgumentParser
internal import ConnectedApp
internal import Foundation

/// The root of the command line.
@main
struct Aprity: AsyncParsableCommand {
    /// README.md names it too.
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "aprity",
        abstract:
            "Stores the key of a Salesforce app, signs in by JWT Bearer, and reads metadata. Never writes to an org.",
        discussion: Help.text(
            examples: [
                "aprity init",
                "aprity connection add acme --username integration@acme.example \\\n  --login-host https://acme.my.salesforce.com",
            ]),
        version: version,
        subcommands: [
            InitCommand.self, ConnectionCommand.self, CertificateCommand.self, RotateCommand.self, TestCommand.self,
            TokenCommand.self,
            MetadataCommand.self, AppCommand.self, ReportCommand.self, AssertionCommand.self, RealityCheckCommand.self,
            ExplainCommand.self, BlockCommand.self, UnblockCommand.self, CredentialCommand.self, BudgetCommand.self,
            AuditCommand.self,
            NotifyCommand.self, ServeCommand.self, UserCommand.self, SignInAppCommand.self, APITokenCommand.self,
            ClientCommand.self, TrustCommand.self,
            HealthCommand.self,
            MasterKeyCommand.self, BackupCommand.self,
            SimulatorCommand.self, ConfigCommand.self,
        ])

    /// Runs the command and exits with its status. The first steps protect the process, so they come before anything
    /// that reads a file or a key.
    static func main() async {
        StandardDescriptors.fill()
        // A write to a closed pipe then fails instead of ending the process.
        signal(SIGPIPE, SIG_IGN)
        let invocation = Invocation(Array(CommandLine.arguments.dropFirst()))
        let output = Output(environment: ProcessInfo.processInfo.environment, form: invocation.form)
        do { try ProcessMemory.protect() } catch {
            output.failure(error)
            Foundation.exit(error.cause.entry.exit.rawValue)
        }
        Foundation.exit(await CommandRun(invocation: invocation, output: output).status())
    }
}

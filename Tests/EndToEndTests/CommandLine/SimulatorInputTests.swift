internal import Foundation
internal import Testing

/// The files that `aprity simulator` reads before it starts.
@Suite("Files of the simulator command")
struct SimulatorInputTests {
    private static let ports = ["simulator", "--port", "0", "--management-port", "0"]

    @Test("A seed is read from standard input, a pipe and a FIFO, and its size is limited")
    func seed() async throws {
        // All seeds are invalid: the message shows that the content was read, and no simulator has to be stopped.
        let aprity = try AprityProcess()
        let refused = try await aprity.run(Self.ports + ["--seed", "-"], input: #"{"orgs":[],"orgs":[]}"#)
        #expect(refused.status == 65, "\(refused.stderr)")
        #expect(refused.stderr.contains("The document has the key orgs twice in one object."), "\(refused.stderr)")
        let large = try await aprity.run(Self.ports + ["--seed", "-"], input: String(repeating: " ", count: 4_194_305))
        #expect(large.status == 66, "\(large.stderr)")
        #expect(large.stderr.contains("larger than 4194304 bytes"), "\(large.stderr)")
        let script = """
            "$@" --seed <(echo '{"colour":1}') 2>&1; echo "status $?"
            mkfifo fifo; echo '{"colour":1}' > fifo & "$@" --seed fifo 2>&1; echo "status $?"
            """
        let said = try await ForeignProgram(in: aprity.home, environment: aprity.environment).succeed(
            "bash", ["-c", script, "sh", AprityProcess.binary] + Self.ports)
        #expect(said.components(separatedBy: "colour: the key is not known").count == 3, "\(said)")
        #expect(said.components(separatedBy: "status 65").count == 3, "\(said)")
    }

    @Test("Only one file can come from standard input")
    func once() async throws {
        let aprity = try AprityProcess()
        let outcome = try await aprity.run(Self.ports + ["--tls-certificate", "-", "--tls-key", "-"])
        #expect(outcome.status == 64)
        #expect(outcome.stderr.contains("not both --tls-certificate and --tls-key"), "\(outcome.stderr)")
    }

    @Test("The first signal ends the wait for a certificate from a silent pipe")
    func interrupted() async throws {
        let aprity = try AprityProcess()
        let script = """
            mkfifo pipe
            "$@" --tls-certificate pipe --tls-key pipe 2>said & process=$!
            sleep 1
            kill -TERM $process
            wait $process
            echo "status $?"
            cat said
            """
        let said = try await ForeignProgram(in: aprity.home, environment: aprity.environment).succeed(
            "bash", ["-c", script, "sh", AprityProcess.binary] + Self.ports)
        #expect(said.contains("status 143"), "\(said)")
        #expect(said.contains("interrupted by SIGTERM"), "\(said)")
    }

    @Test("A missing source is reported as a missing file, not as a fault of the seed")
    func source() async throws {
        let outcome = try await AprityProcess().run(Self.ports + ["--source", "nosuchdir"])
        #expect(outcome.status == 66)
        #expect(outcome.stderr.contains("--source: nosuchdir: there is no such folder."), "\(outcome.stderr)")
        #expect(!outcome.stderr.contains("seed"), "\(outcome.stderr)")
    }
}

import ConnectedAppSignerCommand
import ConnectedAppTesting
import Foundation
import Testing

@testable import ConnectedApp

/// Signer commands that misbehave.
@Suite("Signer command")
struct SignerCommandTests {
    private static let purpose = KeyPurpose(appID: "app", credentialID: "credential")

    /// A signer that misbehaves for one verb, and a correct one.
    private static func script(_ verb: String, _ body: String) throws -> (script: SignerScript, good: SignerScript) {
        let good = try SignerScript.openssl()
        let script = try SignerScript(
            """
            #!/usr/bin/env bash
            folder=$(dirname "$0")
            IFS= read -r line
            printf '%s\\n' "$line" >>"$folder/questions"
            if [[ $line == *'"verb":"\(verb)"'* ]]; then
            \(body)
            exit
            fi
            exec \(good.path) \(good.keyFolder) <<<"$line"
            """)
        return (script, good)
    }

    /// The error of signing with a newly created key.
    private static func errorOfSigning(_ body: String, limit: Int = 65_536) async throws -> ConnectedAppError? {
        let (script, good) = try script("sign", body)
        defer { withExtendedLifetime(good) {} }
        let store = try script.store(limit: limit)
        let reference = try await store.create(size: .bits2048, purpose: purpose)
        return await thrownByAwaiting { try await store.sign([1, 2, 3], with: reference, purpose: purpose) }
    }

    @Test("A signature by another key or of another message is rejected")
    func lying() async throws {
        let other = try SignerScript.openssl()
        let otherStore = try other.store()
        let reference = try await otherStore.create(size: .bits2048, purpose: Self.purpose)
        for message in [[1, 2, 3], [9]] as [[UInt8]] {
            let signature = try await otherStore.sign(message, with: reference, purpose: Self.purpose)
            let text = Data(signature).base64EncodedString()
            let error = try await Self.errorOfSigning(
                #"echo '{"protocol":"aprity-signer-1","signature":"\#(text)"}'"#)
            #expect(error?.cause == .signatureFalse)
        }
        let garbage = try await Self.errorOfSigning(#"echo '{"protocol":"aprity-signer-1","signature":"AAAA"}'"#)
        #expect(garbage?.cause == .signatureFalse)
    }

    @Test("A crash of the signer is reported with its status and its sanitized output")
    func crashing() async throws {
        let error = try await Self.errorOfSigning(#"printf 'no \033[31mcredentials\n' >&2; exit 3"#)
        #expect(error?.cause == .keyStoreFailed)
        #expect(error?.detail == "The signer command ended with exit status 3.")
        #expect(error?.evidence["ended"] == "exit status 3")
        #expect(error?.remedy.hasPrefix("Run the signer command") == true)
        #expect(error?.evidence["stderr"] == "no  [31mcredentials")
        let killed = try await Self.errorOfSigning("kill -9 $$")
        #expect(killed?.cause == .keyStoreFailed)
        #expect(killed?.evidence["ended"] == "signal 9")
    }

    @Test(
        "Output that is not one line of the protocol is rejected",
        arguments: [
            "", "hello", "[]", "{}", #"{"protocol":"aprity-signer-2","signature":"AAAA"}"#,
            #"{"protocol":"aprity-signer-1"}"#, #"{"protocol":"aprity-signer-1","signature":7}"#,
            #"{"protocol":"aprity-signer-1","signature":"AAAA","note":"x"}"#,
            #"{"protocol":"aprity-signer-1","signature":"not base 64"}"#,
            "debug: hello\n" + #"{"protocol":"aprity-signer-1","signature":"AAAA"}"#,
            #"{"protocol":"aprity-signer-1","error":{"code":"failed","message":"no"}}"#,
        ])
    func unintelligible(_ answer: String) async throws {
        let error = try await Self.errorOfSigning("cat <<'END'\n\(answer)\nEND")
        #expect(error?.cause == .keyStoreFailed)
    }

    @Test("Too much output on either stream is reported", arguments: ["", " >&2"])
    func chatty(_ stream: String) async throws {
        let error = try await Self.errorOfSigning("head -c 200000 /dev/zero | tr '\\0' x\(stream)", limit: 10_000)
        #expect(error?.cause == .keyStoreFailed)
        #expect(error?.detail?.contains("10000 bytes") == true)
    }

    @Test("A signer without an answer is killed with all its child processes", .timeLimit(.minutes(1)))
    func slow() async throws {
        let (script, good) = try Self.script(
            "sign", #"sleep 1000 & echo $! >"$folder/sleeper.part"; mv "$folder/sleeper.part" "$folder/sleeper"; wait"#)
        let time = TestTime()
        let store = try script.store(time: time)
        let reference = try await store.create(size: .bits2048, purpose: Self.purpose)
        async let signing = thrownByAwaiting {
            try await store.sign([1], with: reference, purpose: Self.purpose)
        }
        while script.fileText("sleeper") == nil { try await Task.sleep(for: .milliseconds(5)) }
        await time.sleepers()
        time.advance(by: .seconds(30))
        let error = await signing
        #expect(error?.cause == .keyStoreFailed)
        #expect(error?.detail?.contains("30 seconds") == true)
        let sleeper = try #require(
            script.fileText("sleeper").flatMap { Int32($0.trimmingCharacters(in: .whitespacesAndNewlines)) })
        // Until the process has exited or is a zombie.
        while let state = try? String(contentsOfFile: "/proc/\(sleeper)/stat", encoding: .utf8),
            !state.contains(") Z "), !state.contains(") X ")
        {
            try await Task.sleep(for: .milliseconds(5))
        }
        withExtendedLifetime(good) {}
    }

    @Test("The program gets few environment variables, and no shell interprets its arguments")
    func surroundingsOfProgram() async throws {
        let script = try SignerScript(
            """
            #!/bin/sh
            env | cut -d= -f1 | sort >"$(dirname "$0")/variables"
            printf '%s\\n' "$@" >"$(dirname "$0")/arguments"
            exit 1
            """)
        let setting = "[\"\(script.path)\", \"a b\", \"$(touch x); *\"]"
        let store = CommandKeyStore(
            program: try SignerProgram(setting: setting),
            environment: ["PATH": "/usr/bin:/bin", "HOME": "/", "APRITY_MASTER_KEY_FILE": "/k", "SECRET": "s"],
            surroundings: TestedKind.surroundings())
        _ = await thrownByAwaiting { try await store.create(size: .bits2048, purpose: Self.purpose) }
        let variables = try #require(script.fileText("variables")).split(separator: "\n").map(String.init)
        #expect(Set(variables).subtracting(["PWD", "OLDPWD", "SHLVL", "_"]) == ["HOME", "PATH"])
        #expect(script.fileText("arguments") == "a b\n$(touch x); *\n")
    }

    @Test("A key of a size other than requested is rejected and destroyed")
    func wrongSize() async throws {
        let (script, good) = try Self.script(
            "create",
            #"exec "\#("$folder")/good" "$folder/keys" <<<"${line/3072/2048}""#)
        _ = good
        let copy = try SignerScript.openssl()
        let text = try String(contentsOfFile: copy.path, encoding: .utf8)
        try Data(text.utf8).write(to: URL(filePath: (script.path as NSString).deletingLastPathComponent + "/good"))
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o700],
            ofItemAtPath: (script.path as NSString).deletingLastPathComponent + "/good")
        let store = try script.store()
        let error = await thrownByAwaiting { try await store.create(size: .bits3072, purpose: Self.purpose) }
        #expect(error?.cause == .keyStoreFailed)
        #expect(script.fileText("questions")?.contains(#""verb":"destroy""#) == true)
    }

    @Test("A program is not run if others can change it, it is not executable, or its path is not absolute")
    func unsafeProgram() async throws {
        for setting in ["signer", "[]", "[1]", "[\"signer\"]"] {
            #expect(thrown { try SignerProgram(setting: setting) }?.cause == .configurationMalformed)
        }
        let script = try SignerScript.openssl()
        let store = try script.store()
        for mode in [0o720, 0o702, 0o600] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: script.path)
            let error = await thrownByAwaiting { try await store.create(size: .bits2048, purpose: Self.purpose) }
            #expect(error?.cause == .configurationMalformed)
        }
    }

    @Test(
        "A program is not run if others can change a parent folder or the folder of a link",
        arguments: [0o777, 0o770, 0o757, 0o2777])
    func unsafeFolder(_ mode: Int) async throws {
        let script = try SignerScript.openssl()
        let folder = (script.path as NSString).deletingLastPathComponent
        func setMode(_ path: String, _ mode: Int) throws {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        }
        func cause(_ path: String) async throws -> Cause? {
            let store = CommandKeyStore(
                program: try SignerProgram(setting: "[\"\(path)\", \"\(script.keyFolder)\"]"),
                environment: ["PATH": "/usr/bin:/bin"], surroundings: TestedKind.surroundings())
            do { _ = try await store.create(size: .bits2048, purpose: Self.purpose) } catch {
                return (error as? ConnectedAppError)?.cause
            }
            return nil
        }
        let linkFolder = try TemporaryFolder()
        let link = linkFolder.path + "/signer"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: script.path)
        #expect(try await cause(link) == nil)
        try setMode(linkFolder.path, mode)
        #expect(try await cause(link) == .configurationMalformed)
        try setMode(linkFolder.path, 0o755)
        try setMode(folder, mode)
        #expect(try await cause(script.path) == .configurationMalformed)
        #expect(try await cause(link) == .configurationMalformed)
        try setMode(folder, 0o1777)
        #expect(try await cause(script.path) == nil)
    }

    @Test("A script whose interpreter others can change is not run")
    func unsafeInterpreter() async throws {
        let folder = try TemporaryFolder()
        let interpreter = folder.path + "/sh"
        try Data(contentsOf: URL(filePath: "/bin/sh")).write(to: URL(filePath: interpreter))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: interpreter)
        let script = try SignerScript("#!\(interpreter) -e\nexit 1\n")
        let store = try script.store()
        let ran = await thrownByAwaiting { try await store.create(size: .bits2048, purpose: Self.purpose) }
        #expect(ran?.cause == .keyStoreFailed)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: interpreter)
        let refused = await thrownByAwaiting { try await store.create(size: .bits2048, purpose: Self.purpose) }
        #expect(refused?.cause == .configurationMalformed)
    }

    @Test("A binary is run from its open file, and its first argument is its path")
    func binary() async throws {
        let folder = try TemporaryFolder()
        let copy = folder.path + "/cat"
        try FileManager.default.copyItem(atPath: "/bin/cat", toPath: copy)
        try FileManager.default.setAttributes([.posixPermissions: 0o711], ofItemAtPath: copy)
        let store = CommandKeyStore(
            program: try SignerProgram(setting: "[\"\(copy)\", \"/nonexistent/file\"]"), environment: [:],
            surroundings: TestedKind.surroundings())
        let error = await thrownByAwaiting { try await store.create(size: .bits2048, purpose: Self.purpose) }
        #expect(error?.evidence["stderr"]?.hasPrefix(copy + ": /nonexistent/file") == true)
    }
}

internal import ArgumentParser
internal import ConnectedApp
internal import Foundation

extension CertificateCommand {
    struct Import: AprityCommand {
        static let configuration = CommandConfiguration(
            abstract: "Import a key with its certificate, or a certificate for the present key.",
            discussion: Help.text(
                """
                With --key or --pkcs12, the key and the certificate replace the present ones; they must match. The key \
                can be PKCS#1, PKCS#8 or encrypted, in PEM; lost line breaks are repaired. With --certificate alone, \
                the key stays, and a certificate that an authority issued for it replaces the present one; the file \
                can contain the whole chain. Each file can be a pipe, and one of them can be - for standard input. \
                There is no export.
                """,
                examples: [
                    "aprity certificate import acme --certificate issued.pem",
                    "aprity certificate import acme --pkcs12 acme.p12 --passphrase-file pass.txt",
                    "aprity certificate import acme --key server.key \\\n  --certificate server.crt --passphrase-file pass.txt",
                ]))

        @Argument(help: "The connection's name.") var alias: String
        @Option(help: ArgumentHelp("The private key, PEM or DER; encrypted or not.", valueName: "file")) var key:
            String?
        @Option(help: ArgumentHelp("The certificate or a chain: PEM, DER or PKCS#7.", valueName: "file"))
        var certificate: String?
        @Option(help: ArgumentHelp("A PKCS#12 file with key and certificate.", valueName: "file")) var pkcs12: String?
        @Option(help: ArgumentHelp("The name of the key in a PKCS#12 file that has several.", valueName: "name"))
        var aliasInFile: String?
        @Option(
            help: ArgumentHelp(
                "A file whose first line is the passphrase of the key or the PKCS#12 file.", valueName: "file"))
        var passphraseFile: String?
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let view = try await importing(world)
            try world.output.show(view) { CertificateText.lines(view.certificate) }
            view.warnings.forEach(world.output.warn)
            return .done
        }

        private func importing(_ world: World) async throws -> ConnectionView {
            try InputFile.checkStandardInputIsOnce([
                ("--key", key), ("--certificate", certificate), ("--pkcs12", pkcs12),
                ("--passphrase-file", passphraseFile),
            ])
            guard aliasInFile == nil || pkcs12 != nil else {
                throw ConnectedAppError(.usage, detail: "--alias-in-file needs --pkcs12.")
            }
            let passphrase = try passphraseFile.map { try Passphrase.file($0, world).firstLine() }
            switch (key, certificate, pkcs12) {
            case (let key?, let certificate?, nil):
                return try await world.service(store).certificates.importCredential(
                    for: alias,
                    key: try SecretFile(path: key, flag: "--key").privateKey(
                        pkcs12Option: "--pkcs12", warn: world.output.warn),
                    passphrase: passphrase, certificate: try Self.file(certificate), as: world.principal)
            case (nil, let certificate?, nil) where passphrase == nil:
                return try await world.service(store).certificates.replace(
                    for: alias, file: try Self.file(certificate), as: world.principal)
            case (nil, nil, let pkcs12?):
                return try await world.service(store).certificates.importCredential(
                    for: alias, pkcs12: try Self.file(pkcs12), keyName: aliasInFile, passphrase: passphrase ?? [],
                    as: world.principal)
            default:
                throw ConnectedAppError(
                    .usage,
                    detail:
                        "--key needs --certificate. Give --key and --certificate, --certificate alone, or --pkcs12. "
                        + "--passphrase-file needs --key or --pkcs12."
                )
            }
        }

        private static func file(_ path: String) throws -> CredentialFile {
            CredentialFile(try InputFile(path).read(atMost: 1 << 20), name: path, pkcs12Option: "--pkcs12")
        }
    }

    struct Request: AprityCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create a certificate signing request (PKCS#10) for the present key.",
            discussion: Help.text(
                """
                Send the request to a certificate authority. `aprity certificate import --certificate` then replaces \
                the self-signed certificate with the issued one. This command does not change the connection.
                """,
                examples: [
                    "aprity certificate request acme",
                    "aprity certificate request acme --subject \"CN=acme,O=Example,C=DE\" --out acme.csr",
                ]))

        @Argument(help: "The connection's name.") var alias: String
        @Option(
            help: ArgumentHelp(
                "The requested subject, such as CN=acme,O=Example (default: the present certificate's).",
                valueName: "name"))
        var subject: String?
        @Option(help: ArgumentHelp("The file to create (default aprity.csr); - for stdout.", valueName: "file"))
        var out: String?
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        /// The JSON of `--json`. The names must not change.
        struct View: Encodable {
            let file: String
            let subject: String
            let publicKeySHA256: String
        }

        func perform(_ world: World) async throws -> ExitStatus {
            let request = try await world.service(store).certificates.request(
                for: alias, subject: subject, as: world.principal)
            let content = Array(request.pem.utf8)
            let path = out ?? "aprity.csr"
            guard path != "-" else {
                world.output.data(content)
                return .done
            }
            try OutputFile.create(path, content: content, mode: 0o644)
            let view = View(file: path, subject: request.subject, publicKeySHA256: request.publicKeySHA256)
            try world.output.show(view) {
                [
                    "Wrote \(TerminalText.safe(path)), a request for \(TerminalText.safe(view.subject)).",
                    "Public key  SHA-256 \(view.publicKeySHA256)",
                ]
            }
            return .done
        }
    }
}

internal import ArgumentParser
internal import ConnectedApp
internal import Foundation

struct CertificateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificate", abstract: "Download, show, check, inspect, request and import certificates.",
        discussion: Help.text(examples: ["aprity certificate download acme", "aprity certificate inspect aprity.crt"]),
        subcommands: [Download.self, Show.self, Check.self, Inspect.self, Request.self, Import.self])

    struct Download: AprityCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write the certificate to a file, for uploading to the app. Does not change the connection.",
            discussion: Help.text(
                examples: ["aprity certificate download acme", "aprity certificate download acme --der --out acme.der"])
        )

        @Argument(help: "The connection's name.") var alias: String
        @Flag(help: "The next certificate of the current rotation.") var next = false
        @Option(
            help: ArgumentHelp(
                """
                The file to create (default aprity.crt, with --next aprity-ALIAS-XXXXXXXX.crt; with --der, .der instead \
                of .crt); - for stdout.
                """,
                valueName: "file"))
        var out: String?
        @Flag(help: "DER instead of PEM: smaller, for Salesforce's limit of 4 KB.") var der = false
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        /// The JSON of `--json`. The names must not change.
        struct View: Encodable {
            let file: String
            let certificate: CertificateView
            /// Whether a rotation under way replaces this certificate in the app.
            let isBeingReplaced: Bool
        }

        func perform(_ world: World) async throws -> ExitStatus {
            let service = try await world.service(store)
            let certificate =
                next
                ? try await service.certificates.next(of: alias, as: world.principal)
                : try await service.certificates.current(of: alias, as: world.principal)
            let form = der ? CertificateForm.der : .pem
            let content = form.bytes(certificate)
            let path =
                out ?? (next ? form.fileName(of: alias, sha256: certificate.sha256) : form.plainFileName)
            let warning =
                next
                ? nil
                : try await service.connections.named(alias, as: world.principal).certificateBeingReplaced
            let isWritten = path != "-" ? try write(content, to: path) : false
            try await service.certificates.recordDownload(
                of: certificate, for: alias, into: path == "-" ? nil : path, as: world.principal)
            if path == "-" {
                world.output.data(content)
            } else {
                let view = CertificateView(certificate, now: World.surroundings.now())
                try world.output.show(View(file: path, certificate: view, isBeingReplaced: warning != nil)) {
                    let file = TerminalText.safe(path)
                    let end = view.notAfter.formatted(.iso8601)
                    return [
                        isWritten
                            ? "Wrote \(file), valid until \(end)."
                            : "\(file) already contains this certificate, valid until \(end).",
                        "SHA-256  \(view.sha256)",
                    ]
                }
            }
            if let warning { world.output.warn(warning.sentence(for: .commandLine)) }
            return .done
        }

        /// Writes the file. If it exists with the same content, does nothing.
        ///
        /// - Returns: Whether the file was written.
        /// - Throws: ``ConnectedAppError`` with `.outputExists` if it has other content; the errors of creating a file.
        private func write(_ content: [UInt8], to path: String) throws -> Bool {
            do {
                try OutputFile.create(path, content: content, mode: 0o644)
                return true
            } catch {
                guard error.cause == .outputExists else { throw error }
                // A file that cannot be read counts as one with other content.
                if let present = try? RegularFile(path).read(atMost: 65_536), present == content { return false }
                throw ConnectedAppError(
                    .outputExists, subject: path,
                    detail: "The file exists, and its content is not this certificate. aprity does not overwrite it.",
                    remedy: "Choose another file with --out, or remove this one.", evidence: error.evidence)
            }
        }
    }

    struct Show: AprityCommand {
        static let onlyReads = true

        static let configuration = CommandConfiguration(
            abstract: "Show the certificate of a connection.",
            discussion: Help.text(examples: ["aprity certificate show acme", "aprity certificate show acme --json"]))

        @Argument(help: "The connection's name.") var alias: String
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let view = try await world.service(store).connections.named(alias, as: world.principal).certificate
            try world.output.show(view) { CertificateText.lines(view) }
            view.warnings.forEach(world.output.warn)
            return .done
        }
    }

    struct Inspect: AprityCommand {
        static let onlyReads = true

        static let configuration = CommandConfiguration(
            abstract: "Show the content of a certificate file. Needs no store.",
            discussion: Help.text(
                "Reads PEM or DER, and repairs lost line breaks.",
                examples: ["aprity certificate inspect aprity.crt", "aprity certificate inspect aprity.der --json"]))

        @Argument(help: "The file; - for stdin.") var file: String
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let bytes = try InputFile(file).read(atMost: 1 << 20)
            let certificate: AppCertificate
            do { certificate = try AppCertificate(file: CredentialFile(bytes, name: file)) } catch {
                throw error.about(InputFile(file).shownName)
            }
            let view = CertificateView(certificate, now: World.surroundings.now())
            try world.output.show(view) { CertificateText.lines(view) }
            view.warnings.forEach(world.output.warn)
            return .done
        }
    }
}

/// Formats a certificate as text.
enum CertificateText {
    static func lines(_ view: CertificateView) -> [String] {
        let left = view.isExpired ? "expired" : view.daysLeft == 1 ? "1 day left" : "\(view.daysLeft) days left"
        return Pairs.lines([
            ("Certificate", view.subject), ("Valid from", view.notBefore.formatted(.iso8601)),
            ("Valid until", "\(view.notAfter.formatted(.iso8601)) (\(left))"),
            ("Key", "RSA, \(view.keyBits) bits"), ("Serial", view.serialNumber), ("SHA-256", view.sha256),
            ("SHA-1", view.sha1), ("Public key", "SHA-256 \(view.publicKeySHA256)"),
        ])
    }
}

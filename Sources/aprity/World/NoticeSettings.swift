internal import ConnectedApp
internal import ConnectedAppHTTP
internal import ConnectedAppMail
internal import Foundation

/// To whom notices go. From the environment only; secrets only from files that it names.
struct NoticeSettings {
    let mailURL: Settings.Value
    let mailFrom: Settings.Value
    /// Separated by commas.
    let mailTo: Settings.Value
    let mailUsername: Settings.Value
    let mailPasswordFile: Settings.Value
    let mailAuthorities: Settings.Value
    /// `required`, or `none` to this machine.
    let mailTLS: Settings.Value
    let webhook: Settings.Value
    let webhookFile: Settings.Value
    let webhookSecretFile: Settings.Value
    let webhookFormat: Settings.Value
    let webhookAuthorities: Settings.Value
    private let credentialsFolder: String?
    private let systemAuthorities: SystemAuthorities

    init(environment: [String: String]) {
        credentialsFolder = environment["CREDENTIALS_DIRECTORY"]
        systemAuthorities = SystemAuthorities(environment: environment)
        func value(_ name: String, _ variable: String, default fallback: String = "") -> Settings.Value {
            let given = environment[variable].flatMap { $0.isEmpty ? nil : $0 }
            return Settings.Value(name: name, value: given ?? fallback, source: given == nil ? "default" : variable)
        }
        mailURL = value("smtpURL", "APRITY_SMTP_URL")
        mailFrom = value("smtpFrom", "APRITY_SMTP_FROM")
        mailTo = value("smtpTo", "APRITY_SMTP_TO")
        mailUsername = value("smtpUsername", "APRITY_SMTP_USERNAME")
        mailPasswordFile = value("smtpPasswordFile", "APRITY_SMTP_PASSWORD_FILE")
        mailAuthorities = value("smtpCAFile", "APRITY_SMTP_CA_FILE")
        mailTLS = value("smtpTLS", "APRITY_SMTP_TLS", default: "required")
        webhook = value("notifyWebhook", "APRITY_NOTIFY_WEBHOOK")
        webhookFile = value("notifyWebhookFile", "APRITY_NOTIFY_WEBHOOK_FILE")
        webhookSecretFile = value("notifyWebhookSecretFile", "APRITY_NOTIFY_WEBHOOK_SECRET_FILE")
        webhookFormat = value("notifyWebhookFormat", "APRITY_NOTIFY_WEBHOOK_FORMAT", default: "json")
        webhookAuthorities = value("notifyWebhookCAFile", "APRITY_NOTIFY_WEBHOOK_CA_FILE")
    }

    /// Everything, for `aprity config`. Of a webhook only the host: what follows it may be a secret.
    var all: [Settings.Value] {
        [
            // Where a password was written into the URL after all, it is not shown.
            (mailURL.value.contains("@")
                ? Settings.Value(name: mailURL.name, value: "malformed", source: mailURL.source) : mailURL).shown(
                    "none"),
            mailFrom.shown("none"), mailTo.shown("none"), mailUsername.shown("none"),
            mailPasswordFile.shown("none"), mailAuthorities.shown("the system's"), mailTLS,
            webhook.hostOnly.shown("none"),
            webhookFile.shown("none"), webhookSecretFile.shown("none"), webhookFormat,
            webhookAuthorities.shown("the system's"),
        ]
    }

    /// - Throws: ``ConnectedAppError``: a setting is not what it should be, or a file is missing.
    func channels(_ transports: any TransportSource) throws -> [any NoticeChannel] {
        try mailChannels() + [webhookChannel(transports)].compactMap { $0 }
    }

    private static let mostRecipients = 10

    private func mailChannels() throws -> [any NoticeChannel] {
        guard !mailURL.value.isEmpty else { return [] }
        guard ["required", "none"].contains(mailTLS.value) else {
            throw Self.malformed(mailTLS, "TLS is required or none.")
        }
        guard mailUsername.value.isEmpty == mailPasswordFile.value.isEmpty else {
            throw Self.malformed(mailURL, "APRITY_SMTP_USERNAME and APRITY_SMTP_PASSWORD_FILE go together.")
        }
        let login =
            mailUsername.value.isEmpty
            ? nil
            : MailServer.Login(
                username: mailUsername.value,
                password: String(decoding: try secret(mailPasswordFile), as: UTF8.self))
        let server = try MailServer(
            url: mailURL.value, source: "APRITY_SMTP_URL", withoutTLS: mailTLS.value == "none", login: login,
            authorities: try mailServerAuthorities())
        let from = try MailAddress(mailFrom.value, source: "APRITY_SMTP_FROM")
        let recipients = try MailAddress.list(mailTo.value, source: "APRITY_SMTP_TO")
        guard (1...Self.mostRecipients).contains(recipients.count), Set(recipients).count == recipients.count else {
            throw ConnectedAppError(
                .configurationMalformed, subject: "APRITY_SMTP_TO",
                detail: "Give 1 to \(Self.mostRecipients) different addresses, separated by commas.")
        }
        return recipients.map { MailChannel(server, from: from, to: $0) }
    }

    /// A file that is missing or damaged is reported now, not with the first notice.
    private func mailServerAuthorities() throws -> MailServer.Authorities {
        guard mailAuthorities.value.isEmpty else {
            return .only(pem: try Self.authoritiesPEM(mailAuthorities))
        }
        return .system(
            pem: try systemAuthorities.givenFile()?.pem,
            folders: try systemAuthorities.givenFolders()?.joined(separator: ":"))
    }

    private func webhookChannel(_ transports: any TransportSource) throws -> (any NoticeChannel)? {
        guard !(webhook.value.isEmpty && webhookFile.value.isEmpty) else { return nil }
        guard webhook.value.isEmpty || webhookFile.value.isEmpty else {
            throw Self.malformed(webhookFile, "Give the webhook's URL or its file, not both.")
        }
        let source = webhook.value.isEmpty ? webhookFile : webhook
        let url =
            webhook.value.isEmpty
            ? String(decoding: try secret(webhookFile), as: UTF8.self) : webhook.value
        guard let format = WebhookFormat(rawValue: webhookFormat.value) else {
            throw Self.malformed(webhookFormat, "The format is json or slack.")
        }
        if webhookSecretFile.value.isEmpty, format == .json {
            throw Self.malformed(
                source, "A webhook is signed: name the file of its secret in APRITY_NOTIFY_WEBHOOK_SECRET_FILE.")
        }
        let signingSecret =
            webhookSecretFile.value.isEmpty
            ? nil : try WebhookSecret(line: secret(webhookSecretFile), source: webhookSecretFile.source)
        let receiver = try WebhookReceiver(
            url: url, shownAs: source.source,
            authoritiesPEM: webhookAuthorities.value.isEmpty ? nil : Self.authoritiesPEM(webhookAuthorities),
            transports: transports)
        return WebhookChannel(receiver, format: format, secret: signingSecret)
    }

    /// The certificates of the file that a setting names.
    private static func authoritiesPEM(_ file: Settings.Value) throws(ConnectedAppError) -> String {
        do { return try CertificateAuthorities(file: file.value).pem } catch {
            throw malformed(file, error.description)
        }
    }

    /// The first line of the file that a setting names.
    private func secret(_ file: Settings.Value) throws -> [UInt8] {
        try SecretFile(path: file.value, setting: file.source, credentialsFolder: credentialsFolder).firstLine()
    }

    static func malformed(_ value: Settings.Value, _ detail: String) -> ConnectedAppError {
        ConnectedAppError(.configurationMalformed, subject: value.source, detail: detail)
    }
}

extension World {
    /// The ways on which notices go out.
    func noticeChannels() async throws -> [any NoticeChannel] {
        let settings = NoticeSettings(environment: environment)
        // Webhooks go by the transports, which see to it themselves.
        if try Self.rehearsal.get() != nil, !settings.mailURL.value.isEmpty {
            throw Rehearsal.refusal(settings.mailURL.source)
        }
        return try settings.channels(try await transports())
    }
}

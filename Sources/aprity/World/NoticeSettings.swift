internal import ConnectedApp
internal import ConnectedAppHTTP
internal import ConnectedAppMail
internal import Foundation

/// The recipients of notices. The settings come from the environment only. Secrets come from files that it names; only a
/// webhook's URL, which may be one, can also be in the environment itself.
struct NoticeSettings {
    let mailURL: SettingValue
    let mailFrom: SettingValue
    /// Addresses, separated by commas.
    let mailTo: SettingValue
    let mailUsername: SettingValue
    let mailPasswordFile: SettingValue
    let mailAuthorities: SettingValue
    /// `required`, or `none` for a mail server on this machine.
    let mailTLS: SettingValue
    let webhook: SettingValue
    let webhookFile: SettingValue
    let webhookSecretFile: SettingValue
    let webhookFormat: SettingValue
    let webhookAuthorities: SettingValue
    private let malformedPath: ConnectedAppError?
    private let credentialsFolder: String?
    private let systemAuthorities: SystemAuthorities

    init(environment: [String: String]) throws {
        credentialsFolder = environment["CREDENTIALS_DIRECTORY"]
        systemAuthorities = SystemAuthorities(environment: environment)
        let given = try GivenSettings(environment: environment)
        malformedPath = given.malformedPath(among: [
            .smtpPasswordFile, .smtpCAFile, .notifyWebhookFile, .notifyWebhookSecretFile, .notifyWebhookCAFile,
        ])
        mailURL = given[.smtpURL]
        mailFrom = given[.smtpFrom]
        mailTo = given[.smtpTo]
        mailUsername = given[.smtpUsername]
        mailPasswordFile = given[.smtpPasswordFile]
        mailAuthorities = given[.smtpCAFile]
        mailTLS = given[.smtpTLS]
        webhook = given[.notifyWebhook]
        webhookFile = given[.notifyWebhookFile]
        webhookSecretFile = given[.notifyWebhookSecretFile]
        webhookFormat = given[.notifyWebhookFormat]
        webhookAuthorities = given[.notifyWebhookCAFile]
    }

    /// The rows in `aprity config`.
    var all: [SettingValue] {
        [
            mailURL, mailFrom, mailTo, mailUsername, mailPasswordFile, mailAuthorities, mailTLS, webhook, webhookFile,
            webhookSecretFile, webhookFormat, webhookAuthorities,
        ].map(\.shown)
    }

    /// Returns a channel for each recipient, and one for the webhook; empty if nothing is configured.
    ///
    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed` if a setting is malformed; the errors of reading
    ///   a file of secrets.
    func channels(_ transports: any TransportSource) throws -> [any NoticeChannel] {
        if let malformedPath { throw malformedPath }
        return try mailChannels() + [webhookChannel(transports)].compactMap { $0 }
    }

    private static let mostRecipients = 10

    private func mailChannels() throws -> [any NoticeChannel] {
        guard !mailURL.value.isEmpty else { return [] }
        guard ["required", "none"].contains(mailTLS.value) else {
            throw Self.malformed(mailTLS, "The value must be required or none.")
        }
        guard mailUsername.value.isEmpty == mailPasswordFile.value.isEmpty else {
            throw Self.malformed(mailURL, "Set both APRITY_SMTP_USERNAME and APRITY_SMTP_PASSWORD_FILE, or neither.")
        }
        let login =
            mailUsername.value.isEmpty
            ? nil
            : MailServer.Login(
                username: mailUsername.value,
                password: String(decoding: try secret(mailPasswordFile), as: UTF8.self))
        let server = try MailServer(
            url: mailURL.value, source: mailURL.source, withoutTLS: mailTLS.value == "none", login: login,
            authorities: try mailServerAuthorities())
        for (setting, address) in [(Setting.smtpFrom, mailFrom), (.smtpTo, mailTo)] where address.value.isEmpty {
            throw ConnectedAppError(
                .configurationMalformed, subject: setting.variable,
                detail: "It is not set. \(mailURL.source) needs it to send mail.")
        }
        let from = try MailAddress(mailFrom.value, source: Setting.smtpFrom.variable)
        let recipients = try MailAddress.list(mailTo.value, source: Setting.smtpTo.variable)
        guard (1...Self.mostRecipients).contains(recipients.count), Set(recipients).count == recipients.count else {
            throw ConnectedAppError(
                .configurationMalformed, subject: Setting.smtpTo.variable,
                detail: "Give 1 to \(Self.mostRecipients) different addresses, separated by commas.")
        }
        return recipients.map { MailChannel(server, from: from, to: $0) }
    }

    /// Loads the mail server's certificate authorities, so that a missing or damaged file is reported at the start, not
    /// with the first notice.
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
            throw Self.malformed(webhookFile, "Set APRITY_NOTIFY_WEBHOOK or APRITY_NOTIFY_WEBHOOK_FILE, not both.")
        }
        let source = webhook.value.isEmpty ? webhookFile : webhook
        let url =
            webhook.value.isEmpty
            ? String(decoding: try secret(webhookFile), as: UTF8.self) : webhook.value
        guard let format = WebhookFormat(rawValue: webhookFormat.value) else {
            throw Self.malformed(webhookFormat, "The format must be json or slack.")
        }
        if webhookSecretFile.value.isEmpty, format == .json {
            throw Self.malformed(
                source,
                "Requests in the format json are signed. Set APRITY_NOTIFY_WEBHOOK_SECRET_FILE to the file with the "
                    + "secret.")
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

    /// Returns the certificates in a setting's file.
    private static func authoritiesPEM(_ file: SettingValue) throws(ConnectedAppError) -> String {
        do { return try CertificateAuthorities(file: file.value).pem } catch {
            throw malformed(file, error.description)
        }
    }

    /// Returns the first line of a setting's file.
    private func secret(_ file: SettingValue) throws -> [UInt8] {
        try SecretFile(path: file.value, setting: file.source, credentialsFolder: credentialsFolder).firstLine()
    }

    static func malformed(_ value: SettingValue, _ detail: String) -> ConnectedAppError {
        ConnectedAppError(.configurationMalformed, subject: value.source, detail: detail)
    }
}

extension World {
    /// Returns the configured notice channels; empty if there are none.
    ///
    /// - Throws: The errors of ``NoticeSettings/channels(_:)``; ``ConnectedAppError`` with `.configurationMalformed` if
    ///   mail is configured in a rehearsal.
    func noticeChannels() async throws -> [any NoticeChannel] {
        let settings = try NoticeSettings(environment: environment)
        // Only mail is rejected here, because webhooks use the transports, which check it themselves.
        if try Self.rehearsal.get() != nil, !settings.mailURL.value.isEmpty {
            throw Rehearsal.misuse(settings.mailURL.source)
        }
        return try settings.channels(try await transports())
    }
}

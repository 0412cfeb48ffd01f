/// The settings. The raw value is the name in `aprity config` and in the configuration file, and must not change.
///
/// Variables of the platform (`HOME`, `XDG_*`, `CREDENTIALS_DIRECTORY`, `TERM`, and those of the proxy and the
/// certificate authorities) are not included. They have rules of their own, and the code with those rules reads them.
enum Setting: String, CaseIterable, Sendable {
    case home, masterKeyFile, port, host, publicURL, tlsCertificateFile, tlsKeyFile, gatewayPort
    case auditKeyFile, auditCheckpointFile, auditCheckpointWebhook, auditKeepDays
    case keyStore, pkcs11Module, pkcs11Token, pkcs11PINFile, signerCommand
    case smtpURL, smtpFrom, smtpTo, smtpUsername, smtpPasswordFile, smtpCAFile, smtpTLS
    case notifyWebhook, notifyWebhookFile, notifyWebhookSecretFile, notifyWebhookFormat, notifyWebhookCAFile
    case metricsTokenFile, noStartToken
    case rehearsalClock

    /// Where a setting can be given, and how it is shown.
    struct Declaration: Sendable {
        /// The environment variable.
        let variable: String
        /// The option on the command line; `nil` if there is none.
        var option: String?
        /// Whether the configuration file can have a member with the setting's name.
        var isFileMember = false
        /// The default; empty if there is none or if it depends on other settings.
        var fallback = ""
        var disclosure = Disclosure.whole
        /// What `aprity config` shows instead of an empty value.
        var shownIfEmpty = "none"
    }

    /// How much of a value `aprity config` shows.
    enum Disclosure: Sendable {
        case whole
        /// Only the host of a URL, because the rest may be a secret.
        case hostOnly
        /// The value, unless it contains a username or password.
        case wholeWithoutLogin
    }

    /// The setting's declaration. A setting without one does not compile.
    var declaration: Declaration {
        switch self {
        case .home: Declaration(variable: "APRITY_HOME", option: "--home", isFileMember: true)
        case .masterKeyFile:
            Declaration(variable: "APRITY_MASTER_KEY_FILE", option: "--master-key-file", isFileMember: true)
        case .port: Declaration(variable: "APRITY_PORT", option: "--port", isFileMember: true, fallback: "7411")
        case .host: Declaration(variable: "APRITY_HOST", option: "--host", fallback: "127.0.0.1")
        case .publicURL: Declaration(variable: "APRITY_PUBLIC_URL", option: "--public-url")
        case .tlsCertificateFile:
            Declaration(variable: "APRITY_TLS_CERTIFICATE_FILE", option: "--tls-certificate")
        case .tlsKeyFile: Declaration(variable: "APRITY_TLS_KEY_FILE", option: "--tls-key")
        case .gatewayPort: Declaration(variable: "APRITY_GATEWAY_PORT", option: "--gateway-port")
        case .auditKeyFile: Declaration(variable: "APRITY_AUDIT_KEY_FILE")
        case .auditCheckpointFile: Declaration(variable: "APRITY_AUDIT_CHECKPOINT_FILE")
        case .auditCheckpointWebhook: Declaration(variable: "APRITY_AUDIT_CHECKPOINT_WEBHOOK", disclosure: .hostOnly)
        case .auditKeepDays: Declaration(variable: "APRITY_AUDIT_KEEP_DAYS", shownIfEmpty: "for ever")
        case .keyStore: Declaration(variable: "APRITY_KEY_STORE", fallback: "sealed")
        case .pkcs11Module: Declaration(variable: "APRITY_PKCS11_MODULE")
        case .pkcs11Token: Declaration(variable: "APRITY_PKCS11_TOKEN")
        case .pkcs11PINFile: Declaration(variable: "APRITY_PKCS11_PIN_FILE")
        case .signerCommand: Declaration(variable: "APRITY_SIGNER_COMMAND")
        case .smtpURL: Declaration(variable: "APRITY_SMTP_URL", disclosure: .wholeWithoutLogin)
        case .smtpFrom: Declaration(variable: "APRITY_SMTP_FROM")
        case .smtpTo: Declaration(variable: "APRITY_SMTP_TO")
        case .smtpUsername: Declaration(variable: "APRITY_SMTP_USERNAME")
        case .smtpPasswordFile: Declaration(variable: "APRITY_SMTP_PASSWORD_FILE")
        case .smtpCAFile: Declaration(variable: "APRITY_SMTP_CA_FILE", shownIfEmpty: "the system's")
        case .smtpTLS: Declaration(variable: "APRITY_SMTP_TLS", fallback: "required")
        case .notifyWebhook: Declaration(variable: "APRITY_NOTIFY_WEBHOOK", disclosure: .hostOnly)
        case .notifyWebhookFile: Declaration(variable: "APRITY_NOTIFY_WEBHOOK_FILE")
        case .notifyWebhookSecretFile: Declaration(variable: "APRITY_NOTIFY_WEBHOOK_SECRET_FILE")
        case .notifyWebhookFormat: Declaration(variable: "APRITY_NOTIFY_WEBHOOK_FORMAT", fallback: "json")
        case .notifyWebhookCAFile: Declaration(variable: "APRITY_NOTIFY_WEBHOOK_CA_FILE", shownIfEmpty: "the system's")
        case .metricsTokenFile: Declaration(variable: "APRITY_METRICS_TOKEN_FILE")
        case .noStartToken:
            Declaration(
                variable: "APRITY_NO_START_TOKEN", option: "--no-start-token", isFileMember: true, fallback: "no")
        case .rehearsalClock: Declaration(variable: "APRITY_REHEARSAL_CLOCK")
        }
    }

    var variable: String { declaration.variable }

    /// Whether the value may contain a secret.
    var isSecret: Bool {
        switch declaration.disclosure {
        case .whole: false
        case .hostOnly, .wholeWithoutLogin: true
        }
    }
}

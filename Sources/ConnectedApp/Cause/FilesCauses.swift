/// The entries of the chapter "Files and keys", which also contains the receivers of notices.
enum FilesCauses {
    static let fileMissing = Cause.Entry(
        .files, "The file does not exist.", "Check the path.", .noInput,
        seen: "There is nothing at the path.")

    static let fileUnreadable = Cause.Entry(
        .files, "The file cannot be read.", "Check its permissions, and that it is a file or a pipe.", .noInput,
        seen: "The file exists, but this user may not read it, or it is too large, or it is neither a file nor a pipe.")

    static let inputMalformed = Cause.Entry(
        .files, "The input is not valid.", "Correct the place that the message names, then run the command again.",
        .malformed,
        seen:
            "A file, an option or standard input was read, but its content does not have the form that the command needs. "
            + "The message says what is wrong, and where.")

    static let portTaken = Cause.Entry(
        .files, "The port is not available: another program listens on it, or it is reserved.",
        "Choose another port with --port; 0 picks a free one.", .cannotCreate,
        seen:
            "The port is in use, or it is below 1024 and reserved. The embedded org uses up to three ports. The message names "
            + "the one that is not available, and its option.")

    static let outputExists = Cause.Entry(
        .files, "The output already exists, and aprity does not overwrite it.",
        "Choose another path.", .cannotCreate,
        seen:
            "`certificate download` does not overwrite another certificate. `metadata pull` brings an earlier pull of the same "
            + "types up to date, and with --replace it replaces any. It never replaces a folder without `package.xml` or "
            + "`aprity-pull.json`, nor an entry that no pull wrote; if such an entry is in the way, the message names it."
    )

    static let outputCannotBeCreated = Cause.Entry(
        .files, "The output cannot be created.", "Check the folder and its permissions.", .cannotCreate,
        seen: "The folder does not exist, or this user may not write to it.")

    static let pullRunning = Cause.Entry(
        .files, "Another pull into the folder is running.", "Wait until it has ended, then run the command again.",
        .busy,
        retry: true,
        seen:
            "Another process has the working folder of a pull open, beside the folder. One pull after the other can write a folder."
    )

    static let diskFull = Cause.Entry(
        .files, "The disk is full; nothing was changed.", "Free some space and run the command again.", .inputOutput,
        retry: true,
        seen: "There was no space for the new data. The previous data is intact.")

    static let inputOutput = Cause.Entry(
        .files, "Reading or writing failed.", "Check the disk, then run the command again.", .inputOutput, retry: true,
        seen:
            "The operating system reported a disk error, or the store's file system has become read-only. The message and "
            + "`errno` say which.")

    static let outputLost = Cause.Entry(
        .files, "The command did its work; only its output was lost.",
        "Before you repeat a command that changes something, check the result with `list` or `show`. Then send the output to a place that can be written.",
        .inputOutput,
        seen: "Standard output is closed, or it is a file on a full disk. Nothing else was lost.",
        against: "If the disk is too full for the work itself, the code is `diskFull` and nothing was changed.")

    static let keyMalformed = Cause.Entry(
        .files, "This is not a private key.",
        "Give an RSA private key: PKCS#8 or PKCS#1, PEM or DER, encrypted or not.",
        .malformed,
        seen: "The file contains no private key, or the key in it is damaged.")

    static let keyUnsupported = Cause.Entry(
        .files, "aprity cannot use a private key of this kind.",
        "Give an RSA key in a form that `aprity certificate import --help` lists. Salesforce accepts no other keys.",
        .malformed,
        seen: "The key is not an RSA key, or it is encrypted in a way that aprity does not read.")

    static let keyTooSmall = Cause.Entry(
        .files, "The RSA key is too small.", "Use a key of 2048 bits or more.", .malformed,
        seen: "Salesforce's own keys have 2,048 bits or more.")

    static let passphraseMissing = Cause.Entry(
        .files, "The private key is encrypted.", "Give the file that contains its passphrase with --passphrase-file.",
        .noInput,
        seen: "No passphrase was given.")

    static let passphraseWrong = Cause.Entry(
        .files, "The passphrase does not open the private key.",
        """
        Check the passphrase file: aprity reads only its first line. A key that is not an RSA key gives the same \
        error: `openssl pkey -in KEY -noout -text` shows which kind it is.
        """, .malformed,
        seen: "The first line of the file does not decrypt the key.")

    static let certificateMalformed = Cause.Entry(
        .files, "This is not an X.509 certificate in PEM or DER form.",
        "Give a .crt, .pem or .der file that contains the certificate.", .malformed,
        seen: "The file contains no certificate that aprity can read.", command: .inspectCertificate)

    static let certificateTooLarge = Cause.Entry(
        .files, "The certificate is larger than 4 KB, which Salesforce does not accept.",
        "Use the DER form, or a certificate with fewer extensions.", .malformed,
        seen: "Salesforce accepts at most 4,096 bytes.", command: .downloadCertificateAsDER)

    static let certificateKeyMismatch = Cause.Entry(
        .files, "The certificate does not belong to the private key.",
        "Give the certificate that was made with this key. `aprity certificate inspect` shows the fingerprint of its public key.",
        .malformed,
        seen: "The public key in the certificate is not that of the private key.",
        command: .inspectCertificate)

    static let restorePlaceTaken = Cause.Entry(
        .files, "The place where the backup is to be restored is not empty.",
        "Name an empty home with --home and a new file with --master-key-file, or move what is there aside with --force.",
        .cannotCreate,
        seen:
            "The home is not empty, or the master key file or the files of the audit record belong to another store.",
        command: .showConfiguration)

    static let noticeRefused = Cause.Entry(
        .files, "The receiver did not accept the notice.",
        "Read its answer in `aprity notify list`, then try again with `aprity notify test`.", .refused, retry: true,
        seen:
            "The receiver answered, but not with success, or its answer has a content coding that aprity does not read. If a mail "
            + "server refuses the sign-in temporarily (reply code 4yz), the cause is the same.",
        against: "Only the mail server or the webhook's receiver plays a part in this; the org does not.",
        command: .listNotices)

    static let noticeLoginRefused = Cause.Entry(
        .files, "The mail server refused the username or the password.",
        "Check APRITY_SMTP_USERNAME and the file that APRITY_SMTP_PASSWORD_FILE names, then run `aprity notify test`.",
        .refused,
        seen: "aprity reached the mail server over TLS, and AUTH failed.",
        against: "Only the mail server plays a part in this; the org does not.", command: .testNotices)

    static let noticeLoginUnsupported = Cause.Entry(
        .files, "The mail server offers no password sign-in that aprity supports.",
        "Ask for SMTP AUTH with PLAIN or LOGIN (some providers: an app password), or send through a relay that accepts mail from this machine without a sign-in.",
        .refused,
        seen: "The mail server listed its AUTH mechanisms, and aprity supports none of them.",
        against: "The username and the password were not sent.", command: .testNotices)

    static let startTLSMissing = Cause.Entry(
        .files, "The mail server offers no STARTTLS, so aprity sent neither the notice nor the password.",
        "Turn STARTTLS on at the server. If the server uses TLS from the start, usually at port 465, set APRITY_SMTP_URL to smtps://….",
        .refused,
        seen: "The unencrypted connection to the mail server worked, but the server did not offer STARTTLS.",
        against: "TLS had not begun, so certificates are not the reason.", command: .testNotices)

    static let webhookMissing = Cause.Entry(
        .files, "The receiver has no such webhook.",
        "Create a new webhook at the receiver and set its URL (APRITY_NOTIFY_WEBHOOK or APRITY_NOTIFY_WEBHOOK_FILE), then run `aprity notify test`.",
        .refused,
        seen: "The receiver answered with HTTP status 404 or 410.", against: "The receiver's host was reached.",
        command: .testNotices)

    static let webhookFormRefused = Cause.Entry(
        .files, "The receiver does not accept notices in this format.",
        "Set APRITY_NOTIFY_WEBHOOK_FORMAT: slack for receivers that accept {\"text\":…}, json for your own. Then run `aprity notify test`.",
        .refused,
        seen: "The receiver answered with HTTP status 400, 413, 415 or 422.",
        against: "The receiver's host was reached, and it knew the path.", command: .testNotices)

    static let webhookPage = Cause.Entry(
        .files, "A web page or a redirect answered instead of the webhook's receiver.",
        "Check the URL, and whether a proxy or a sign-in page answers before the receiver. Then run `aprity notify test`.",
        .refused,
        seen: "The answer was a redirect, or HTML with a success status.",
        against: "A webhook's receiver answers with a status and at most a few words.", command: .testNotices)
}

/// The table's entries of the chapter "Files and keys".
enum FilesCauses {
    static let fileMissing = Cause.Entry(
        .files, "The file does not exist.", "Check the path.", .noInput,
        seen: "The path names nothing.")

    static let fileUnreadable = Cause.Entry(
        .files, "The file cannot be read.", "Check its permissions, and that it is a file or a pipe.", .noInput,
        seen: "The file exists, and this user may not read it, or it is no plain file.")

    static let inputMalformed = Cause.Entry(
        .files, "The input is not what it should be.", "Mend what the message names.", .malformed,
        seen: "The message names what is wrong, and where.")

    static let portTaken = Cause.Entry(
        .files, "The port cannot be had: another program listens on it, or it is reserved.",
        "Choose another one with --port; 0 picks a free one.", .cannotCreate,
        seen:
            "The port is in use, or below 1024 and reserved. The embedded org has up to three ports: the message names "
            + "the one that cannot be had, and its option.")

    static let outputExists = Cause.Entry(
        .files, "The output exists already and is not overwritten.",
        "Choose another path.", .cannotCreate,
        seen:
            "`certificate download` does not overwrite another certificate; `metadata pull` replaces a former pull with "
            + "`--replace`, never a folder without `package.xml` or `aprity-pull.json`, and never an entry that no pull wrote "
            + "or that was changed since: the message names those that are in the way.")

    static let outputCannotBeCreated = Cause.Entry(
        .files, "The output cannot be created.", "Check the folder and its permissions.", .cannotCreate,
        seen: "The folder is missing, or this user may not write in it.")

    static let diskFull = Cause.Entry(
        .files, "The disk is full; nothing was changed.", "Free some space and run the command again.", .inputOutput,
        retry: true,
        seen: "The write failed for want of space; the former state is whole.")

    static let inputOutput = Cause.Entry(
        .files, "Reading or writing failed.", "Check the disk, then run the command again.", .inputOutput, retry: true,
        seen: "The operating system reported an error of the disk, or the store's file system is read-only now; the "
            + "message and `errno` say which.")

    static let outputLost = Cause.Entry(
        .files, "The command's work is done; only its output was lost.",
        "Before you repeat a command that changes something, look at the result with `list` or `show`. Then send the output somewhere that can be written.",
        .inputOutput,
        seen:
            "Standard output is closed, or is a file on a full disk. The command did its work; nothing else was lost.",
        against: "Where the work itself found the disk full, the code is `diskFull` and nothing was changed.")

    static let keyMalformed = Cause.Entry(
        .files, "This is not a private key.",
        "Give an RSA private key: PKCS#8 or PKCS#1, PEM or DER, encrypted or not.",
        .malformed,
        seen: "The PEM armour is missing, or what it holds is no key.")

    static let keyUnsupported = Cause.Entry(
        .files, "The private key is of a kind that cannot be used.",
        "Give an RSA key, in a form that `aprity certificate import --help` names. Salesforce takes no other keys.",
        .malformed,
        seen: "The key is of another kind than RSA, or protected in a way not read here.")

    static let keyTooSmall = Cause.Entry(
        .files, "The RSA key is too small.", "Use a key of 2048 bits or more.", .malformed,
        seen: "Salesforce's own keys have 2,048 bits or more.")

    static let passphraseMissing = Cause.Entry(
        .files, "The private key is encrypted.", "Give the file that holds its passphrase with --passphrase-file.",
        .noInput,
        seen: "The PEM block says ENCRYPTED, and no passphrase file was given.")

    static let passphraseWrong = Cause.Entry(
        .files, "The passphrase does not open the private key.",
        """
        Check the passphrase file; only the first line counts. A key of another kind than RSA gives the same \
        error: `openssl pkey -in KEY -noout -text` tells which kind it is.
        """, .malformed,
        seen: "The key does not open with the file's first line.")

    static let certificateMalformed = Cause.Entry(
        .files, "This is not an X.509 certificate in PEM or DER form.",
        "Give the .crt, .pem or .der file itself.", .malformed,
        seen: "Neither PEM nor DER.", command: .inspectCertificate)

    static let certificateTooLarge = Cause.Entry(
        .files, "The certificate is larger than 4 KB, which Salesforce does not accept.",
        "Use the DER form, or a certificate with fewer extensions.", .malformed,
        seen: "Salesforce takes at most 4,096 bytes.", command: .downloadCertificateAsDER)

    static let certificateKeyMismatch = Cause.Entry(
        .files, "The certificate does not belong to the private key.",
        "Give the certificate that was made with this key; `aprity certificate inspect` shows its public key's fingerprint.",
        .malformed,
        seen: "The public key in the certificate is not that of the private key.",
        command: .inspectCertificate)

    static let restorePlaceTaken = Cause.Entry(
        .files, "There is something where the backup is to be restored.",
        "Name an empty home by --home and a new file by --master-key-file, or keep what is there aside by --force.",
        .cannotCreate,
        seen: "The home is not empty, or the master key or the audit record's files belong to another store.",
        command: .showConfiguration)

    static let noticeRefused = Cause.Entry(
        .files, "The receiver did not take the notice.",
        "Read what it said in `aprity notify list`; then try with `aprity notify test`.", .refused, retry: true,
        seen:
            "The receiver was reached, and answered with something else than yes, or in a content coding that aprity does not "
            + "read. A mail server that refuses the sign-in for now (4yz) has this cause too.",
        against: "The mail server or the receiver of the webhook alone decides; the org was not asked.",
        command: .listNotices)

    static let noticeLoginRefused = Cause.Entry(
        .files, "The mail server refused the username or the password.",
        "Check APRITY_SMTP_USERNAME and the file of APRITY_SMTP_PASSWORD_FILE, then run `aprity notify test`.",
        .refused,
        seen: "The mail server was reached over TLS, and AUTH failed.",
        against: "The mail server alone decides; the org was not asked.", command: .testNotices)

    static let noticeLoginUnsupported = Cause.Entry(
        .files, "The mail server offers no way to sign in with a password that aprity has.",
        "Ask for SMTP AUTH with PLAIN or LOGIN (some providers: an app password), or send through a relay that takes mail of this machine without a sign-in.",
        .refused,
        seen: "The mail server named its mechanisms for AUTH, and none of them is one that aprity has.",
        against: "The username and the password were not sent.", command: .testNotices)

    static let startTLSMissing = Cause.Entry(
        .files, "The mail server offers no STARTTLS, so neither the notice nor the password was sent.",
        "Turn STARTTLS on at the server. If it has TLS from the start, usually at port 465, write smtps:// in APRITY_SMTP_URL.",
        .refused,
        seen: "The mail server was reached in clear text, and did not offer STARTTLS.",
        against: "Certificates are not the reason: TLS was not begun.", command: .testNotices)

    static let webhookMissing = Cause.Entry(
        .files, "The receiver knows no such webhook.",
        "Create a new webhook at the receiver and set its URL (APRITY_NOTIFY_WEBHOOK or APRITY_NOTIFY_WEBHOOK_FILE), then run `aprity notify test`.",
        .refused,
        seen: "The answer was HTTP status 404 or 410.", against: "The receiver's host was reached.",
        command: .testNotices)

    static let webhookFormRefused = Cause.Entry(
        .files, "The receiver does not take a notice in this form.",
        "Set APRITY_NOTIFY_WEBHOOK_FORMAT: slack for receivers that take {\"text\":…}, json for your own; then run `aprity notify test`.",
        .refused,
        seen: "The answer was HTTP status 400, 413, 415 or 422.",
        against: "The receiver's host was reached, and knew the path.", command: .testNotices)

    static let webhookPage = Cause.Entry(
        .files, "A web page or a redirect answered in place of the webhook's receiver.",
        "Check the URL, and what stands before the receiver: a proxy or a page that wants a sign-in. Then run `aprity notify test`.",
        .refused,
        seen: "The answer was a redirect, or HTML with a status of success.",
        against: "A receiver of webhooks answers with a status and a few words at most.", command: .testNotices)
}

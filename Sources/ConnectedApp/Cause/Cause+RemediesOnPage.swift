extension Cause {
    /// The remedy on the Settings page, which has fields, buttons and pages in place of the options and commands that the usual
    /// remedy names; `nil` for the usual remedy.
    package var remedyOnPage: String? { Self.remediesOnPage[self] }

    private static let remediesOnPage: [Cause: String] = [
        .consumerKeyMissing: "Create the app in Salesforce, then set its Consumer Key on the page of the connection.",
        .blocked: "When the reason for the block is gone, choose Test and unblock on the page of the connection.",
        .compromiseNotReported: "To report it, use the page about a compromised key of the connection.",
        .unblockTestFailed: "Correct what the test found, then choose Test and unblock again.",
        .signInBudgetUsed:
            "Wait until the time in the message. The page of the connection shows which sign-ins used aprity's share of the hourly budget; you can change the share there.",
        .apiCallBudgetUsed:
            "Wait: the org counts the requests of the last 24 hours. The next pull goes on from there.",
        .notPulled: "Choose Pull now on the page Metadata of the connection.",
        .pullRunning: "Wait until the other pull has ended.",
        .signInsPaused:
            "Find the cause with Test connection, which is allowed to sign in during the pause. The pause ends when fewer than 20 refusals are within the last ten minutes; for a single connection, also at its next successful sign-in, such as one of this test.",
        .rotationRefused: "The rotation's page shows what it is waiting for.",
        .noticeRefused: "Read the receiver's answer under Notices, then send a test notice.",
        .noticeLoginRefused:
            "Check APRITY_SMTP_USERNAME and the file that APRITY_SMTP_PASSWORD_FILE names, then send a test notice.",
        .assertionRefused: uploadDownloaded, .signatureRefused: uploadDownloaded,
        .certificateOfAnotherApp: uploadDownloaded,
        .audienceRefused:
            "A Connected App accepts the audience https://login.salesforce.com; in a sandbox or scratch org, it accepts https://test.salesforce.com. An External Client App accepts the My Domain. Set it on the page of the connection.",
        .consumerKeyOfAnotherApp:
            "Set the Consumer Key of this connection's own app on the page of the connection. Do not replace the certificate of the app: the other connection signs in with it.",
        .assertionExpired: "Correct this machine's clock, then test again.",
        .clockSkew: "Correct the clock (for instance with chrony), then test again.",
        .signInAppMissing: "An admin sets it up on the page Users. Sign in with an account or the start token.",
        .signInOrganizationWrong:
            "Sign in with a user of the org that is set up on the page Users. If that org is wrong, an admin sets the right one there.",
        .unknownAlias: "Choose the connection in the list of connections.",
        .aliasTaken: "Choose another name, or change the existing connection on its page.",
        .hostNotAllowed:
            "Use the org's My Domain (\(MyDomain.place)). If the host is your own, such as that of the embedded org, enter it under Allowed hosts too.",
        .audienceUndecided:
            "Enter it in the field Audience: for a Connected App https://login.salesforce.com (production) or https://test.salesforce.com (sandbox), for an External Client App the My Domain URL.",
        .audienceMalformed:
            "Enter an https URL with a host and no trailing slash. If the field Audience is empty, aprity derives the audience.",
        .inputMalformed: "Correct the place that the message names, then submit the form again.",
        .portTaken: "Choose another port in the settings of the server; 0 picks a free one.",
        .diskFull: "Free some space on the server's machine, then try again.",
        .inputOutput: "Check the disk of the server's machine, then try again.",
        .keyUnsupported:
            "Give an RSA key: PKCS#8, PKCS#1 or PKCS#12, in PEM or DER, encrypted or not. Salesforce accepts no other keys.",
        .passphraseMissing: "Enter its passphrase in the field for the passphrase, and choose the files again.",
        .passphraseWrong:
            """
        Enter the passphrase again, and choose the files again. A key that is not an RSA key gives the same error: \
        `openssl pkey -in KEY -noout -text` shows which kind it is.
        """,
        .certificateKeyMismatch: "Give the certificate that was made with this key.",
        .restorePlaceTaken: "Restore the backup on the server's machine, into an empty home.",
        .webhookMissing:
            "Create a new webhook at the receiver and set its URL (APRITY_NOTIFY_WEBHOOK or APRITY_NOTIFY_WEBHOOK_FILE), then send a test notice.",
        .webhookFormRefused:
            "Set APRITY_NOTIFY_WEBHOOK_FORMAT: slack for receivers that accept {\"text\":…}, json for your own. Then send a test notice.",
        .webhookPage:
            "Check the URL, and whether a proxy or a sign-in page answers before the receiver. Then send a test notice.",
        .configurationMalformed: "Correct what the message names in the settings of the server, and start it again.",
        .homeClosed: "Run the server as the user who owns the home.",
        .notInitialised: "Start the server again. It creates the store in a new home.",
        .storeBusy: "Wait a moment, then try again.",
        .storeUnwritable: "Mount the file system for writing, or run the server as the user who owns the store.",
        .blockMayBeLost:
            "Find out who did that. \(blockAllOnPage)",
        .masterKeyMissing:
            "Put the file back, or set APRITY_MASTER_KEY_FILE to its path and start the server again. Without it aprity cannot decrypt any private key.",
        .masterKeyWrong: "Set APRITY_MASTER_KEY_FILE to the path of that key's file, and start the server again.",
        .secretFileUnsafe: "Do what the message says, then try again. Assume that these users know the secret.",
        .keyUnavailable:
            "Check that the settings of the server name the token or the signer that has the key.",
        .backupPassphraseWrong: "Check the passphrase. Without it, nobody can open the backup.",
        .backupDamaged: "Use another copy of it, or another backup.",
        .notWatched: "After a change in Salesforce, choose I changed it in Salesforce on the page of the connection.",
        .accountUnknown: "The page Users lists the names.",
        .accountTaken: "Choose another name, or change the account on the page Users.",
        .lastAdmin: "Give another account the role Admin first.",
        .passwordWrong: "Type it again. If it is forgotten, an admin sets a new one on the page Users.",
        .apiTokenUnknown: "The page API tokens lists the names.",
        .apiTokenTaken: "Choose another name, or revoke the existing token on the page API tokens.",
        .tokensNotAllowed:
            "Give the program a handle, which can only read: \"Clients\" on the connection's page. If it needs a token, allow tokens in the connection's settings.",
        .clientUnknown: "`GET /api/v1/connections/{alias}/clients` lists the names.",
        .trustPolicyUnknown: "`GET /api/v1/connections/{alias}/trust-policies` lists the names.",
        .trustPolicyTaken: "Choose another name, or remove the existing policy first.",
        .clientTaken: "Choose another name, or revoke the existing client first.",
        .proxyUnreachable: "Check the proxy's name and port in HTTPS_PROXY, in the settings of the server.",
        .proxyRedirected:
            "In a browser on the server's network, open the page that the message names and do what it asks for. Then try again.",
        .serverNotTrusted:
            "If your proxy inspects TLS, or your own authority issued the server's certificate, give aprity the authority's certificate: for a connection on the page of its settings, for mail with APRITY_SMTP_CA_FILE, for a webhook with APRITY_NOTIFY_WEBHOOK_CA_FILE, or for all connections with SSL_CERT_FILE. Never turn verification off.",
        .organizationChanged:
            "After a sandbox refresh, choose Pin to this org on the page of the connection's settings. Otherwise check the login host.",
        .instanceRefused:
            "Check that the login host is the org itself and that no proxy rewrites its answers. If the address is yours, enter it in the field Allowed hosts of the connection's settings.",
        .retrieveFailed: "Read the org's words in the evidence, and retrieve fewer types.",
        .retrieveTimedOut: "Try again, or retrieve fewer types.",
        .typeUnknown: "Check the spelling of the type.",
        .appKindWrong:
            "Check in Setup which kind of app has this Consumer Key. A connection keeps its kind, so if the app is of the other kind, add a connection with that kind.",
        .orgUnavailable:
            "Wait and try again. status.salesforce.com shows maintenance and incidents of the org's instance.",
        .appDrifted:
            "Read the differences on the page of the app check. Restore the approved settings in Setup, or approve the app as it is on that page.",
        .internalError: "Please report it, with what you did and the text of this page.",
    ]
    static let blockAllOnPage =
        "Block all apps in the list of connections, then unblock each connection on its page."
    private static let uploadDownloaded =
        "Download the certificate on the page of the connection, upload it in Setup, and wait 2 to 10 minutes."
}

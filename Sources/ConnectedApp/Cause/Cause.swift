/// Why something did not work. The raw value is the `code` of `--json`, of problem documents and of the manual; it is
/// the contract, the sentences may improve.
public enum Cause: String, Codable, CaseIterable, Sendable {
    // What was typed
    case usage, unknownAlias, aliasTaken, aliasMalformed, usernameMalformed
    case loginHostMalformed, hostNotAllowed, hostUnfitForAppKind, audienceUndecided, audienceMalformed
    case consumerKeyMalformed, consumerSecretGiven, consumerKeyMissing, lifetimeOutOfRange
    // Files and keys
    case fileMissing, fileUnreadable, inputMalformed, portTaken, outputExists, outputCannotBeCreated, diskFull,
        inputOutput, outputLost
    case keyMalformed, keyUnsupported, keyTooSmall, passphraseMissing, passphraseWrong
    case certificateMalformed, certificateTooLarge, certificateKeyMismatch
    // Our own store
    case configurationMalformed, homeClosed, notInitialised, storeBusy, storeNewer, storeDamaged, storeMoved
    case storeUnwritable
    case recordAltered, recordChanged, blockMayBeLost
    case masterKeyMissing, masterKeyWrong, masterKeyUnsafe, masterKeyMalformed
    case keyUnavailable, keyStoreFailed, pinRefused, signatureFalse
    case backupPassphraseWrong, backupDamaged, restorePlaceTaken
    // What aprity itself does not allow
    case blocked, notBlocked, unblockTestFailed, signInBudgetUsed, signInsPaused, notWatched
    case rotationRefused
    // Telling of certificates that end
    case noticeChannelMissing, noticeRefused, noticeLoginRefused, noticeLoginUnsupported
    case startTLSMissing, webhookMissing, webhookFormRefused, webhookPage
    // Reaching the org
    case nameNotResolved, connectionRefused
    case proxyUnreachable, proxyLoginRefused, proxyRedirected, proxyRefused, proxyFailed
    case serverNotTrusted, tlsFailed, timedOut, connectionLost
    case answerTooLarge, answerUnintelligible, redirected, clearTextRefused
    // What the org's token endpoint refused
    case grantTypeRefused, assertionRefused, audienceRefused, consumerKeyUnknown, appNotInstalled, signatureRefused
    case certificateOfAnotherApp, certificateExpired, appKindWrong, consumerKeyOfAnotherApp
    case assertionExpired, userNotApproved, userNotAdminApproved, refreshTokenScopeMissing, noValidScopes
    case usernameUnknown, userInactive, userFrozen, organizationInactive, addressOrHoursRestricted, signInRateExceeded
    case appBlockedInOrg, appUninstalled, sessionLevelUnmet, orgTransient, orgUnavailable, authenticationFailure,
        refusalUnknown
    // After a token was granted
    case organizationChanged, organizationContradictory, instanceRefused, scopesDiffer, tokenUseless
    case apiAccessRestricted, jwtFormatToken, apiDisabled, editionWithoutAPI, apiLimitReached
    // The app as the org holds it, where it is not as it was approved
    case selfAuthorizationAllowed, reachTooWide, certificateDiffers, appDrifted
    case metadataAccessMissing, metadataFault, retrieveFailed, retrieveTimedOut, archiveRefused, typeUnknown
    // Everywhere
    case clockSkew, assertionFaulty, internalError

    /// One row of the table.
    public struct Row: Sendable {
        /// One sentence; what happened.
        public let summary: String
        /// One sentence; what to do.
        public let remedy: String
        public let exit: ExitStatus
        /// Whether the same request may work later with nothing changed.
        public let retry: Bool
    }

    /// The table's row. An exhaustive switch: a cause without a remedy does not compile.
    public var row: Row {
        switch self {
        case .usage:
            Row("The command was not understood.", "Run it with --help.", .usage)
        case .unknownAlias:
            Row("There is no connection of this name.", "`aprity connection list` shows the names.", .usage)
        case .aliasTaken:
            Row(
                "A connection of this name exists already.",
                "Choose another name, or change the existing one with `aprity connection set`.", .usage)
        case .aliasMalformed:
            Row(
                "This cannot be a connection's name.",
                "Use 1 to 64 letters, digits, `-`, `_` or `.`, beginning with a letter or digit.", .usage)
        case .usernameMalformed:
            Row(
                "This is not a Salesforce username.",
                "Give the username (it looks like an e-mail address; in a sandbox it ends with the sandbox's name), not a user id.",
                .malformed)
        case .loginHostMalformed:
            Row(
                "This is not a login host.",
                "Give a URL with a host and nothing else, such as https://acme.my.salesforce.com.", .malformed)
        case .hostNotAllowed:
            Row(
                "This host is not one of Salesforce's login hosts, so nothing is sent to it.",
                "Use the org's My Domain (\(MyDomain.place)), or allow the host with --allow-host.",
                .notPermitted)
        case .hostUnfitForAppKind:
            Row(
                "An External Client App is not reliably found at login.salesforce.com or test.salesforce.com.",
                "Use the org's My Domain as login host (\(MyDomain.place)).", .usage)
        case .audienceUndecided:
            Row(
                "Which audience this host accepts cannot be told from its name and the app's kind.",
                "Say it with --audience: for a Connected App https://login.salesforce.com (production) or https://test.salesforce.com (sandbox), for an External Client App the My Domain URL.",
                .usage)
        case .audienceMalformed:
            Row(
                "This is not an audience.", "Give an https URL with a host and no trailing slash.", .malformed)
        case .consumerKeyMalformed:
            Row(
                "This is not a Consumer Key.",
                "Copy the Consumer Key (8 to 256 letters, digits, `.` or `_`) from \(ConsumerKeyPlace.either) in Setup.",
                .malformed)
        case .consumerSecretGiven:
            Row(
                "This looks like the Consumer Secret, not the Consumer Key; it was not stored.",
                "JWT Bearer never needs the secret: copy the other value, the Consumer Key (it begins with 3MVG9).",
                .malformed)
        case .consumerKeyMissing:
            Row(
                "The connection has no Consumer Key yet.",
                "Create the app in Salesforce, then run `aprity connection set ALIAS --consumer-key KEY`.",
                .configuration)
        case .lifetimeOutOfRange:
            Row("An assertion lives 1 to 180 seconds.", "Choose a lifetime in that range.", .usage)
        case .fileMissing:
            Row("The file does not exist.", "Check the path.", .noInput)
        case .fileUnreadable:
            Row("The file cannot be read.", "Check its permissions, and that it is a file or a pipe.", .noInput)
        case .inputMalformed:
            Row("The input is not what it should be.", "Mend what the message names.", .malformed)
        case .portTaken:
            Row(
                "The port cannot be had: another program listens on it, or it is reserved.",
                "Choose another one with --port; 0 picks a free one.", .cannotCreate)
        case .outputExists:
            Row(
                "The output exists already and is not overwritten.",
                "Choose another path.", .cannotCreate)
        case .outputCannotBeCreated:
            Row("The output cannot be created.", "Check the folder and its permissions.", .cannotCreate)
        case .diskFull:
            Row(
                "The disk is full; nothing was changed.", "Free some space and run the command again.", .inputOutput,
                retry: true)
        case .inputOutput:
            Row("Reading or writing failed.", "Check the disk, then run the command again.", .inputOutput, retry: true)
        case .outputLost:
            Row(
                "The command's work is done; only its output was lost.",
                "Before you repeat a command that changes something, look at the result with `list` or `show`. Then send the output somewhere that can be written.",
                .inputOutput)
        case .keyMalformed:
            Row(
                "This is not a private key.",
                "Give an RSA private key: PKCS#8 or PKCS#1, PEM or DER, encrypted or not.",
                .malformed)
        case .keyUnsupported:
            Row(
                "The private key is of a kind that cannot be used.",
                "Give an RSA key, in a form that `aprity certificate import --help` names. Salesforce takes no other keys.",
                .malformed)
        case .keyTooSmall:
            Row("The RSA key is too small.", "Use a key of 2048 bits or more.", .malformed)
        case .passphraseMissing:
            Row(
                "The private key is encrypted.", "Give the file that holds its passphrase with --passphrase-file.",
                .noInput)
        case .passphraseWrong:
            Row(
                "The passphrase does not open the private key.",
                """
                Check the passphrase file; only the first line counts. A key of another kind than RSA gives the same \
                error: `openssl pkey -in KEY -noout -text` tells which kind it is.
                """, .malformed)
        case .certificateMalformed:
            Row(
                "This is not an X.509 certificate in PEM or DER form.",
                "Give the .crt, .pem or .der file itself.", .malformed)
        case .certificateTooLarge:
            Row(
                "The certificate is larger than 4 KB, which Salesforce does not accept.",
                "Use the DER form, or a certificate with fewer extensions.", .malformed)
        case .certificateKeyMismatch:
            Row(
                "The certificate does not belong to the private key.",
                "Give the certificate that was made with this key; `aprity certificate inspect` shows its public key's fingerprint.",
                .malformed)
        case .configurationMalformed:
            Row(
                "A setting is not what it should be.",
                "Mend what the message names; `aprity config` shows each setting and where it comes from.",
                .configuration)
        case .homeClosed:
            Row(
                "This user may not look into the home, or may not read the master key.",
                "Run the command as the user whose home it is. If a service uses the store, run it as the service does.",
                .notPermitted)
        case .storeUnwritable:
            Row(
                "The store cannot be written, so nothing can be recorded. Commands that only show what it holds work all the same.",
                "Mount the file system for writing, or run the command as the user whose store it is.", .cannotCreate)
        case .notInitialised:
            Row("There is no store here yet.", "Run `aprity init` first.", .configuration)
        case .storeBusy:
            Row(
                "Another process holds the store's lock.", "Wait a moment and run the command again.", .busy,
                retry: true)
        case .storeNewer:
            Row(
                "The store was written by a newer version of aprity.",
                "Use that version, or newer; this one would damage it.", .configuration)
        case .storeDamaged:
            Row("The store cannot be read.", "Restore it from a backup.", .inputOutput)
        case .recordAltered:
            Row(
                "A record of the store was changed, swapped, removed or rolled back outside aprity, so it is not used.",
                "Find out who changed it, then restore the store from a backup.", .notPermitted)
        case .blockMayBeLost:
            Row(
                "The records or the block order file were rolled back, altered or removed. A block may be lost, so aprity signs "
                    + "nothing.",
                "Find out who did that. Run `aprity block --all --reason TEXT`, then `aprity unblock` for each connection.",
                .notPermitted)
        case .storeMoved:
            Row(
                "The store that this process has open is no longer the one at its path, so nothing is signed.",
                "Stop this process. Put the store back in its place, then start the process again.", .configuration)
        case .recordChanged:
            Row(
                "The record was changed by somebody else meanwhile.", "Look at it again and repeat the change.", .busy,
                retry: true)
        case .masterKeyMissing:
            Row(
                "The master key is not where it should be.",
                "Give its file with --master-key-file or APRITY_MASTER_KEY_FILE; without it no private key can be opened.",
                .configuration)
        case .masterKeyWrong:
            Row(
                "The store was sealed under another master key.",
                "Give the file of that key with --master-key-file or APRITY_MASTER_KEY_FILE.", .configuration)
        case .masterKeyUnsafe:
            Row(
                "Other users of this machine can read the master key file, so it is not used.",
                "Run `chmod 600` on it, or let root mount it so that a group of this process can only read it. Consider the key known to them.",
                .configuration)
        case .masterKeyMalformed:
            Row(
                "The master key file does not hold a master key.",
                "It holds one key a line, each `aprity-master-key-1:` and 64 hexadecimal digits.", .configuration)
        case .keyUnavailable:
            Row(
                "The key store has no such key.",
                "Check that the settings name the token or the signer that holds it; `aprity config` shows them.",
                .configuration)
        case .keyStoreFailed:
            Row(
                "The key store did not do what it was asked.",
                "Read its own words in the evidence; check that the token is plugged in or the signer's service answers.",
                .inputOutput, retry: true)
        case .pinRefused:
            Row(
                "The PKCS#11 token did not accept the PIN, so aprity does not try it again.",
                "Correct the PIN file; where the token is locked, its security officer unlocks it.", .configuration)
        case .signatureFalse:
            Row(
                "The key store returned a signature that is not one of the key; it was not used.",
                "Check which key the signer signs with, and how: RSASSA-PKCS1-v1_5 with SHA-256.", .notPermitted)
        case .backupPassphraseWrong:
            Row(
                "The passphrase does not open this backup.",
                "Check the passphrase: of a file only the first line counts. Without it nobody can open the backup.",
                .malformed)
        case .backupDamaged:
            Row(
                "The backup is not whole: it was cut short or changed.",
                "Take another copy of it, or another backup; `aprity backup verify` tells which one is good.",
                .malformed)
        case .restorePlaceTaken:
            Row(
                "There is something where the backup is to be restored.",
                "Name an empty home by --home and a new file by --master-key-file, or keep what is there aside by --force.",
                .cannotCreate)
        case .blocked:
            Row("The app is blocked in aprity.", "Run `aprity unblock` when the reason is gone.", .notPermitted)
        case .notBlocked:
            Row("The app is not blocked in aprity.", "Nothing needs to be done.", .usage)
        case .unblockTestFailed:
            Row(
                "The connection does not work, so the app stays blocked.",
                "Mend what the test found, then run `aprity unblock` again.", .refused)
        case .signInBudgetUsed:
            Row(
                "aprity's part of the user's sign-ins an hour is used up, so the org is not asked.",
                "Wait until the time named; `aprity budget` shows who used it, `aprity budget set` changes the part.",
                .busy,
                retry: true)
        case .signInsPaused:
            Row(
                "The org refused many ordinary sign-ins, so they pause before Salesforce blocks the address.",
                "Find the cause with `aprity test`, which may still sign in; the pause ends by itself.", .busy,
                retry: true)
        case .notWatched:
            Row(
                "No change of this app was told to aprity.",
                "Run `aprity test ALIAS --changed` after a change in Salesforce.", .usage)
        case .rotationRefused:
            Row(
                "The rotation's state does not allow this.",
                "Run `aprity rotate status` to see what it waits for.", .usage)
        case .noticeChannelMissing:
            Row(
                "There is nobody to send notices to.",
                "Set APRITY_SMTP_URL with APRITY_SMTP_FROM and APRITY_SMTP_TO, or APRITY_NOTIFY_WEBHOOK; see \"Notices before a certificate ends\".",
                .configuration)
        case .noticeRefused:
            Row(
                "The receiver did not take the notice.",
                "Read what it said in `aprity notify list`; then try with `aprity notify test`.", .refused, retry: true)
        case .noticeLoginRefused:
            Row(
                "The mail server refused the username or the password.",
                "Check APRITY_SMTP_USERNAME and the file of APRITY_SMTP_PASSWORD_FILE, then run `aprity notify test`.",
                .refused)
        case .noticeLoginUnsupported:
            Row(
                "The mail server offers no way to sign in with a password that aprity has.",
                "Ask for SMTP AUTH with PLAIN or LOGIN (some providers: an app password), or send through a relay that takes mail of this machine without a sign-in.",
                .refused)
        case .webhookMissing:
            Row(
                "The receiver knows no such webhook.",
                "Create a new webhook at the receiver and set its URL (APRITY_NOTIFY_WEBHOOK or APRITY_NOTIFY_WEBHOOK_FILE), then run `aprity notify test`.",
                .refused)
        case .webhookFormRefused:
            Row(
                "The receiver does not take a notice in this form.",
                "Set APRITY_NOTIFY_WEBHOOK_FORMAT: slack for receivers that take {\"text\":…}, json for your own; then run `aprity notify test`.",
                .refused)
        case .webhookPage:
            Row(
                "A web page or a redirect answered in place of the webhook's receiver.",
                "Check the URL, and what stands before the receiver: a proxy or a page that wants a sign-in. Then run `aprity notify test`.",
                .refused)
        case .startTLSMissing:
            Row(
                "The mail server offers no STARTTLS, so neither the notice nor the password was sent.",
                "Turn STARTTLS on at the server. If it has TLS from the start, usually at port 465, write smtps:// in APRITY_SMTP_URL.",
                .refused)
        case .nameNotResolved:
            Row(
                "The host's name cannot be resolved.", "Check the name's spelling and this machine's DNS.",
                .unreachable, retry: true)
        case .connectionRefused:
            Row(
                "No connection to the host.",
                "Check the address and a firewall in between, and whether the host is reached through a proxy only: then set HTTPS_PROXY.",
                .unreachable, retry: true)
        case .proxyUnreachable:
            Row(
                "The proxy cannot be reached.",
                "Check the proxy's name and port in HTTPS_PROXY. `aprity config --host HOST` shows which proxy a host gets, and why.",
                .unreachable, retry: true)
        case .proxyLoginRefused:
            Row(
                "The proxy wants a sign-in, or does not accept the one that it got.",
                "Write HTTPS_PROXY as http://USER:PASSWORD@HOST:PORT, with special characters in their escaped form; aprity signs in to a proxy by Basic only.",
                .unreachable)
        case .proxyRedirected:
            Row(
                "The proxy answered with a redirect in place of a tunnel, as networks do that want a sign-in on a page first.",
                "Open the page that the message names in a browser on this network, and do what it asks for; then run the command again.",
                .unreachable)
        case .proxyRefused:
            Row(
                "The proxy does not let this machine reach the host.",
                "Let whoever runs the proxy allow CONNECT to the host's port 443. If this machine can reach the host without the proxy, name the host in NO_PROXY.",
                .unreachable)
        case .proxyFailed:
            Row(
                "The proxy did not reach the host, broke off, or did not answer in time.",
                "Try again; if it stays so, look at the proxy's own log, and check HTTPS_PROXY and NO_PROXY.",
                .unreachable, retry: true)
        case .serverNotTrusted:
            Row(
                "The server's certificate is not trusted here: its issuer is unknown, or it has expired.",
                "If a proxy of yours opens TLS, or the server has an authority of its own, give that authority's certificate: for a connection with --ca-file, for mail with APRITY_SMTP_CA_FILE, for a webhook with APRITY_NOTIFY_WEBHOOK_CA_FILE, or for all that aprity connects to with SSL_CERT_FILE. Never turn verification off.",
                .unreachable)
        case .tlsFailed:
            Row(
                "No TLS connection came about: the server speaks no TLS from version 1.2 on, or broke off.",
                "Check the host and the port, and whether something in between changes TLS; the server must offer TLS 1.2 or 1.3.",
                .unreachable)
        case .timedOut:
            Row(
                "The answer did not come in time.", "Try again; if it stays so, look at the network.", .unreachable,
                retry: true)
        case .connectionLost:
            Row("The connection broke off.", "Try again.", .unreachable, retry: true)
        case .answerTooLarge:
            Row(
                "The answer was larger than any that the org should send.",
                "Check that the host really is the org.", .unreachable)
        case .answerUnintelligible:
            Row(
                "The answer is not what a Salesforce org sends.",
                "Look at what the evidence tells of the answer: a proxy or another network device may have sent it.",
                .unreachable,
                retry: true)
        case .redirected:
            Row(
                "The host answered with a redirect, which is not followed.",
                "Use the address that it points to as login host, if it is yours.", .unreachable)
        case .clearTextRefused:
            Row("Nothing is sent over plain http but to this machine itself.", "Use https.", .notPermitted)
        case .grantTypeRefused:
            Row(
                "The org does not offer the JWT Bearer flow to this request.",
                "Check that the login host is the org itself and that a proxy does not rewrite the request.", .refused)
        case .assertionRefused:
            Row(
                "The org refuses the assertion: it cannot be read, or (older reports) it was signed with another key.",
                "Upload the certificate that `aprity certificate download` gives, and wait 10 minutes.", .refused)
        case .audienceRefused:
            Row(
                "The org refuses the audience of the assertion.",
                "A Connected App takes https://login.salesforce.com as audience, in a sandbox or scratch org https://test.salesforce.com; an External Client App takes the My Domain. `connection set --audience` sets it.",
                .refused)
        case .consumerKeyUnknown:
            Row(
                "The org does not know this Consumer Key.",
                "Compare it with \(ConsumerKeyPlace.either) in Setup; a new app needs 2 to 10 minutes, sometimes 30.",
                .refused, retry: true)
        case .appNotInstalled:
            Row(
                "The org has no such External Client App, or not at this host.",
                "Check that the login host is the org's My Domain and compare the Consumer Key; a new app needs up to 30 minutes.",
                .refused, retry: true)
        case .signatureRefused:
            Row(
                "The signature does not fit the certificate that the org holds.",
                "Upload the certificate that `aprity certificate download` gives, and wait 2 to 10 minutes.", .refused,
                retry: true)
        case .certificateOfAnotherApp:
            Row(
                "The org holds the certificate of another app of aprity's.",
                "Upload this connection's own certificate: `aprity certificate download` gives it.", .refused,
                retry: true)
        case .appKindWrong:
            Row(
                "The org knows this Consumer Key, and the app is probably of the other kind.",
                "Look in Setup which kind of app has it. A connection keeps its kind: if the app is of the other one, add a connection with --app-kind connected-app or --app-kind external-client-app.",
                .refused)
        case .consumerKeyOfAnotherApp:
            Row(
                "The Consumer Key is that of another connection's app, whose certificate the org holds.",
                "Set the Consumer Key of this connection's own app: `aprity connection set ALIAS --consumer-key KEY`. If both are to use one app, add this connection again with --same-app-as. Do not replace the app's certificate: the other connection signs in with it.",
                .refused)
        case .certificateExpired:
            Row(
                "The certificate has expired, and this org may refuse it for that.",
                "Replace the certificate; Salesforce is reported to go on accepting an expired one, so look further too.",
                .refused)
        case .assertionExpired:
            Row(
                "The org holds the assertion for expired (its words speak of an authorization code).",
                "Correct this machine's clock, then run `aprity test`.", .refused)
        case .userNotApproved:
            Row(
                "Every user has to approve the app for themselves, and this one has not.",
                "Set Permitted Users to \"Admin approved users are pre-authorized\", and name the permission set on the app.",
                .refused, retry: true)
        case .usernameUnknown:
            Row(
                "The org has no user of this name.",
                "Compare the username with Setup > Users; in a sandbox it ends with the sandbox's name.", .refused)
        case .userFrozen:
            Row(
                "The user is frozen.",
                "Find out why it was frozen (Salesforce looks at where traffic comes from), then unfreeze it.", .refused
            )
        case .sessionLevelUnmet:
            Row(
                "The app asks for a high assurance session, which JWT Bearer can never have.",
                "Switch \"High assurance session required\" off in the app's policies.", .refused)
        case .userNotAdminApproved:
            Row(
                "The user is not among those whom the app's policies pre-authorize.",
                "Assign the user the permission set that the app lists; if it lists none, add one for this user alone.",
                .refused, retry: true)
        case .refreshTokenScopeMissing:
            Row(
                "The app lacks the scope \"Perform requests at any time (refresh_token, offline_access)\".",
                "Add that scope to the app's OAuth settings, and wait 2 to 10 minutes.", .refused, retry: true)
        case .noValidScopes:
            Row(
                "The app has no scope that a token could be issued for.",
                "Give the app exactly the two scopes `api` and `refresh_token, offline_access`.", .refused, retry: true)
        case .userInactive:
            Row("The user is inactive.", "Activate the user: Setup > Users > the user > Edit > Active.", .refused)
        case .organizationInactive:
            Row("The org is locked, closed or suspended.", "Ask Salesforce about the org.", .refused)
        case .addressOrHoursRestricted:
            Row(
                "This address or hour is outside the user's profile's Login IP Ranges or Login Hours.",
                "Widen them on the profile; the app's IP Relaxation does not apply to JWT Bearer.", .refused)
        case .signInRateExceeded:
            Row(
                "The user signed in too often: Salesforce allows 3,600 sign-ins an hour.",
                "Wait up to an hour; find out who else signs in as this user.", .busy, retry: true)
        case .appBlockedInOrg:
            Row(
                "The app is probably blocked in the org; these words are not confirmed for JWT Bearer.",
                "Setup > Connected Apps OAuth Usage (External Client Apps > OAuth Usage) > Unblock, if that is meant.",
                .refused)
        case .appUninstalled:
            Row(
                "The app is not installed in the org, and the user may not use uninstalled apps.",
                "Setup > Connected Apps OAuth Usage > Install.", .refused)
        case .orgTransient:
            Row("The org asks to send the request again.", "Try again in a minute.", .busy, retry: true)
        case .orgUnavailable:
            Row(
                "The org is not available: it answers with a maintenance page or a server error.",
                "Wait and run the command again; status.salesforce.com shows maintenance and incidents of the org's instance.",
                .busy, retry: true)
        case .authenticationFailure:
            Row(
                "The org refuses the sign-in without saying why.",
                "Look at Setup > Login History for this user.", .refused)
        case .refusalUnknown:
            Row(
                "The org refused with words that aprity does not know.",
                "Read the org's own words; nothing is guessed from them.", .refused)
        case .organizationChanged:
            Row(
                "Another org answers than the one that this connection is pinned to; no token of it was used.",
                "After a sandbox refresh run `aprity connection repin ALIAS --expect ORGID`; otherwise check the login host.",
                .refused)
        case .organizationContradictory:
            Row(
                "The answer names two different orgs; its token was thrown away unused.",
                "Check that no proxy mixes up answers.", .refused)
        case .instanceRefused:
            Row(
                "The answer names an API address that no token may be sent to; its token was thrown away unused.",
                "Check that the login host is the org itself and that no proxy rewrites its answers. If the address is yours, allow it with --allow-host.",
                .refused)
        case .scopesDiffer:
            Row(
                "The scopes of the app are not exactly the two that it should have.",
                "Setup > the app's OAuth settings: leave `api` and `refresh_token, offline_access`, remove the others.",
                .refused)
        case .tokenUseless:
            Row(
                "A token was granted, but the org's API does not accept it.",
                "Check the scope `api`, and whether API Access Control restricts which apps may call the API.",
                .refused)
        case .apiAccessRestricted:
            Row(
                "A token with the scope api was granted, and the API still refuses the app.",
                "Look at Setup > API Access Control: where it is on, the app must be installed and allowed.", .refused)
        case .jwtFormatToken:
            Row(
                "The app issues JWT-based access tokens, which the SOAP API does not take.",
                "Untick \"Issue JSON Web Token (JWT)-based access tokens for named users\" in the app's OAuth settings.",
                .refused)
        case .selfAuthorizationAllowed:
            Row(
                "Permitted Users is \"All users may self-authorize\": whoever approves the app is within the key's reach.",
                "Set it to \"Admin approved users are pre-authorized\".", .refused)
        case .reachTooWide:
            Row(
                "The app's key could sign in as more than one user.",
                "Let one permission set pre-authorize, and assign it to exactly the integration user.", .refused)
        case .certificateDiffers:
            Row(
                "The certificate that the org shows is not the one that aprity signs for.",
                "Find out who uploaded it; where nobody did on purpose, upload this connection's certificate again.",
                .refused)
        case .appDrifted:
            Row(
                "The app in the org is not what was approved.",
                "Read the differences: put the app back, or accept them with `aprity app check ALIAS --approve`.",
                .refused)
        case .apiDisabled:
            Row(
                "The org's API is not enabled for this user, or not for the org.",
                "Give the user the permission API Enabled (through the integration permission set); if it has that, look whether the org's edition has an API.",
                .refused)
        case .editionWithoutAPI:
            Row(
                "The org's edition has no API.",
                "Look at the edition in Setup > Company Information, and ask Salesforce for API access.", .refused)
        case .apiLimitReached:
            Row(
                "The org's API request limit is used up.", "Wait; the limit counts the last 24 hours.", .busy,
                retry: true)
        case .metadataAccessMissing:
            Row(
                "The user may not use the Metadata API.",
                "Give the user \"Modify Metadata Through Metadata API Functions\": Salesforce asks for it even to read.",
                .refused)
        case .metadataFault:
            Row("The org's Metadata API refused the call.", "Read the org's own words.", .refused)
        case .retrieveFailed:
            Row(
                "The org could not finish the retrieve.", "Read the org's own words, and try fewer types with --types.",
                .refused, retry: true)
        case .retrieveTimedOut:
            Row(
                "The org did not finish the retrieve in time.", "Try again, or fewer types with --types.", .unreachable,
                retry: true)
        case .archiveRefused:
            Row(
                "The archive that the org sent is damaged or hostile; nothing of it was kept.",
                "Try again; if it stays so, check that the host really is the org.", .refused)
        case .typeUnknown:
            Row(
                "The org has no such metadata type.", "`aprity metadata types` lists the types.", .usage)
        case .clockSkew:
            Row(
                "This machine's clock and the org's disagree by more than two minutes.",
                "Correct the clock (for instance with chrony), then run `aprity test`.", .refused)
        case .assertionFaulty:
            Row(
                "The assertion has a fault that an org refuses it for.", "Mend what the findings name.", .refused)
        case .internalError:
            Row(
                "aprity met a situation that it was not written for.",
                "Please report it, with the command and this output.", .bug)
        }
    }
}

extension Cause.Row {
    init(_ summary: String, _ remedy: String, _ exit: ExitStatus, retry: Bool = false) {
        self.init(summary: summary, remedy: remedy, exit: exit, retry: retry)
    }
}

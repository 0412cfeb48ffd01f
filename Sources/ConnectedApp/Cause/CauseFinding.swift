extension Cause {
    /// Where a cause lies, and so which others are its neighbours.
    public enum Chapter: String, Codable, CaseIterable, Sendable {
        case typed, files, store, ownRules, reaching, refused, granted, app, everywhere

        public var title: String {
            switch self {
            case .typed: "What was typed"
            case .files: "Files and keys"
            case .store: "Our own store"
            case .ownRules: "What aprity itself does not allow"
            case .reaching: "Reaching the org"
            case .refused: "What the org's token endpoint refused"
            case .granted: "After a token was granted"
            case .app: "The app as the org holds it"
            case .everywhere: "Everywhere"
            }
        }

        /// What sets the whole chapter apart from the others.
        var against: String {
            switch self {
            case .typed: "The input alone decides, whatever the org says."
            case .files: "A file or a key alone decides, whatever the org says."
            case .store: "The store, the master key or a setting alone decides, whatever the org says."
            case .ownRules: "aprity itself said no, and not the org."
            case .reaching: "What failed lies between this machine and the org, below any answer of Salesforce."
            case .refused: "The host answered with an OAuth error, so it was reached."
            case .granted: "A token was granted: key, certificate, Consumer Key, audience and approval are right."
            case .app: "The connection itself works; the org's own settings were read and compared."
            case .everywhere: "It shows in a step of its own."
            }
        }
    }

    /// What the manual and a diagnosis say of a cause beyond its row.
    public struct Finding: Sendable {
        public let chapter: Chapter
        /// What is seen, and what is known of it; for a person.
        public let seen: String
        /// What rules out the neighbours.
        public let against: String
        /// The clicks that mend it.
        public let task: SetupTask?
        /// The command that mends it, or shows more.
        public let command: MendingCommand?

        fileprivate init(
            _ chapter: Chapter, _ seen: String, against: String? = nil, task: SetupTask? = nil,
            command: MendingCommand? = nil
        ) {
            self.chapter = chapter
            self.seen = seen
            self.against = against ?? chapter.against
            self.task = task
            self.command = command
        }
    }

    /// An exhaustive switch: a cause without a finding does not compile.
    public var finding: Finding {
        switch self {
        // What was typed
        case .usage:
            Finding(.typed, "A misspelt command or option, a missing argument, or options that do not go together.")
        case .unknownAlias:
            Finding(
                .typed, "If a name is spelled alike, the message asks for it.", command: .listConnections)
        case .aliasTaken: Finding(.typed, "The name is in use.", command: .listConnections)
        case .aliasMalformed: Finding(.typed, "The name has a character that cannot stand in one, or is too long.")
        case .usernameMalformed:
            Finding(.typed, "The text has no `@`, or is an id that begins with 005.", task: .user)
        case .loginHostMalformed: Finding(.typed, "The text is not a URL, or has a path or a query.", task: .loginHost)
        case .hostNotAllowed:
            Finding(
                .typed,
                "Salesforce serves an org through many hosts. Only the My Domain is a login host, beside login.salesforce.com "
                    + "and test.salesforce.com. The message says what the host serves: Lightning Experience, Setup, "
                    + "Visualforce, content, a site, or many orgs (an instance). The remedy names the My Domain if the host's "
                    + "name determines it: for `acme.lightning.force.com` it is `https://acme.my.salesforce.com`.",
                task: .loginHost, command: .setLoginHost)
        case .hostUnfitForAppKind:
            Finding(
                .typed,
                "Reports: n8n-io/n8n#28990, forcedotcom/cli#3482. Use the kind Connected App only if the app really is one.",
                against:
                    "The host's name and the app's kind alone decide; where an audience was given all the same, the "
                    + "org knows the key and says that the app is not installed.",
                task: .loginHost, command: .setLoginHost)
        case .audienceUndecided:
            Finding(
                .typed,
                "Government Cloud, hosts given with --allow-host, and for a Connected App this machine and the orgs of "
                    + "Salesforce's programs. Nothing is tried out: each try would be a failed sign-in.",
                command: .setAudience)
        case .audienceMalformed: Finding(.typed, "The text is not an https URL, or ends with a slash.")
        case .consumerKeyMalformed:
            Finding(.typed, "The text has a character that no Consumer Key has, or is too short.", task: .consumerKey)
        case .consumerSecretGiven:
            Finding(
                .typed, "The value is all digits or all capitals with digits, as secrets are. It is in no message.",
                task: .consumerKey)
        case .consumerKeyMissing:
            Finding(
                .typed, "The step `consumerKey` of the test shows the same.", task: .consumerKey,
                command: .setConsumerKey)
        case .lifetimeOutOfRange: Finding(.typed, "Only users of the library meet this.")
        // Files and keys
        case .fileMissing: Finding(.files, "The path names nothing.")
        case .fileUnreadable: Finding(.files, "The file exists, and this user may not read it, or it is no plain file.")
        case .inputMalformed: Finding(.files, "The message names what is wrong, and where.")
        case .portTaken:
            Finding(
                .files,
                "The port is in use, or below 1024 and reserved. The embedded org has up to three ports: the message names "
                    + "the one that cannot be had, and its option.")
        case .outputExists:
            Finding(
                .files,
                "`certificate download` does not overwrite another certificate; `metadata pull` replaces a former pull with "
                    + "`--replace`, never a folder without `package.xml` or `aprity-pull.json`, and never an entry that no pull wrote "
                    + "or that was changed since: the message names those that are in the way.")
        case .outputCannotBeCreated: Finding(.files, "The folder is missing, or this user may not write in it.")
        case .diskFull: Finding(.files, "The write failed for want of space; the former state is whole.")
        case .inputOutput:
            Finding(
                .files,
                "The operating system reported an error of the disk, or the store's file system is read-only now; the "
                    + "message and `errno` say which.")
        case .outputLost:
            Finding(
                .files,
                "Standard output is closed, or is a file on a full disk. The command did its work; nothing else was lost.",
                against: "Where the work itself found the disk full, the code is `diskFull` and nothing was changed.")
        case .keyMalformed: Finding(.files, "The PEM armour is missing, or what it holds is no key.")
        case .keyUnsupported:
            Finding(.files, "The key is of another kind than RSA, or protected in a way not read here.")
        case .keyTooSmall: Finding(.files, "Salesforce's own keys have 2,048 bits or more.")
        case .passphraseMissing: Finding(.files, "The PEM block says ENCRYPTED, and no passphrase file was given.")
        case .passphraseWrong: Finding(.files, "The key does not open with the file's first line.")
        case .certificateMalformed: Finding(.files, "Neither PEM nor DER.", command: .inspectCertificate)
        case .certificateTooLarge:
            Finding(.files, "Salesforce takes at most 4,096 bytes.", command: .downloadCertificateAsDER)
        case .certificateKeyMismatch:
            Finding(
                .files, "The public key in the certificate is not that of the private key.",
                command: .inspectCertificate)
        // Our own store
        case .configurationMalformed: Finding(.store, "The message names the setting.", command: .showConfiguration)
        case .homeClosed:
            Finding(
                .store, "The message names the folder or file, whose it is, and who asks.", command: .showConfiguration)
        case .storeUnwritable:
            Finding(
                .store,
                "The file system is mounted read-only or shares no memory between processes, or this user may read the store and not "
                    + "write it. If the log beside the "
                    + "store holds changes and its index (`-shm`) is missing, the store cannot be read either.")
        case .notInitialised: Finding(.store, "The folder has no store.", command: .initialize)
        case .storeBusy: Finding(.store, "Another process held the lock for longer than it is waited for.")
        case .storeNewer: Finding(.store, "The store's format is newer than this program.")
        case .storeDamaged: Finding(.store, "SQLite, or a record in it, cannot be read.")
        case .recordAltered:
            Finding(
                .store, "The record's proof under the master key, or its revision, does not fit. The record is named.")
        case .storeMoved:
            Finding(
                .store,
                "There is no file at the store's path, or another one, or one that this user cannot read and write.")
        case .blockMayBeLost:
            Finding(
                .store,
                "The audit record, a checkpoint or this process knows a later state than the records or the block order file.",
                command: .verifyAudit)
        case .recordChanged: Finding(.store, "The record's revision is not the one that was looked at.")
        case .masterKeyMissing:
            Finding(.store, "No file where the setting points to.", command: .showConfiguration)
        case .masterKeyWrong: Finding(.store, "The store names the master key that it wants by its id.")
        case .masterKeyUnsafe:
            Finding(
                .store,
                "The file's mode lets others read it, or the group, unless the file is root's and the group is one of this process's and "
                    + "may only read it. A running server that finds this signs nothing more, and "
                    + "`/readyz` answers 503. `aprity block` and `aprity credential compromise` work all the same.")
        case .masterKeyMalformed: Finding(.store, "A line is not what `aprity init` writes.")
        case .keyUnavailable:
            Finding(
                .store, "No key of this name in the token, or the signer knows none, or another key has its name.",
                command: .showConfiguration)
        case .keyStoreFailed:
            Finding(
                .store, "A PKCS#11 function or the signer command failed, or it took too long or said too much.",
                command: .showConfiguration)
        case .pinRefused:
            Finding(
                .store,
                "Tokens lock themselves after a few wrong PINs: it is tried once, then only when the file changes.",
                command: .showConfiguration)
        case .signatureFalse:
            Finding(
                .store, "Each signature of a token or a signer command is verified before it is used.",
                command: .showConfiguration)
        case .backupPassphraseWrong:
            Finding(
                .store,
                "The file's first bytes hold a check of the passphrase; a file in which just these were changed says the same."
            )
        case .backupDamaged:
            Finding(
                .store, "A piece of the file does not prove itself, or pieces are missing at the end.",
                command: .verifyBackup)
        case .restorePlaceTaken:
            Finding(
                .files, "The home is not empty, or the master key or the audit record's files belong to another store.",
                command: .showConfiguration)
        // What aprity itself does not allow
        case .blocked:
            Finding(
                .ownRules, "The four facts of the block are in \"Block and unblock\".", command: .unblock)
        case .notBlocked: Finding(.ownRules, "There is no block to lift.")
        case .unblockTestFailed:
            Finding(.ownRules, "The test that would have lifted the block failed; its cause is named.")
        case .signInBudgetUsed:
            Finding(.ownRules, "The ledger counts every sign-in of the last hour.", command: .showBudget)
        case .signInsPaused:
            Finding(
                .ownRules,
                "Within ten minutes, the org refused at least 20 ordinary sign-ins of one connection, or of three or more through one address, and granted fewer.",
                command: .test)
        case .notWatched: Finding(.ownRules, "There is nothing to follow.", command: .followChange)
        case .rotationRefused:
            Finding(
                .ownRules, "Nothing was changed; the sentence names the step that is not allowed now.",
                command: .showRotation)
        case .noticeChannelMissing:
            Finding(.store, "No setting names a mail server or a webhook.", command: .showConfiguration)
        case .noticeRefused:
            Finding(
                .files,
                "The receiver was reached, and answered with something else than yes, or in a content coding that aprity does not "
                    + "read. A mail server that refuses the sign-in for now (4yz) has this cause too.",
                against: "The mail server or the receiver of the webhook alone decides; the org was not asked.",
                command: .listNotices)
        case .noticeLoginRefused:
            Finding(
                .files, "The mail server was reached over TLS, and AUTH failed.",
                against: "The mail server alone decides; the org was not asked.", command: .testNotices)
        case .noticeLoginUnsupported:
            Finding(
                .files, "The mail server named its mechanisms for AUTH, and none of them is one that aprity has.",
                against: "The username and the password were not sent.", command: .testNotices)
        case .webhookMissing:
            Finding(
                .files, "The answer was HTTP status 404 or 410.", against: "The receiver's host was reached.",
                command: .testNotices)
        case .webhookFormRefused:
            Finding(
                .files, "The answer was HTTP status 400, 413, 415 or 422.",
                against: "The receiver's host was reached, and knew the path.", command: .testNotices)
        case .webhookPage:
            Finding(
                .files, "The answer was a redirect, or HTML with a status of success.",
                against: "A receiver of webhooks answers with a status and a few words at most.", command: .testNotices)
        case .startTLSMissing:
            Finding(
                .files, "The mail server was reached in clear text, and did not offer STARTTLS.",
                against: "Certificates are not the reason: TLS was not begun.", command: .testNotices)
        // Reaching the org
        case .nameNotResolved:
            Finding(
                .reaching, "DNS knows no such name, or does not answer.", against: "No address was found to connect to."
            )
        case .connectionRefused:
            Finding(
                .reaching, "An address was found, and nothing listens there, or a firewall refuses.",
                against: "An address was found; no TLS was begun.")
        case .proxyUnreachable:
            Finding(
                .reaching,
                "The proxy's own name has no address, or the proxy takes no connection. The message names it.",
                against: "This machine looks up and connects to the proxy only: nothing is known of the host.",
                command: .showConfiguration)
        case .proxyLoginRefused:
            Finding(
                .reaching,
                "The proxy answered CONNECT with status 407. The evidence has the schemes that it offers, such as Basic, NTLM "
                    + "or Negotiate.",
                against: "The proxy was reached, and the host was not. Trying again changes nothing.",
                command: .showConfiguration)
        case .proxyRedirected:
            Finding(
                .reaching,
                "The proxy answered CONNECT with a status of 3xx. The evidence has the host that it leads to. Networks with a "
                    + "sign-in page do so.",
                against: "The host was not reached: a redirect of its own would come through the tunnel.",
                command: .showConfiguration)
        case .proxyRefused:
            Finding(
                .reaching,
                "The proxy answered CONNECT with a status of 4xx, usually 403 by its rules, or with 200 and a page, as networks with "
                    + "a sign-in page do, or it does not speak HTTP. The evidence has the status.",
                against: "The proxy was reached, and the host was not. Trying again changes nothing.",
                command: .showConfiguration)
        case .proxyFailed:
            Finding(
                .reaching,
                "The proxy took the connection, and answered CONNECT with a status of 5xx, 408 or 429, closed the connection, or did "
                    + "not answer in time. With 502, 503 and 504 most proxies say that they did not reach the host. While a proxy "
                    + "waits for a host it answers nothing.",
                against: "The proxy was reached, and the host was not.", command: .showConfiguration)
        case .serverNotTrusted:
            Finding(
                .reaching,
                "The certificate comes from an authority that this machine does not trust, has expired, or is for another "
                    + "name: the message says so then. A proxy that opens TLS shows its own certificate.",
                against: "TLS itself worked up to the certificate; no byte of a request was sent.",
                command: .setCertificateAuthorities)
        case .tlsFailed:
            Finding(
                .reaching,
                "The server's newest TLS is older than 1.2, it speaks no TLS at this port, it wants a certificate of its client, or it "
                    + "ended the handshake. The message says which, if that is known. With a proxy in the evidence, that proxy may "
                    + "have answered in place of the host.",
                against: "A connection was open. The server's certificate is not the reason.")
        case .timedOut:
            Finding(.reaching, "Something swallowed the request or the answer.", against: "Nothing refused it either.")
        case .connectionLost:
            Finding(.reaching, "The connection ended before the answer did.", against: "No answer came complete.")
        case .answerTooLarge:
            Finding(
                .reaching, "More bytes came than any answer of an org has; the rest was not read.",
                against: "The host that was asked sent it, or a proxy in between.")
        case .answerUnintelligible:
            Finding(
                .reaching,
                "HTML, an empty body, JSON of another kind, or something that is not HTTP: a proxy's page, a maintenance page, "
                    + "another host.",
                against: "An answer came, and it is none that Salesforce is known to send.")
        case .redirected:
            Finding(
                .reaching, "A status of 3xx. Nothing is sent after it.",
                against: "An answer came; where it points to is in the evidence if it was the token endpoint's.",
                task: .loginHost)
        case .clearTextRefused:
            Finding(
                .reaching, "The URL begins with http:// and is not this machine.", against: "The URL alone decides.")
        // What the org's token endpoint refused
        case .grantTypeRefused:
            Finding(
                .refused, "The request was misspelt on its way, or the host does not offer the flow.",
                against: "aprity's request has the right grant type: something in between rewrote it.")
        case .assertionRefused:
            Finding(
                .refused, "The assertion cannot be read. aprity's own are linted, so first think of a rewriting proxy.",
                against: "A refusal for the signature has these words in older reports too.",
                command: .inspectAssertion)
        case .audienceRefused:
            Finding(
                .refused,
                "For a Connected App `https://login.salesforce.com` or `https://test.salesforce.com` is the audience; for an "
                    + "External Client App the My Domain. Reports: forcedotcom/cli#1640, #3325, #3482; "
                    + "salesforce.stackexchange 184363.",
                against:
                    "If a nonsense Consumer Key gets the same words, the org stops at the audience. If it gets others, the org "
                    + "knows this key, and the audience does not fit the app's kind: see `appKindWrong`.",
                task: .loginHost, command: .setAudience)
        case .consumerKeyUnknown:
            Finding(
                .refused, "A typing error, the key of another org or sandbox, a deleted app, or a new one.",
                against:
                    "A nonsense Consumer Key gets the same words, and so does a broken signature: the org stops at the "
                    + "app, before it looks at the key.",
                task: .consumerKey, command: .setConsumerKey)
        case .appNotInstalled:
            Finding(
                .refused,
                "The External Client App is disabled, was made in another org, or is not found at this host. It can come and "
                    + "go between attempts (forcedotcom/cli#3482).",
                against: "Where a nonsense Consumer Key gets other words, the org knows this key.", task: .enable)
        case .signatureRefused:
            Finding(
                .refused,
                "Somebody uploaded another file, or a deployment of the app's settings without the certificate removed it. "
                    + "Report: jpadilla/pyjwt#366.",
                against:
                    "A user that does not exist gets the same words, so it is not about the user; a nonsense Consumer "
                    + "Key gets others, so the app is known.",
                task: .certificate, command: .downloadCertificate)
        case .certificateOfAnotherApp:
            Finding(
                .refused, "A sign-in with the other app's key and this Consumer Key worked.",
                against: "It worked: that is proof.", task: .certificate, command: .downloadCertificate)
        case .appKindWrong:
            Finding(
                .refused,
                "The words are those of a refused audience. A Connected App takes `https://login.salesforce.com` or "
                    + "`https://test.salesforce.com`, an External Client App the My Domain, so the Consumer Key of one kind "
                    + "fails in a connection of the other. That an org checks it after the app is not confirmed.",
                against:
                    "A nonsense Consumer Key gets other words: the org knows this one. The audience is the one for the "
                    + "connection's kind.",
                task: .consumerKey)
        case .consumerKeyOfAnotherApp:
            Finding(
                .refused,
                "Two connections have an app of their own here, with keys of their own, and one Consumer Key. The app in "
                    + "Salesforce has one certificate.",
                against:
                    "A sign-in with the other connection's key works: that is proof. If it does not, only the equal Consumer "
                    + "Keys speak for it.",
                task: .consumerKey, command: .setConsumerKey)
        case .certificateExpired:
            Finding(
                .refused,
                "The words are those of a wrong signature. Salesforce's product management called it intended that an expired "
                    + "certificate goes on working (salesforce.stackexchange 313488); not confirmed for every org.",
                against: "The certificate's end has passed; whether that is the reason, only a new certificate shows.",
                task: .rotate, command: .showCertificate)
        case .assertionExpired:
            Finding(
                .refused,
                "Reports: simple-salesforce/simple-salesforce#491, salesforce.stackexchange 282513.",
                against: "The step `clock` compares this machine's clock with the org's.", command: .test)
        case .userNotApproved:
            Finding(
                .refused,
                "Permitted Users is \"All users may self-authorize\", and JWT Bearer never shows the page where a user "
                    + "approves. Reports: salesforce.stackexchange 164412, 184363, 207685; forcedotcom/cli#1640.",
                against:
                    "A broken signature gets other words: app and certificate are right. A user that does not exist "
                    + "may get the same ones.",
                task: .preauthorize)
        case .userNotAdminApproved:
            Finding(
                .refused, "Neither the user's profile nor an assigned permission set is listed on the app.",
                against:
                    "A broken signature gets other words: app and certificate are right. Other users may still get in: "
                    + "a blocked app keeps out all of them.",
                task: .preauthorize)
        case .refreshTokenScopeMissing:
            Finding(
                .refused,
                "The flow never returns a refresh token and needs the scope all the same. Report: "
                    + "leandrob/node-salesforce-jwt#3.",
                against: "A broken signature gets other words: app and certificate are right.", task: .scopes)
        case .noValidScopes:
            Finding(
                .refused, "The app has no scope but refresh_token, or none that this flow can use.",
                against: "A broken signature gets other words: app and certificate are right.", task: .scopes)
        case .usernameUnknown:
            Finding(
                .refused, "Copied from the e-mail address, of another org, or without a sandbox's suffix.",
                against: "A user that surely does not exist gets the same words.", task: .user,
                command: .setUsername)
        case .userInactive, .userFrozen:
            Finding(
                .refused,
                "Inactive and frozen may have the same words. Salesforce has announced that it may freeze users whose API "
                    + "traffic comes from anonymizing VPNs, proxies or high-risk addresses.",
                against: "A user that does not exist gets other words.", task: .user)
        case .organizationInactive:
            Finding(
                .refused, "An expired trial, or an org that Salesforce closed.",
                against: "It concerns every user and every app of the org.")
        case .addressOrHoursRestricted:
            Finding(
                .refused, "JWT Bearer always follows the profile's ranges, whatever the app's IP Relaxation says.",
                against: "The same sign-in from an address inside the ranges works.", task: .loginRanges)
        case .signInRateExceeded:
            Finding(
                .refused,
                "HTTP status 429 is read as this too, and is not certain then: a proxy or another network device may have "
                    + "sent it.",
                against: "Salesforce counts every sign-in of the user, whoever makes it.",
                command: .showBudget)
        case .appBlockedInOrg:
            Finding(
                .refused, "The words are known from sign-ins in a browser. A block concerns every user at once.",
                against: "A missing pre-authorization concerns some users only.", task: .unblock)
        case .appUninstalled:
            Finding(
                .refused, "Since September 2025 Salesforce blocks uninstalled Connected Apps for most users.",
                against: "A user with Approve Uninstalled Connected Apps gets in.", task: .install)
        case .sessionLevelUnmet:
            Finding(
                .refused, "The policy \"High assurance session required\" is on. Which words it has is not confirmed.",
                against: "Nothing but the app's policies shows it.", task: .sessionLevel)
        case .orgTransient:
            Finding(
                .refused,
                "HTTP status 429 of the API is read as this too. Reads are sent up to three times, sign-ins for use too; the "
                    + "test signs in once.",
                against: "The words of Salesforce ask for another try; a bare status 429 may be a network device's.")
        case .orgUnavailable:
            Finding(
                .refused,
                "A page for people in place of an answer, or HTTP 420, 500, 502, 503 or 504. The evidence quotes the page's "
                    + "title. Reports: forcedotcom/cli#2487, restforce/restforce#860.",
                against:
                    "If token endpoint, REST, SOAP and list of versions answer alike, it is not about this app. A proxy or "
                    + "another network device can answer so too.")
        case .authenticationFailure:
            Finding(
                .refused, "Mostly known from other flows.", against: "Login History may say more.", task: .loginHistory)
        case .refusalUnknown:
            Finding(
                .refused,
                "The words are shown as they came. Please report them, with what the reason turned out to be.",
                against: "At which stage the org refused, the controls show, whatever the words.", task: .loginHistory,
                command: .report)
        // After a token was granted
        case .organizationChanged:
            Finding(
                .granted,
                "A refreshed sandbox keeps its address and gets a new org id; its app may carry production's certificate, "
                    + "policies and users.",
                against: "The host or its answer names another org id than the pinned one.",
                command: .repin)
        case .organizationContradictory: Finding(.granted, "The token and the identity URL name different orgs.")
        case .instanceRefused:
            Finding(
                .granted,
                "The answer's `instance_url` is empty, is no https URL of a Salesforce host, or has more in it than a host. The "
                    + "evidence quotes it and says what is wrong.",
                against: "The answer was a token; only the address beside it cannot be used.")
        case .scopesDiffer:
            Finding(.granted, "The granted scopes are in the evidence.", task: .scopes)
        case .tokenUseless:
            Finding(
                .granted,
                "Also if the integration user was logged out or its tokens were revoked, and the org returns the same token "
                    + "again. The evidence has the API's own words.",
                task: .apiAccess)
        case .apiAccessRestricted:
            Finding(
                .granted,
                "The words are \"This session is not valid for use with the REST API\". Reports: "
                    + "forcedotcom/dataloader#1641, forcedotcom/cli#3428.",
                against: "The token has the scope api: it is not the scope.", task: .apiAccess)
        case .jwtFormatToken:
            Finding(
                .granted, "The token is a JWT; REST takes it, SOAP does not. Report: forcedotcom/cli#3297.",
                against: "The REST call worked with the same token.", task: .tokenFormat)
        case .apiDisabled:
            Finding(
                .granted,
                "The API's code is `API_DISABLED_FOR_ORG`: the user's right is missing, or the edition has no API.",
                task: .permissions)
        case .editionWithoutAPI:
            Finding(
                .granted, "The API's code is `API_DISABLED_FOR_ORG`, as for a user without API Enabled.",
                against: "No user of the org can use the API, whatever its rights.")
        case .apiLimitReached: Finding(.granted, "The step `requests` shows how many requests are left.")
        case .metadataAccessMissing:
            Finding(
                .granted, "aprity only reads, whatever the permission's name says.",
                against: "The REST call worked with the same token.", task: .permissions)
        case .metadataFault: Finding(.granted, "The words of the Metadata API are in the evidence.")
        case .retrieveFailed: Finding(.granted, "The words of the Metadata API are in the evidence.")
        case .retrieveTimedOut: Finding(.granted, "The org was asked again and again, and was not done.")
        case .archiveRefused: Finding(.granted, "The evidence names the rule that the archive broke.")
        case .typeUnknown:
            Finding(
                .granted, "Names are exact: `ApexClass`, not `apexclass` or `classes`.",
                command: .listMetadataTypes)
        // The app as the org holds it
        case .selfAuthorizationAllowed:
            Finding(.app, "The step `policy` reads it from the org.", task: .preauthorize)
        case .reachTooWide:
            Finding(
                .app, "The step `reach` counts the active users, and by which permission sets, groups and profiles.",
                task: .preauthorize, command: .checkApp)
        case .certificateDiffers:
            Finding(
                .app, "Only a Connected App shows its certificate; an External Client App's may be unreadable.",
                against: "The sign-in worked: an upload may be spreading right now.", task: .certificate)
        case .appDrifted:
            Finding(
                .app, "Each difference has what was approved, what was found, and since when.",
                command: .checkApp)
        // Everywhere
        case .clockSkew:
            Finding(
                .everywhere, "Salesforce's own rules allow an assertion of 3 minutes; aprity's lives 150 seconds.",
                against: "The answer's Date header and this machine's clock disagree; nothing is concluded from words.")
        case .assertionFaulty:
            Finding(
                .everywhere, "The findings name the part, and what to write instead.",
                command: .inspectAssertion)
        case .internalError: Finding(.everywhere, "A bug.")
        }
    }
}

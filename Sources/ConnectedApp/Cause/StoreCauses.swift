/// The table's entries of the chapter "Our own store".
enum StoreCauses {
    static let configurationMalformed = Cause.Entry(
        .store, "A setting is not what it should be.",
        "Mend what the message names; `aprity config` shows each setting and where it comes from.",
        .configuration,
        seen: "The message names the setting.", command: .showConfiguration)

    static let homeClosed = Cause.Entry(
        .store, "This user may not look into the home, or may not read the master key.",
        "Run the command as the user whose home it is. If a service uses the store, run it as the service does.",
        .notPermitted,
        seen: "The message names the folder or file, whose it is, and who asks.", command: .showConfiguration)

    static let notInitialised = Cause.Entry(
        .store, "There is no store here yet.", "Run `aprity init` first.", .configuration,
        seen: "The folder has no store.", command: .initialize)

    static let storeBusy = Cause.Entry(
        .store, "Another process holds the store's lock.", "Wait a moment and run the command again.", .busy,
        retry: true,
        seen: "Another process held the lock for longer than it is waited for.")

    static let storeNewer = Cause.Entry(
        .store, "The store was written by a newer version of aprity.",
        "Use that version, or newer; this one would damage it.", .configuration,
        seen: "The store's format is newer than this program.")

    static let storeDamaged = Cause.Entry(
        .store, "The store cannot be read.", "Restore it from a backup.", .inputOutput,
        seen: "SQLite, or a record in it, cannot be read.")

    static let storeMoved = Cause.Entry(
        .store, "The store that this process has open is no longer the one at its path, so nothing is signed.",
        "Stop this process. Put the store back in its place, then start the process again.", .configuration,
        seen: "There is no file at the store's path, or another one, or one that this user cannot read and write.")

    static let storeUnwritable = Cause.Entry(
        .store,
        "The store cannot be written, so nothing can be recorded. Commands that only show what it holds work all the same.",
        "Mount the file system for writing, or run the command as the user whose store it is.", .cannotCreate,
        seen:
            "The file system is mounted read-only or shares no memory between processes, or this user may read the store and not "
            + "write it. If the log beside the "
            + "store holds changes and its index (`-shm`) is missing, the store cannot be read either.")

    static let recordAltered = Cause.Entry(
        .store, "A record of the store was changed, swapped, removed or rolled back outside aprity, so it is not used.",
        "Find out who changed it, then restore the store from a backup.", .notPermitted,
        seen: "The record's proof under the master key, or its revision, does not fit. The record is named.")

    static let recordChanged = Cause.Entry(
        .store, "The record was changed by somebody else meanwhile.", "Look at it again and repeat the change.", .busy,
        retry: true,
        seen: "The record's revision is not the one that was looked at.")

    static let blockMayBeLost = Cause.Entry(
        .store,
        "The records or the block order file were rolled back, altered or removed. A block may be lost, so aprity signs "
            + "nothing.",
        "Find out who did that. Run `aprity block --all --reason TEXT`, then `aprity unblock` for each connection.",
        .notPermitted,
        seen:
            "The audit record, a checkpoint or this process knows a later state than the records or the block order file.",
        command: .verifyAudit)

    static let masterKeyMissing = Cause.Entry(
        .store, "The master key is not where it should be.",
        "Give its file with --master-key-file or APRITY_MASTER_KEY_FILE; without it no private key can be opened.",
        .configuration,
        seen: "No file where the setting points to.", command: .showConfiguration)

    static let masterKeyWrong = Cause.Entry(
        .store, "The store was sealed under another master key.",
        "Give the file of that key with --master-key-file or APRITY_MASTER_KEY_FILE.", .configuration,
        seen: "The store names the master key that it wants by its id.")

    static let masterKeyUnsafe = Cause.Entry(
        .store, "Other users of this machine can read the master key file, so it is not used.",
        "Run `chmod 600` on it, or let root mount it so that a group of this process can only read it. Consider the key known to them.",
        .configuration,
        seen:
            "The file's mode lets others read it, or the group, unless the file is root's and the group is one of this process's and "
            + "may only read it. A running server that finds this signs nothing more, and "
            + "`/readyz` answers 503. `aprity block` and `aprity credential compromise` work all the same.")

    static let masterKeyMalformed = Cause.Entry(
        .store, "The master key file does not hold a master key.",
        "It holds one key a line, each `aprity-master-key-1:` and 64 hexadecimal digits.", .configuration,
        seen: "A line is not what `aprity init` writes.")

    static let keyUnavailable = Cause.Entry(
        .store, "The key store has no such key.",
        "Check that the settings name the token or the signer that holds it; `aprity config` shows them.",
        .configuration,
        seen: "No key of this name in the token, or the signer knows none, or another key has its name.",
        command: .showConfiguration)

    static let keyStoreFailed = Cause.Entry(
        .store, "The key store did not do what it was asked.",
        "Read its own words in the evidence; check that the token is plugged in or the signer's service answers.",
        .inputOutput, retry: true,
        seen: "A PKCS#11 function or the signer command failed, or it took too long or said too much.",
        command: .showConfiguration)

    static let pinRefused = Cause.Entry(
        .store, "The PKCS#11 token did not accept the PIN, so aprity does not try it again.",
        "Correct the PIN file; where the token is locked, its security officer unlocks it.", .configuration,
        seen: "Tokens lock themselves after a few wrong PINs: it is tried once, then only when the file changes.",
        command: .showConfiguration)

    static let signatureFalse = Cause.Entry(
        .store, "The key store returned a signature that is not one of the key; it was not used.",
        "Check which key the signer signs with, and how: RSASSA-PKCS1-v1_5 with SHA-256.", .notPermitted,
        seen: "Each signature of a token or a signer command is verified before it is used.",
        command: .showConfiguration)

    static let backupPassphraseWrong = Cause.Entry(
        .store, "The passphrase does not open this backup.",
        "Check the passphrase: of a file only the first line counts. Without it nobody can open the backup.",
        .malformed,
        seen:
            "The file's first bytes hold a check of the passphrase; a file in which just these were changed says the same."
    )

    static let backupDamaged = Cause.Entry(
        .store, "The backup is not whole: it was cut short or changed.",
        "Take another copy of it, or another backup; `aprity backup verify` tells which one is good.",
        .malformed,
        seen: "A piece of the file does not prove itself, or pieces are missing at the end.",
        command: .verifyBackup)

    static let noticeChannelMissing = Cause.Entry(
        .store, "There is nobody to send notices to.",
        "Set APRITY_SMTP_URL with APRITY_SMTP_FROM and APRITY_SMTP_TO, or APRITY_NOTIFY_WEBHOOK; see \"Notices before a certificate ends\".",
        .configuration,
        seen: "No setting names a mail server or a webhook.", command: .showConfiguration)
}

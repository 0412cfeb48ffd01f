/// The entries of the chapter "aprity's store".
enum StoreCauses {
    static let configurationMalformed = Cause.Entry(
        .store, "A setting is not valid.",
        "Correct what the message names. Unless the configuration file itself is malformed, `aprity config` shows each setting and where it comes from.",
        .configuration,
        seen: "The message names the setting.", command: .showConfiguration)

    static let homeClosed = Cause.Entry(
        .store, "This user may not read aprity's home or the master key.",
        "Run the command as the user who owns the home. If a service uses the store, run the command as the service's user.",
        .notPermitted,
        seen: "The message names the folder or file, its owner, and the user who ran the command.",
        command: .showConfiguration)

    static let notInitialised = Cause.Entry(
        .store, "There is no store here yet.", "Run `aprity init` first.", .configuration,
        seen: "The folder contains no store.", command: .initialize)

    static let storeBusy = Cause.Entry(
        .store, "Another process holds the store's lock.", "Wait a moment and run the command again.", .busy,
        retry: true,
        seen: "The other process held the lock longer than aprity waits.")

    static let storeNewer = Cause.Entry(
        .store, "A newer version of aprity wrote the store.",
        "Use that version or a newer one. This version would damage the store.", .configuration,
        seen: "The store has a newer format than this version reads.")

    static let storeDamaged = Cause.Entry(
        .store, "The store cannot be read.", "Restore it from a backup.", .inputOutput,
        seen: "SQLite cannot read the database, or aprity cannot read a record in it.")

    static let storeMoved = Cause.Entry(
        .store, "The store that this process has open is no longer at its path, so aprity signs nothing.",
        "Stop this process. Move the store back to its place, then start the process again.", .configuration,
        seen:
            "There is no file at the store's path, or it is another file, or this user may not read and write it.")

    static let storeUnwritable = Cause.Entry(
        .store,
        "The store cannot be written, so nothing can be recorded. Commands that only show its content still work.",
        "Mount the file system for writing, or run the command as the user who owns the store.", .cannotCreate,
        seen:
            "The file system is mounted read-only, or processes cannot share memory on it, or this user may read the store but "
            + "not write it. If the store's log (`-wal`) contains changes and the log's index (`-shm`) is missing, the "
            + "store cannot be read either.")

    static let recordAltered = Cause.Entry(
        .store,
        "A record of the store was changed, swapped, removed or rolled back outside aprity, so aprity does not use it.",
        "Find out who changed it, then restore the store from a backup.", .notPermitted,
        seen:
            "The record's authentication code under the master key, or its revision, is wrong. The message names the record."
    )

    static let recordChanged = Cause.Entry(
        .store, "Somebody else changed the record in the meantime.", "Read it again and repeat the change.", .busy,
        retry: true,
        seen: "The record's revision is not the one that was read.")

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
        .store, "The master key file does not exist.",
        "Give its path with --master-key-file or APRITY_MASTER_KEY_FILE. Without it aprity cannot decrypt any private key.",
        .configuration,
        seen: "There is no file at the path in the setting.", command: .showConfiguration)

    static let masterKeyWrong = Cause.Entry(
        .store, "The store is encrypted with another master key.",
        "Give the file of that key with --master-key-file or APRITY_MASTER_KEY_FILE.", .configuration,
        seen: "The store contains the id of the master key that it needs; the message shows it.")

    static let masterKeyUnsafe = Cause.Entry(
        .store, "Other users of this machine can read the master key file, so aprity does not use it.",
        "Run `chmod 600` on it, or let root mount it so that a group of this process may only read it. Assume that these users know the key.",
        .configuration,
        seen:
            "The file's mode lets others or the group read it. A group is allowed only if root owns the file, the process "
            + "belongs to the group, and the group may only read. A running server that finds this signs nothing more, and "
            + "`/readyz` answers 503. `aprity block` and `aprity credential compromise` still work.")

    static let masterKeyMalformed = Cause.Entry(
        .store, "The master key file does not contain a master key.",
        "Each line of the file must be one key: `aprity-master-key-1:` and 64 hexadecimal digits.", .configuration,
        seen: "A line differs from what `aprity init` writes.")

    static let secretFileUnsafe = Cause.Entry(
        .store, "Other users of this machine can read or replace a secret file, so aprity does not use it.",
        "Do what the message says, then run the command again. Assume that these users know the secret.",
        .configuration,
        seen:
            "The message names the file, such as the key that signs the checkpoints of the audit record, and says who has "
            + "access to it. aprity continues without the file if it can. The master key file has a cause of its own, "
            + "`masterKeyUnsafe`.",
        command: .showConfiguration)

    static let keyUnavailable = Cause.Entry(
        .store, "The key store has no such key.",
        "Check that the settings name the token or the signer that has the key; `aprity config` shows them.",
        .configuration,
        seen:
            "The token has no key of this name, or the signer does not know it, or another key has its name.",
        command: .showConfiguration)

    static let keyStoreFailed = Cause.Entry(
        .store, "The key store reported an error, or did not answer as it should.",
        "Read the key store's own message, if aprity quotes one. For a PKCS#11 token, check that it is plugged in and that its module and label are right. For a signer command, check that it runs as aprity's user and that the service behind it answers.",
        .inputOutput, retry: true,
        seen: "A PKCS#11 function or the signer command failed, took too long, or wrote too much.",
        command: .showConfiguration)

    static let pinRefused = Cause.Entry(
        .store, "The PKCS#11 token rejected the PIN, so aprity does not try it again.",
        "Correct the PIN file. If the token is locked, its security officer can unlock it.", .configuration,
        seen:
            "Tokens lock themselves after a few wrong PINs. So aprity tries a PIN once, and again only when the file changes.",
        command: .showConfiguration)

    static let signatureFalse = Cause.Entry(
        .store, "The key store returned a signature that does not match the key; aprity did not use it.",
        "Check which key the signer signs with, and how: RSASSA-PKCS1-v1_5 with SHA-256.", .notPermitted,
        seen: "aprity verifies each signature of a token or a signer command before it uses it.",
        command: .showConfiguration)

    static let backupPassphraseWrong = Cause.Entry(
        .store, "The passphrase does not open this backup.",
        "Check the passphrase. aprity reads only the first line of a passphrase file. Without the passphrase, nobody can open the backup.",
        .malformed,
        seen:
            "The beginning of the backup contains a check of the passphrase. If only this part of the file was changed, the "
            + "cause is the same.")

    static let backupDamaged = Cause.Entry(
        .store, "The backup is not complete: it was cut short or changed.",
        "Use another copy of it, or another backup. `aprity backup verify` shows whether a backup is good.",
        .malformed,
        seen: "A piece of the file fails its authentication, or pieces are missing at the end.",
        command: .verifyBackup)

    static let noticeChannelMissing = Cause.Entry(
        .store, "No receiver for notices is set.",
        "Set APRITY_SMTP_URL with APRITY_SMTP_FROM and APRITY_SMTP_TO, or APRITY_NOTIFY_WEBHOOK; see \"Notices before a certificate expires\".",
        .configuration,
        seen: "No setting names a mail server or a webhook.", command: .showConfiguration)
}

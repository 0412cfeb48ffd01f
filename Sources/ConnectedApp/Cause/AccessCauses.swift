/// The entries of the chapter "Accounts and API tokens".
enum AccessCauses {
    static let accountUnknown = Cause.Entry(
        .access, "There is no account of this name.", "Run `aprity user list` to see the names.", .usage,
        seen: "The name is misspelt, or the account was removed.", command: .listAccounts)

    static let accountTaken = Cause.Entry(
        .access, "An account of this name already exists.",
        "Choose another name, or change the account with `aprity user set-password` or `aprity user set-role`.", .usage,
        seen: "The name is in use. Capital and small letters are the same in names of accounts.",
        command: .listAccounts)

    static let accountNameMalformed = Cause.Entry(
        .access, "This is not a valid name for an account.",
        "Use 1 to 64 letters, digits, `-`, `_`, `.`, `@` or `+`, beginning with a letter or digit.", .malformed,
        seen: "The name is empty or too long, or contains a character that is not allowed.")

    static let lastAdmin = Cause.Entry(
        .access, "The other accounts would be left without an admin.",
        "Give another account the role admin first: `aprity user set-role NAME admin`.", .usage,
        seen: "Nothing was changed. If it is the only account, it can be removed.", command: .listAccounts)

    static let passwordUnfit = Cause.Entry(
        .access, "This password cannot be used.",
        "Use at least 12 characters and at most 256 bytes, for example four or five random words.", .malformed,
        seen:
            "The password is too short or too long, it is the account's name, or it repeats the same few characters. The "
            + "message says which.")

    static let passwordWrong = Cause.Entry(
        .access, "The present password is wrong.",
        "Type it again. If it is forgotten, an admin sets a new one with `aprity user set-password`.", .notPermitted,
        seen: "Changing a password needs the present one. Nothing was changed.")

    static let passwordChecksBusy = Cause.Entry(
        .access, "Too many passwords are being checked.",
        "Try again in a few seconds. The start token and the commands on the server's machine are not affected.", .busy,
        retry: true,
        seen:
            "aprity checks two passwords at a time, the newest attempt first. More than 64 newer attempts arrived, so this "
            + "one was dropped. Somebody is probably guessing passwords: see `aprity_wrong_credentials_total`.")

    static let apiTokenUnknown = Cause.Entry(
        .access, "There is no API token of this name.", "Run `aprity api-token list` to see the names.", .usage,
        seen: "The name is misspelt, or the token was revoked already.", command: .listAPITokens)

    static let apiTokenTaken = Cause.Entry(
        .access, "An API token of this name already exists.",
        "Choose another name, or revoke the existing token with `aprity api-token revoke`.", .usage,
        seen: "An expired token keeps its name until it is revoked.", command: .listAPITokens)

    static let clientUnknown = Cause.Entry(
        .access, "The connection has no client of this name.", "Run `aprity client list` to see the names.", .usage,
        seen: "The name is misspelt, or the client was revoked already.", command: .listClients)

    static let clientTaken = Cause.Entry(
        .access, "The connection already has a client of this name.",
        "Choose another name, or revoke the existing client with `aprity client revoke`.", .usage,
        seen: "A client whose handle has expired keeps its name until it is revoked.", command: .listClients)

    static let trustPolicyUnknown = Cause.Entry(
        .access, "The connection has no trust policy of this name.", "Run `aprity trust list` to see the names.",
        .usage, seen: "The name is misspelt, or the policy was removed already.", command: .listTrustPolicies)

    static let trustPolicyTaken = Cause.Entry(
        .access, "The connection already has a trust policy of this name.",
        "Choose another name, or remove the existing policy with `aprity trust remove`.", .usage,
        seen: "Names of policies are unique for each connection.", command: .listTrustPolicies)

    static let issuerUnreadable = Cause.Entry(
        .access, "aprity cannot read the keys of the OpenID Connect issuer.",
        "Compare the issuer with the claim `iss` of its tokens, and check that this machine reaches it: it must serve `/.well-known/openid-configuration` below its URL, and the keys that this names.",
        .unreachable, retry: true,
        seen:
            "aprity reads the keys when a program exchanges a token, at most every 20 seconds, and keeps them for an hour.",
        command: .listTrustPolicies)
}

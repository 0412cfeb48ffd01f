/// A sign-in to the Settings page, as it is recorded: how somebody tried to sign in, and who that was.
///
/// The names and values of ``facts`` are stored and must not change.
package enum SettingsSignIn: Sendable, Equatable {
    /// - Parameter account: The name that was entered. `nil` if no account has it: people type passwords into the field
    ///   for the name, so such a text is not recorded.
    case password(account: String?)
    case startToken
    /// - Parameter facts: What the org said about the person, and why the sign-in was refused.
    case salesforce(facts: [String: String])
    /// An entry of an earlier version, which says no more.
    case unknown

    /// The facts of the event.
    package var facts: [String: String] {
        switch self {
        case .password(let account?): ["method": "password", "account": account]
        case .password(nil): ["method": "password", "accountExists": "false"]
        case .startToken: ["method": "startToken"]
        case .salesforce(let facts): facts.merging(["method": "salesforce"]) { $1 }
        case .unknown: [:]
        }
    }

    fileprivate init(facts: [String: String]) {
        self =
            switch facts["method"] {
            case "password": .password(account: facts["account"])
            case "startToken": .startToken
            case "salesforce": .salesforce(facts: facts)
            default: .unknown
            }
    }

    /// How somebody tried to sign in, to follow "tried to sign in to the Settings page".
    fileprivate var manner: String {
        switch self {
        case .password(let account?): " as \(account)"
        case .password(nil): " with a name that no account has"
        case .startToken: " with a wrong start token"
        case .salesforce(let facts):
            " with Salesforce" + ((facts["user"] ?? facts["userID"]).map { " as \($0)" } ?? "")
        case .unknown: ""
        }
    }
}

extension AuditEvent {
    /// What the event of a sign-in to the Settings page says, as the end of a sentence.
    var settingsSignInPredicate: String {
        switch outcome {
        case "done": AuditEvent.Act.settingsSignIn.predicate
        case "tried": "tried the sign-in with Salesforce, which works, and was not signed in"
        default: "tried to sign in to the Settings page\(SettingsSignIn(facts: facts).manner), and was refused"
        }
    }
}

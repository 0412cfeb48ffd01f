/// The value of an app's setting, or the reason why it is unknown.
enum AppFact: Sendable, Equatable {
    case value(AppValue)
    case unknown(UnknownReason)

    static func text(_ text: String) -> AppFact { .value(.text(text)) }
    /// `true` or `false`, as in the metadata. Approvals are stored with these texts.
    static func flag(_ isOn: Bool) -> AppFact { .text(isOn ? "true" : "false") }
    /// The names, sorted and without duplicates.
    static func list(_ names: [String]) -> AppFact { .value(.names(Set(names).sorted())) }

    /// The value as it is shown, stored and compared with an approval; `nil` if it is unknown.
    var value: String? { if case .value(let value) = self { value.description } else { nil } }

    /// The names of a list; `nil` for a text, and if the value is unknown.
    var names: [String]? { if case .value(.names(let names)) = self { names } else { nil } }
}

/// The value of an app's setting.
enum AppValue: Sendable, Equatable, CustomStringConvertible {
    /// Salesforce's own value, or a certificate's fingerprint; empty if there is none.
    case text(String)
    /// Sorted, without duplicates. Create it with ``AppFact/list(_:)``, which sorts.
    case names([String])

    /// Two values are compared by this text, and approvals store it, so its form must not change.
    var description: String {
        switch self {
        case .text(let text): text
        case .names(let names): names.joined(separator: ", ")
        }
    }
}

/// Who may use an app: *Permitted Users*. The raw values are those of the metadata
/// ("ExtlClntAppOauthConfigurablePolicies", Metadata API Developer Guide).
enum PermittedUsers: String, Sendable {
    /// *Admin approved users are pre-authorized*
    case adminApproved = "AdminApprovedPreAuthorized"
    /// *All users may self-authorize*
    case selfAuthorized = "AllSelfAuthorized"

    var fact: AppFact { .text(rawValue) }
}

/// The session level that an app requires of its users. The raw values are those of the metadata.
enum SessionLevel: String, Sendable {
    case standard = "STANDARD"
    case highAssurance = "HIGH_ASSURANCE"
}

extension OrgApp {
    /// `nil` if it is unknown, or is not one of the two documented values.
    var permittedUsers: PermittedUsers? { self[.permittedUsers].value.flatMap(PermittedUsers.init) }

    /// `nil` if it is unknown, or is not one of the two known values.
    var sessionLevel: SessionLevel? { self[.sessionLevel].value.flatMap(SessionLevel.init) }
}

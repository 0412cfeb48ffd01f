/// What an account may do. The raw values are stored, and are words of commands and of JSON; they must not change.
package enum Role: String, Codable, CaseIterable, Sendable {
    /// May do everything.
    case admin
    /// Sees everything and changes nothing.
    case user

    /// The role's name for people.
    package var title: String {
        switch self {
        case .admin: "Admin"
        case .user: "User"
        }
    }

    /// The name of the role outside aprity, such as that of a permission set in Salesforce.
    package var externalName: String {
        switch self {
        case .admin: "Aprity_Admin"
        case .user: "Aprity_User"
        }
    }
}

/// Who checks an account's sign-in. Stored; the raw values must not change.
package enum AccountOrigin: String, Codable, Sendable {
    /// aprity itself, by a password.
    case local
}

/// What an API token may do. The raw values are stored, and are words of commands and of JSON; they must not change.
package enum APITokenScope: String, Codable, CaseIterable, Sendable {
    /// Requests that change nothing.
    case read
    /// All requests.
    case everything
}

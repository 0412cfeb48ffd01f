/// Changes to a connection. A field that is `nil` does not change.
package struct ConnectionChanges: Sendable {
    /// A new value, or the removal of the present one.
    package enum Change<Value: Sendable>: Sendable {
        case to(Value)
        case removed
    }

    package var consumerKey: String?
    package var username: String?
    package var loginHost: String?
    package var audience: Change<String>?
    /// Replaces the whole list.
    package var allowedHosts: [String]?
    package var certificateAuthoritiesPEM: Change<String>?
    /// The id of the org to pin the connection to, in place of the present one.
    package var acceptedOrganizationID: String?
    /// Whether programs may get the connection's access tokens, which can write.
    package var allowsTokens: Bool?
    /// The revision that the caller saw. If the connection was changed since, the change fails with `.recordChanged`.
    /// `nil`: no comparison.
    package var expectedRevision: Int?

    package init() {}

    /// Whether nothing is to change. ``expectedRevision`` is not a change.
    package var isEmpty: Bool { !concernsSignIns && allowsTokens == nil }

    /// Whether a sign-in may end differently after the change, so that earlier evidence says nothing about it.
    var concernsSignIns: Bool {
        consumerKey != nil || username != nil || loginHost != nil || audience != nil || allowedHosts != nil
            || certificateAuthoritiesPEM != nil || acceptedOrganizationID != nil
    }

    /// The names of the changed fields, separated by commas. Stored in the audit record; the names must not change.
    var fields: String {
        var names: [String] = []
        if consumerKey != nil { names.append("consumerKey") }
        if username != nil { names.append("username") }
        if loginHost != nil { names.append("loginHost") }
        if audience != nil { names.append("audience") }
        if allowedHosts != nil { names.append("allowedHosts") }
        if certificateAuthoritiesPEM != nil { names.append("certificateAuthorities") }
        if acceptedOrganizationID != nil { names.append("organizationID") }
        if allowsTokens != nil { names.append("allowTokens") }
        return names.joined(separator: ",")
    }
}

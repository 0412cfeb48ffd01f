internal import Foundation
internal import JWTBearer

/// Who signed in, as the org says it.
struct OrgIdentity: Sendable, Equatable {
    /// With 15 characters.
    let userID: String
    let organizationID: OrganizationID
    /// `nil` if the org sent none, or none of the usual form.
    let username: Username?
    /// The names of the custom permissions that the person has; `nil` if the answer does not list them.
    private(set) var permissions: Set<String>?

    /// Parses an answer of the userinfo endpoint or of an identity URL. Members that aprity does not need are ignored.
    ///
    /// - Returns: `nil` if the answer names no org and user.
    init?(_ body: [UInt8]) {
        struct Members: Decodable {
            let userID: String
            let organizationID: String
            /// Of the userinfo endpoint. It can differ from the user's username.
            let preferredUsername: String?
            /// Of the identity URL.
            let username: String?
            let customPermissions: [String: Bool]?

            enum CodingKeys: String, CodingKey {
                case userID = "user_id"
                case organizationID = "organization_id"
                case preferredUsername = "preferred_username"
                case username
                case customPermissions = "custom_permissions"
            }
        }
        guard let members = try? JSONDecoder().decode(Members.self, from: Data(body)),
            let organizationID = OrganizationID(members.organizationID), Self.isUserID(members.userID)
        else { return nil }
        userID = String(members.userID.prefix(15))
        self.organizationID = organizationID
        username = (members.username ?? members.preferredUsername).flatMap { try? Username($0) }
        permissions = members.customPermissions.map { Set($0.filter(\.value).keys) }
    }

    /// Returns the same person with the permissions of another answer, if that has any.
    func adding(_ permissions: Set<String>?) -> OrgIdentity {
        var identity = self
        identity.permissions = permissions ?? self.permissions
        return identity
    }

    /// What the person may do in aprity; `nil` for nothing. With both permissions, the person is an admin.
    var role: Role? {
        Role.allCases.first { permissions?.contains($0.externalName) == true }
    }

    private static func isUserID(_ text: String) -> Bool {
        [15, 18].contains(text.utf8.count) && text.hasPrefix("005")
            && text.utf8.allSatisfy { $0 < 0x80 } && text.allSatisfy { $0.isLetter || $0.isNumber }
    }
}

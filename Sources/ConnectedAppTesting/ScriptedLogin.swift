package import ConnectedApp
internal import Foundation
internal import HTTPTypes
internal import JWTBearer
internal import Synchronization

/// The login host of an org, as far as a sign-in with Salesforce needs it. It answers from a script and remembers the tokens
/// that were revoked.
package final class ScriptedLogin: Sendable {
    package static let host = "https://acme.my.salesforce.com"
    package static let organizationID = "00D000000000001EAA"
    package static let otherOrganizationID = "00D000000000002EAA"
    package static let consumerKey = "3MVG9.sign_in_app"
    package static let accessToken = "00D000000000001!AQ.secretAccessToken0123456789"
    package static let refreshToken = "5Aep.secretRefreshToken0123456789"
    /// The code of a successful login.
    package static let code = "aPrx.secretCode+/0123456789=="
    private static let user = "005000000000001AAA"

    /// What the org answers.
    package struct Answers: Sendable {
        /// The custom permissions at the identity URL; `nil` if it does not list them.
        package var permissions: [String: Bool]? = ["Aprity_Admin": true, "Aprity_User": false]
        /// The same at the userinfo endpoint.
        package var permissionsInUserInfo: [String: Bool]?
        package var username = "ada@acme.example"
        package var organizationID = ScriptedLogin.organizationID
        package var userID = ScriptedLogin.user
        /// Replaces the answer of the token endpoint.
        package var token: ScriptedAnswer?
        /// Replaces the answer of the userinfo endpoint.
        package var userInfo: ScriptedAnswer?
        /// Whether the userinfo endpoint is unreachable.
        package var isLost = false
        package var revocation = ScriptedAnswer(200, pieces: [])
        /// The org that the login host reports; `nil` if it reports none.
        package var reported: String?
    }

    private let answers = Mutex(Answers())
    private let revoked = Mutex<[String]>([])

    package init() {}

    /// The tokens that were revoked, in order.
    package var revokedTokens: [String] { revoked.withLock { $0 } }

    package func change(_ body: (inout Answers) -> Void) { answers.withLock { body(&$0) } }

    /// An answer of the token endpoint.
    package static func grant(
        organizationID: String = organizationID, accessToken: String? = accessToken, refreshToken: String? = nil,
        identityURL: String? = nil
    ) -> ScriptedAnswer {
        var members = [
            "scope": "openid custom_permissions", "instance_url": host, "token_type": "Bearer",
            "id": identityURL ?? "https://login.salesforce.com/id/\(organizationID)/\(user)",
        ]
        members["access_token"] = accessToken
        members["refresh_token"] = refreshToken
        return .json(json(members))
    }

    package func transport() -> ScriptedTransport {
        ScriptedTransport { [self] request in
            let answers = answers.withLock { $0 }
            let path = String((request.head.path ?? "").prefix { $0 != "?" })
            switch path {
            case "/.well-known/auth-configuration":
                return answers.reported.map { .json("{\"OrgId\":\"\($0)\"}") } ?? .json("{}", status: 404)
            case "/services/oauth2/token": return answers.token ?? Self.grant()
            case "/services/oauth2/userinfo":
                if answers.isLost { throw TransportFailure(.connectionRefused, detail: "scripted") }
                return answers.userInfo
                    ?? .json(Self.person(answers, name: "preferred_username", answers.permissionsInUserInfo))
            case "/id/\(answers.organizationID)/\(answers.userID)":
                return .json(Self.person(answers, name: "username", answers.permissions))
            case "/services/oauth2/revoke":
                let fields = String(decoding: request.body, as: UTF8.self)
                let token = fields.dropFirst("token=".count)
                revoked.withLock { $0.append(token.removingPercentEncoding ?? "") }
                return answers.revocation
            default: throw ScriptedTransport.unexpected(request)
            }
        }
    }

    private static func person(_ answers: Answers, name: String, _ permissions: [String: Bool]?) -> String {
        var members: [String: Any] = [
            "user_id": answers.userID, "organization_id": answers.organizationID, name: answers.username,
        ]
        members["custom_permissions"] = permissions
        return json(members)
    }

    private static func json(_ members: [String: Any]) -> String {
        let data = (try? JSONSerialization.data(withJSONObject: members, options: .sortedKeys)) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }
}

extension NewSignInApp {
    /// The app of ``ScriptedLogin``.
    package static func test(
        loginHost: String = ScriptedLogin.host, consumerKey: String = ScriptedLogin.consumerKey,
        organizationID: String = ScriptedLogin.organizationID
    ) -> NewSignInApp {
        NewSignInApp(loginHost: loginHost, consumerKey: consumerKey, organizationID: organizationID)
    }
}

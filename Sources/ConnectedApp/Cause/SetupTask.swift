/// A task that an admin does in Salesforce for an app.
///
/// The raw value is the value of `aprity app guide --task`; it must not change.
public enum SetupTask: String, Codable, CaseIterable, Sendable {
    // The tasks that set up and maintain an app
    case create
    case consumerKey = "consumer-key"
    case scopes, preauthorize, rotate, block, unblock, expiry
    // Further tasks that a diagnosis may ask for
    case certificate
    case loginHost = "login-host"
    case enable, install
    case user
    case permissions
    case loginRanges = "login-ranges"
    case sessionLevel = "session-level"
    case apiAccess = "api-access"
    case tokenFormat = "token-format"
    case loginHistory = "login-history"
    case migrate

    /// The heading above the task's steps.
    var title: String {
        switch self {
        case .create: "Create the app"
        case .consumerKey: "Locate the Consumer Key"
        case .scopes: "Check or repair the OAuth scopes"
        case .preauthorize: "Pre-authorize the integration user"
        case .rotate: "Replace the certificate"
        case .block: "Block the app"
        case .unblock: "Unblock the app"
        case .expiry: "See when the certificate expires"
        case .certificate: "Upload the certificate"
        case .loginHost: "Look up the login host"
        case .enable: "Enable the app"
        case .install: "Install the app"
        case .user: "Check the integration user"
        case .permissions: "Give the integration user its permissions"
        case .loginRanges: "Set the Login IP Ranges"
        case .sessionLevel: "Lower the session level that the app requires"
        case .apiAccess: "Allow the app in API Access Control"
        case .tokenFormat: "Switch JWT-based access tokens off"
        case .loginHistory: "Check Login History"
        case .migrate: "Move from a Connected App to an External Client App"
        }
    }

    /// Whether an app of this kind needs the task.
    func applies(to kind: AppKind) -> Bool {
        switch self {
        case .create, .consumerKey, .scopes, .preauthorize, .rotate, .block, .unblock, .expiry, .certificate,
            .loginHost, .enable, .install, .user, .permissions, .loginRanges, .sessionLevel, .apiAccess, .tokenFormat,
            .loginHistory:
            true
        case .migrate: kind == .connectedApp
        }
    }

    /// Whether the task changes something that takes minutes to reach all of Salesforce's servers.
    var spreads: Bool {
        switch self {
        case .create, .scopes, .preauthorize, .rotate, .block, .unblock, .certificate, .enable, .install, .sessionLevel,
            .tokenFormat:
            true
        case .consumerKey, .expiry, .loginHost, .user, .permissions, .loginRanges, .apiAccess, .loginHistory, .migrate:
            false
        }
    }
}

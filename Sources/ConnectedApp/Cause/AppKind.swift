/// The two kinds of app through which a program can sign in to Salesforce. New orgs have External Client Apps only.
///
/// The raw values are stored, and appear in JSON and in the option `--app-kind`; they must not change.
public enum AppKind: String, Codable, CaseIterable, Sendable {
    case externalClientApp = "external-client-app"
    case connectedApp = "connected-app"

    /// Salesforce's name for the kind.
    public var label: String {
        switch self {
        case .externalClientApp: "External Client App"
        case .connectedApp: "Connected App"
        }
    }
}

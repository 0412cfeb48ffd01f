/// The two kinds of app through which Salesforce lets a program in. New orgs have External Client Apps only.
public enum AppKind: String, Codable, CaseIterable, Sendable {
    case externalClientApp = "external-client-app"
    case connectedApp = "connected-app"

    /// Salesforce's own name for it.
    public var label: String {
        switch self {
        case .externalClientApp: "External Client App"
        case .connectedApp: "Connected App"
        }
    }
}

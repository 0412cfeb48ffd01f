/// What Setup calls the place that shows an app's Consumer Key.
enum ConsumerKeyPlace {
    /// For text that does not know the kind of app.
    static let either = AppKind.allCases.map { "\(of($0)) (\($0.label))" }.joined(separator: " or ")

    static func of(_ kind: AppKind) -> String {
        switch kind {
        case .externalClientApp: "Consumer Key and Secret"
        case .connectedApp: "Manage Consumer Details"
        }
    }
}

extension Cause {
    /// The remedy in the words that Setup uses for one kind of app.
    package func remedy(for kind: AppKind) -> String {
        row.remedy.replacing(ConsumerKeyPlace.either, with: ConsumerKeyPlace.of(kind))
    }
}

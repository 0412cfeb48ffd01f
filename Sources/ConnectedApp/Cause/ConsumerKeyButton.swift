/// The name of the button in Setup that shows an app's Consumer Key.
enum ConsumerKeyButton {
    /// Both names, for texts that do not know the kind of app. ``Cause/remedy(for:alias:)`` finds this text in a remedy
    /// and replaces it with one of the names. Every remedy must interpolate this text and must not spell it out, or it
    /// is not replaced.
    static let either = AppKind.allCases.map { "\(of($0)) (\($0.label))" }.joined(separator: " or ")

    /// Returns the name for one kind of app.
    static func of(_ kind: AppKind) -> String {
        switch kind {
        case .externalClientApp: "Consumer Key and Secret"
        case .connectedApp: "Manage Consumer Details"
        }
    }
}

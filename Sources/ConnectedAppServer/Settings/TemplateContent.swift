/// A page's value as dictionaries and arrays, in which the templates find names quickly. In a Swift value, they would look
/// for each tag among all properties of each enclosing value by reflection.
enum TemplateContent {
    /// Returns the value with its structures as dictionaries by property name, at any depth. A property that is `nil` is
    /// left out, so a template looks for its name in the enclosing values, as it does in a Swift value. Values that have a
    /// description, enumerations and classes stay as they are.
    ///
    /// - Returns: `nil` for `nil`.
    static func of(_ value: Any) -> Any? {
        switch value {
        case let text as String: return text
        case let truth as Bool: return truth
        case let number as Int: return number
        default: break
        }
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .optional: return mirror.children.first.flatMap { of($0.value) }
        case .collection: return mirror.children.compactMap { of($0.value) }
        case .struct where !(value is any CustomStringConvertible):
            var content: [String: Any] = [:]
            for (label, property) in mirror.children {
                if let label, let inner = of(property) { content[label] = inner }
            }
            return content
        default: return value
        }
    }
}

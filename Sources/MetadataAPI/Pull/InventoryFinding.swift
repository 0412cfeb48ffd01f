/// Something that a pull's manifest omits.
public enum InventoryFinding: Hashable, Sendable {
    /// The org refused to list the type, so it is omitted. `message` is the org's text.
    case typeRefused(type: String, message: String)
    /// The org does not have this requested type.
    case typeUnknown(String)
    /// The org listed a component with a name that a manifest cannot contain, so the component is omitted.
    case memberUnusable(type: String)
    /// The type of a listed row could not be determined, so the row is omitted.
    case rowWithoutType(fullName: String)
}

extension InventoryFinding: CustomStringConvertible {
    public var description: String {
        switch self {
        case .typeRefused(let type, let message): "The org does not list \(type): \(message)"
        case .typeUnknown(let type): "The org has no metadata type \(type)."
        case .memberUnusable(let type):
            "A component of \(type) has a name that a manifest cannot contain. It was omitted."
        case .rowWithoutType(let name): "The org listed \(name) without its type. It was omitted."
        }
    }
}

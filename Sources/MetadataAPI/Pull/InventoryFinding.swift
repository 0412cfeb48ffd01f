/// Something that the reader of a pull should know about its manifest.
public enum InventoryFinding: Hashable, Sendable {
    /// The org would not list the type; it is left out.
    case typeRefused(type: String, message: String)
    /// A type that was asked for is not one of this org's.
    case typeUnknown(String)
    /// The org named a component in a way that no manifest can repeat; it is left out.
    case memberUnusable(type: String)
    /// A row of a listing did not tell its type; it is left out.
    case rowWithoutType(fullName: String)
}

extension InventoryFinding: CustomStringConvertible {
    public var description: String {
        switch self {
        case .typeRefused(let type, let message): "The org does not list \(type): \(message)"
        case .typeUnknown(let type): "The org has no metadata type \(type)."
        case .memberUnusable(let type): "A component of \(type) has a name that no manifest can carry."
        case .rowWithoutType(let name): "The org listed \(name) without saying of which type it is."
        }
    }
}

/// The objects that a client may query: those of the table of readable objects, or some of them.
package struct QueryableObjects: Equatable, Sendable {
    /// In small letters; `nil` for all.
    private let named: Set<String>?

    /// - Parameter named: Names of objects, in any case; `nil` for all objects of the table.
    package init(named: Set<String>? = nil) { self.named = named.map { Set($0.map { $0.lowercased() }) } }

    /// Whether the table has an object of this name.
    package static func isKnown(_ name: String) -> Bool { ReadableObject.named(name) != nil }

    func check(_ object: ReadableObject) throws(Refusal) {
        guard named?.contains(object.name.lowercased()) ?? true else {
            throw Refusal(.notAllowed, "This client may not query the object \(object.name).")
        }
    }
}

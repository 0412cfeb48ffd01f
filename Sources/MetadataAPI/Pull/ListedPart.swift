/// A part of a component that the org lists, such as a field of an object.
package struct ListedPart: Sendable {
    let row: PulledComponent
    /// The family of the component that contains it.
    let family: ComponentFamily
    /// Who changed it last, by name.
    let author: String?

    init(_ row: FileProperties, type: String, parent: String?) {
        self.init(
            PulledComponent(
                type: type, fullName: row.fullName, id: row.id, lastModifiedDate: row.lastModifiedDate, files: nil),
            ComponentFamily(type: type, member: row.fullName, parent: parent), row.lastModifiedByName)
    }

    init(_ row: PulledComponent, _ family: ComponentFamily, _ author: String?) {
        self.row = row
        self.family = family
        self.author = author
    }

    /// Whether this row of a component that is listed several times is the one to use.
    func isNewer(than other: ListedPart) -> Bool {
        row.lastModifiedDate ?? "" > other.row.lastModifiedDate ?? ""
    }
}

extension ListedComponent {
    /// The component as the record of a pull describes it.
    package var pulled: PulledComponent {
        PulledComponent(
            type: type, fullName: fullName, id: row.id, lastModifiedDate: row.lastModifiedDate, files: nil)
    }

    var family: ComponentFamily { ComponentFamily(type: type, member: fullName) }
}

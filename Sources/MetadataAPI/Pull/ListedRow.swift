/// A row of a list: a component, or a part of one, such as a field of an object.
package struct ListedRow: Sendable {
    let row: PulledComponent
    /// The family of the component, or of the one that contains the part.
    let family: ComponentFamily
    /// The row as the org sent it.
    let properties: FileProperties

    init(_ properties: FileProperties, type: String, parent: String?) {
        row = PulledComponent(
            type: type, fullName: properties.fullName, id: properties.id,
            lastModifiedDate: properties.lastModifiedDate, files: nil)
        family = ComponentFamily(type: type, member: properties.fullName, parent: parent)
        self.properties = properties
    }

    init(_ component: ListedComponent) {
        row = component.pulled
        family = component.family
        properties = component.row
    }

    /// Whether this row of a component that is listed several times is the one to use.
    func isNewer(than other: ListedRow) -> Bool {
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

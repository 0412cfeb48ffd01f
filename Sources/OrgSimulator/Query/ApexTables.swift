import Foundation

/// An org's metadata as queries read it: the components of the source folder, and the data of the org from which their
/// ids, dates and creators are derived.
struct OrgSource: Sendable {
    let repository: MetadataRepository
    let origin: FileProperties.Origin

    /// For an org without a source folder.
    static let none = OrgSource(repository: .empty, origin: .init(MetadataServiceSettings()))
}

/// An Apex or Visualforce component as a record: its code or markup and the settings in its `-meta.xml`. Id and dates
/// are those of the Metadata API.
private struct ApexRecord {
    let name: String
    let code: String
    let properties: FileProperties
    let settings: XMLTree?

    init(_ component: MetadataComponent, _ origin: FileProperties.Origin) {
        name = component.fullName
        let content = component.files.first { !$0.isCompanion }
        code = content.map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
        settings = component.files.first(where: \.isCompanion).flatMap { try? XMLTree.parse($0.bytes) }
        properties = FileProperties(
            of: component, fileName: component.mainFile, type: component.type.xmlName, origin: origin)
    }

    /// Returns the text of an element of the `-meta.xml`; `nil` if there is none, or the file cannot be parsed.
    func setting(_ name: String) -> String? { settings?.child(name)?.trimmedText }

    var apiVersion: Double? { setting("apiVersion").flatMap(Double.init) }
}

extension QueryTable {
    /// "ApexClass", "ApexTrigger" (Object Reference for the Salesforce Platform).
    ///
    /// - Parameter object: `.apexClass` or `.apexTrigger`.
    static func apexCode(_ object: OrgObject, of source: OrgSource) -> QueryTable {
        QueryTable(
            object, of: records(object, source),
            common + [
                .text("Body") { $0.code }.unfilterable, .text("Status") { $0.setting("status") ?? "Active" },
                .boolean("IsValid") { _ in true }, .number("LengthWithoutComments") { Double($0.code.utf16.count) },
            ])
    }

    /// "ApexPage", "ApexComponent" (Object Reference for the Salesforce Platform).
    ///
    /// - Parameter object: `.apexPage` or `.apexComponent`.
    static func visualforce(_ object: OrgObject, of source: OrgSource) -> QueryTable {
        QueryTable(
            object, of: records(object, source),
            common + [
                .text("Markup") { $0.code }.unfilterable, .text("MasterLabel") { $0.setting("label") ?? $0.name },
                .text("Description") { $0.setting("description") }, .text("ControllerType") { _ in nil },
                .text("ControllerKey") { _ in nil },
            ])
    }

    private static func records(_ object: OrgObject, _ source: OrgSource) -> [ApexRecord] {
        source.repository.components(ofType: object.rawValue).map { ApexRecord($0, source.origin) }
    }

    private static var common: [Column<ApexRecord>] {
        [
            .id("Id") { $0.properties.id }, .text("Name") { $0.name },
            .text("NamespacePrefix") { $0.properties.namespacePrefix }, .number("ApiVersion") { $0.apiVersion },
            .dateTime("CreatedDate") { $0.properties.createdDate },
            .dateTime("LastModifiedDate") { $0.properties.lastModifiedDate },
            .dateTime("SystemModstamp") { $0.properties.lastModifiedDate },
            .id("CreatedById") { $0.properties.createdByID }, .id("LastModifiedById") { $0.properties.createdByID },
        ]
    }
}

import Foundation

extension QueryTable {
    /// "EntityDefinition" (Tooling API Developer Guide): the objects of the org's source folder.
    static func entityDefinitions(of source: OrgSource) -> QueryTable {
        var table = QueryTable(
            .entityDefinition, of: source.records("CustomObject"), key: "DurableId",
            [
                .id("Id") { _ in "000000000000000AAA" },
                .text("DurableId") { source.durableID(ofObject: $0.fullName) },
                .text("QualifiedApiName") { $0.fullName }, .text("DeveloperName") { $0.developerName },
                .text("Label") { $0.value("label") ?? $0.fullName },
                .text("MasterLabel") { $0.value("label") ?? $0.fullName },
                .text("PluralLabel") { $0.value("pluralLabel") ?? $0.fullName },
                .text("NamespacePrefix") { $0.properties.namespacePrefix },
                .text("PublisherId") { ComponentName.hasCustomSuffix($0.fullName) ? "<local>" : "System" },
                .text("KeyPrefix") { _ in nil }, .boolean("IsCustomizable") { _ in true },
                .boolean("IsCustomSetting") { $0.tree?.child("customSettingsType") != nil },
                .boolean("IsQueryable") { _ in true }, .text("DeploymentStatus") { $0.value("deploymentStatus") },
                .text("InternalSharingModel") { $0.value("sharingModel") },
                .text("ExternalSharingModel") { $0.value("externalSharingModel") },
                .dateTime("LastModifiedDate") { $0.properties.lastModifiedDate },
            ])
        table.children = [
            Children(name: "CustomFields", object: .customField, field: "EntityDefinitionId"),
            Children(name: "Fields", object: .fieldDefinition, field: "EntityDefinitionId"),
            Children(name: "Layouts", object: .layout, field: "EntityDefinitionId"),
            Children(name: "ValidationRules", object: .validationRule, field: "EntityDefinitionId"),
        ]
        return table
    }

    /// "FieldDefinition" (Tooling API Developer Guide): the fields in the org's source folder. A real org also has the
    /// system fields.
    static func fieldDefinitions(of source: OrgSource) -> QueryTable {
        var table = QueryTable(
            .fieldDefinition, of: source.childRecords("CustomField"), key: "DurableId",
            [
                .text("DurableId") { field in
                    let key =
                        ComponentName.hasCustomSuffix(field.fullName) ? String(field.properties.id.prefix(15)) : nil
                    return source.durableID(ofObject: field.object(".")) + "." + (key ?? field.ownName("."))
                },
                .text("QualifiedApiName") { $0.ownName(".") }, .text("DeveloperName") { $0.developerName },
                .text("EntityDefinitionId") { source.durableID(ofObject: $0.object(".")) },
                .text("Label") { $0.value("label") ?? $0.ownName(".") },
                .text("MasterLabel") { $0.value("label") ?? $0.ownName(".") }, .text("DataType") { $0.dataType },
                .text("NamespacePrefix") { $0.properties.namespacePrefix },
                .text("Description") { $0.value("description") }, .number("Length") { $0.number("length") ?? 0 },
                .number("Precision") { $0.number("precision") ?? 0 }, .number("Scale") { $0.number("scale") ?? 0 },
                .boolean("IsCalculated") { $0.tree?.child("formula") != nil },
                .boolean("IsNillable") { !$0.flag("required") },
                .boolean("IsIndexed") { $0.flag("externalId") || $0.flag("unique") },
                .boolean("IsNameField") { $0.ownName(".") == "Name" }, .boolean("IsCompound") { _ in false },
                .text("RelationshipName") { $0.value("relationshipName") },
                .text("SecurityClassification") { $0.value("securityClassification") },
                .text("BusinessStatus") { $0.value("businessStatus") },
                .text("ComplianceGroup") { $0.value("complianceGroup") },
                .dateTime("LastModifiedDate") { $0.properties.lastModifiedDate },
            ])
        table.parents = [Parent(name: "EntityDefinition", field: "EntityDefinitionId", object: .entityDefinition)]
        return table
    }
}

extension ComponentRecord {
    /// The field's type as Setup shows it, such as `Text(40)`, `Number(16, 2)` and `Lookup(Account)`.
    fileprivate var dataType: String? {
        guard let type = value("type") else { return nil }
        let shown: String
        if let target = value("referenceTo") {
            shown = (type == "MasterDetail" ? "Master-Detail" : type) + "(\(target))"
        } else if let length = value("length") {
            shown = "\(type)(\(length))"
        } else if let precision = number("precision").map({ Int($0) }), let scale = number("scale").map({ Int($0) }) {
            shown = "\(type)(\(precision - scale), \(scale))"
        } else {
            shown = type
        }
        return tree?.child("formula") == nil ? shown : "Formula (\(type))"
    }
}

import Foundation

extension QueryTable {
    private static let entity = Parent(name: "EntityDefinition", field: "EntityDefinitionId", object: .entityDefinition)

    /// "CustomField" (Tooling API Developer Guide): the custom fields of all objects.
    static func customFields(of source: OrgSource) -> QueryTable {
        let records = source.childRecords("CustomField").filter { ComponentName.hasCustomSuffix($0.fullName) }
        var table = QueryTable(
            .customField, of: records,
            componentColumns + metadataColumns + [
                .text("DeveloperName") { $0.developerName },
                .text("TableEnumOrId") { source.durableID(ofObject: $0.object(".")) },
                .text("EntityDefinitionId") { source.durableID(ofObject: $0.object(".")) },
                .text("Description") { $0.value("description") },
                .text("InlineHelpText") { $0.value("inlineHelpText") },
                .number("Length") { $0.number("length") }, .number("Precision") { $0.number("precision") },
                .number("Scale") { $0.number("scale") },
            ])
        table.parents = [entity]
        return table
    }

    /// "ValidationRule" (Tooling API Developer Guide).
    static func validationRules(of source: OrgSource) -> QueryTable {
        var table = QueryTable(
            .validationRule, of: source.childRecords("ValidationRule"),
            componentColumns + metadataColumns + [
                .text("ValidationName") { $0.ownName(".") }, .boolean("Active") { $0.flag("active") },
                .text("EntityDefinitionId") { source.durableID(ofObject: $0.object(".")) },
                .text("Description") { $0.value("description") },
                .text("ErrorDisplayField") { $0.value("errorDisplayField") },
                .text("ErrorMessage") { $0.value("errorMessage") },
            ])
        table.parents = [entity]
        return table
    }

    /// "Layout" (Tooling API Developer Guide).
    static func layouts(of source: OrgSource) -> QueryTable {
        var table = QueryTable(
            .layout, of: source.records("Layout"),
            componentColumns + metadataColumns + [
                .text("Name") { $0.ownName("-") }, .text("LayoutType") { _ in "Standard" },
                .text("TableEnumOrId") { source.durableID(ofObject: $0.object("-")) },
                .text("EntityDefinitionId") { source.durableID(ofObject: $0.object("-")) },
            ])
        table.parents = [entity]
        return table
    }

    /// "Flow" (Tooling API Developer Guide). A source folder has one version of each flow.
    static func flows(of source: OrgSource) -> QueryTable {
        QueryTable(
            .flow, of: source.records("Flow"),
            componentColumns + metadataColumns + [
                .id("DefinitionId") { $0.flowDefinitionID }, .text("MasterLabel") { $0.value("label") ?? $0.fullName },
                .number("VersionNumber") { _ in 1 }, .text("Status") { $0.value("status") ?? "Draft" },
                .text("ProcessType") { $0.value("processType") }, .text("Description") { $0.value("description") },
                .number("ApiVersion") { $0.number("apiVersion") },
            ])
    }

    /// "FlowDefinitionView" (Object Reference for the Salesforce Platform).
    static func flowDefinitionViews(of source: OrgSource) -> QueryTable {
        QueryTable(
            .flowDefinitionView, of: source.records("Flow"), key: "DurableId",
            [
                .id("Id") { _ in "000000000000000AAA" }, .text("DurableId") { $0.flowDefinitionID },
                .text("ApiName") { $0.fullName }, .text("Label") { $0.value("label") ?? $0.fullName },
                .text("Description") { $0.value("description") }, .text("ProcessType") { $0.value("processType") },
                .text("TriggerType") { $0.tree?.child("start")?.value("triggerType") },
                .text("NamespacePrefix") { $0.properties.namespacePrefix },
                .text("ActiveVersionId") { $0.value("status") == "Active" ? $0.properties.id : nil },
                .text("LatestVersionId") { $0.properties.id }, .boolean("IsActive") { $0.value("status") == "Active" },
                .number("VersionNumber") { _ in 1 }, .text("LastModifiedBy") { $0.properties.createdByName },
                .dateTime("LastModifiedDate") { $0.properties.lastModifiedDate },
            ])
    }

    /// "LightningComponentBundle" (Tooling API Developer Guide).
    static func lightningComponentBundles(of source: OrgSource) -> QueryTable {
        QueryTable(
            .lightningComponentBundle, of: source.records("LightningComponentBundle"),
            componentColumns + metadataColumns + bundleColumns + [.boolean("IsExposed") { $0.flag("isExposed") }])
    }

    /// "AuraDefinitionBundle" (Object Reference for the Salesforce Platform).
    static func auraDefinitionBundles(of source: OrgSource) -> QueryTable {
        QueryTable(
            .auraDefinitionBundle, of: source.records("AuraDefinitionBundle"), componentColumns + bundleColumns)
    }

    private static var bundleColumns: [Column<ComponentRecord>] {
        [
            .text("DeveloperName") { $0.fullName }, .text("MasterLabel") { $0.value("masterLabel") ?? $0.fullName },
            .text("Description") { $0.value("description") }, .number("ApiVersion") { $0.number("apiVersion") },
        ]
    }
}

extension ComponentRecord {
    fileprivate var flowDefinitionID: String { MetadataRecordID.derived(keyPrefix: "300", from: "Flow \(fullName)") }
}

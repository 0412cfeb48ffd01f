/// The components that share one file of an archive. They must be retrieved together, because separate retrieves would
/// each return only a part of the file.
///
/// Source: Metadata API Developer Guide, "CustomObject", "CustomLabels", "Workflow", "SharingRules" and others.
package struct ComponentFamily: Hashable, Comparable, Sendable {
    let type: String
    let name: String

    /// The parent type of each child type. The parent's file contains the child.
    private static let parentTypes: [String: String] = {
        let childTypes = [
            "CustomObject": [
                "BusinessProcess", "CompactLayout", "CustomField", "FieldSet", "Index", "ListView", "RecordType",
                "SharingReason", "ValidationRule", "WebLink",
            ],
            "CustomLabels": ["CustomLabel"],
            "Workflow": [
                "WorkflowAlert", "WorkflowFieldUpdate", "WorkflowFlowAction", "WorkflowKnowledgePublish",
                "WorkflowOutboundMessage", "WorkflowRule", "WorkflowSend", "WorkflowTask",
            ],
            "SharingRules": [
                "SharingCriteriaRule", "SharingGuestRule", "SharingOwnerRule", "SharingTerritoryRule",
            ],
            "AssignmentRules": ["AssignmentRule"],
            "AutoResponseRules": ["AutoResponseRule"],
            "EscalationRules": ["EscalationRule"],
            "MatchingRules": ["MatchingRule"],
            "ManagedTopics": ["ManagedTopic"],
            "Bot": ["BotVersion"],
        ]
        return childTypes.reduce(into: [:]) { parents, entry in
            for child in entry.value { parents[child] = entry.key }
        }
    }()

    /// The family of a member of a manifest. A type that is not a child type is its own parent.
    ///
    /// - Parameter parent: The parent type, if it is known; otherwise the documented one.
    package init(type: String, member: String, parent: String? = nil) {
        guard let parent = ComponentFamily.parentTypes[type] ?? parent else {
            (self.type, name) = (type, member)
            return
        }
        self.type = parent
        // All labels of an org share one file, which has the name of the type.
        name = parent == "CustomLabels" ? parent : String(member.prefix { $0 != "." })
    }

    package var id: ComponentID { ComponentID(type, name) }

    /// The object of a layout: `Invoice__c` of `Invoice__c-Main`; `nil` for other types. A profile has the assignments of a
    /// layout only if the object is in the same retrieve (salto-io/salto, `src/fetch.ts`).
    var objectOfLayout: ComponentFamily? {
        guard type == "Layout", let end = name.firstIndex(of: "-") else { return nil }
        return ComponentFamily(type: "CustomObject", member: String(name[..<end]))
    }

    private init(wildcardOf type: String) { (self.type, name) = (type, "*") }

    /// The family of all components of the type. If a manifest has a wildcard for a parent type, its child components
    /// belong to this family, because the wildcard can include any parent.
    var wildcard: ComponentFamily { ComponentFamily(wildcardOf: type) }

    package static func < (left: ComponentFamily, right: ComponentFamily) -> Bool {
        left.type == right.type ? precedesByBytes(left.name, right.name) : precedesByBytes(left.type, right.type)
    }
}

extension PackageManifest {
    /// The families of the members.
    var families: Set<ComponentID> {
        types.reduce(into: []) { families, type in
            for member in members(of: type) { families.insert(ComponentFamily(type: type, member: member).id) }
        }
    }
}

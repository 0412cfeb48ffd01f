/// The components that end up in one file of an archive and so must be retrieved together: taken apart, each retrieve
/// would give a part of the file.
///
/// Source: Metadata API Developer Guide, "CustomObject", "CustomLabels", "Workflow", "SharingRules" and others.
struct ComponentFamily: Hashable, Comparable {
    let type: String
    let name: String

    /// Child types, and the type whose file they are in.
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

    init(type: String, member: String) {
        guard let parent = ComponentFamily.parentTypes[type] else {
            (self.type, name) = (type, member)
            return
        }
        self.type = parent
        // All labels of an org are in one file, which is named after the type.
        name = parent == "CustomLabels" ? parent : String(member.prefix { $0 != "." })
    }

    private init(wildcardOf type: String) { (self.type, name) = (type, "*") }

    /// All components of the type as one family, which a wildcard needs: it may stand for any parent.
    var wildcard: ComponentFamily { ComponentFamily(wildcardOf: type) }

    static func < (left: ComponentFamily, right: ComponentFamily) -> Bool {
        left.type == right.type ? precedesByBytes(left.name, right.name) : precedesByBytes(left.type, right.type)
    }
}

/// The components that a profile in the same retrieve may mention.
///
/// A profile comes with the settings for components that the same manifest names, and with its user permissions and
/// other parts that are about no component. A permission set comes complete.
struct ProfileScope: Sendable {
    private struct Rule {
        /// The element of an entry that names the component.
        var key: String
        /// The manifest types that may name it.
        var types: [String]
        /// Naming the object as a whole also covers it: `Invoice__c` for `Invoice__c.Amount__c`.
        var isCoveredByObject = false
    }

    private static let rules: [String: Rule] = [
        "applicationVisibilities": Rule(key: "application", types: ["CustomApplication"]),
        "classAccesses": Rule(key: "apexClass", types: ["ApexClass"]),
        "customMetadataTypeAccesses": Rule(key: "name", types: ["CustomObject"]),
        "customPermissions": Rule(key: "name", types: ["CustomPermission"]),
        "customSettingAccesses": Rule(key: "name", types: ["CustomObject"]),
        "externalDataSourceAccesses": Rule(key: "externalDataSource", types: ["ExternalDataSource"]),
        "fieldPermissions": Rule(key: "field", types: ["CustomField"], isCoveredByObject: true),
        "flowAccesses": Rule(key: "flow", types: ["Flow"]),
        "layoutAssignments": Rule(key: "layout", types: ["Layout"]),
        "objectPermissions": Rule(key: "object", types: ["CustomObject"]),
        "pageAccesses": Rule(key: "apexPage", types: ["ApexPage"]),
        "recordTypeVisibilities": Rule(key: "recordType", types: ["RecordType"], isCoveredByObject: true),
        "tabVisibilities": Rule(key: "tab", types: ["CustomTab"]),
    ]

    /// Members by manifest type: those asked for by name, and those that wildcards gave.
    var members: [String: Set<String>]

    /// - Returns: The file itself when nothing has to go.
    func served(_ profile: [UInt8]) -> [UInt8] {
        guard var tree = try? XMLTree.parse(profile) else { return profile }
        let count = tree.children.count
        tree.children.removeAll { !covers($0) }
        return tree.children.count == count ? profile : tree.document()
    }

    private func covers(_ entry: XMLTree) -> Bool {
        guard let rule = Self.rules[entry.localName], let name = entry.value(rule.key) else { return true }
        if rule.types.contains(where: { members[$0]?.contains(name) ?? false }) { return true }
        guard rule.isCoveredByObject, let object = name.split(separator: ".").first else { return false }
        return members["CustomObject"]?.contains(String(object)) ?? false
    }
}

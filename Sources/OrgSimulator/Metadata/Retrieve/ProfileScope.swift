/// The components of a retrieve, to which the profiles in it are limited.
///
/// A retrieved profile has the settings of the components that the manifest names, its user permissions, and other
/// parts that refer to no component. A retrieved permission set is complete.
struct ProfileScope: Sendable {
    /// How an entry of a profile names its component.
    private struct Rule {
        /// The element of an entry with the component's name.
        var key: String
        /// The manifest types of the component.
        var types: [String]
        /// Whether naming the object as a whole is enough: `Invoice__c` for `Invoice__c.Amount__c`.
        var isCoveredByObject = false
    }

    /// The rules by the name of the entry's element.
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

    /// Members by manifest type: those requested by name and those found by wildcards.
    var members: [String: Set<String>]

    /// Returns the profile without the entries for components that are not in the retrieve. If there are none, returns
    /// `profile` itself.
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

/// The components of a retrieve, to which the profiles and permission sets in it are limited.
///
/// A retrieved profile has the settings of the components that the manifest names, its user permissions, and other
/// parts that refer to no component. A permission set is complete since API version 40.0, and limited in the same way
/// before ("PermissionSet", Metadata API Developer Guide).
struct ComponentScope: Sendable {
    /// How an entry of a profile or permission set names its component.
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
        "tabSettings": Rule(key: "tab", types: ["CustomTab"]),
        "tabVisibilities": Rule(key: "tab", types: ["CustomTab"]),
    ]

    /// Members by manifest type: those requested by name and those found by wildcards.
    var members: [String: Set<String>]
    /// The types of the files that are limited.
    var limitedTypes: Set<String> = ["Profile"]
    var layoutAssignmentsNeedObject = false

    /// Returns the file without the entries for components that are not in the retrieve. If there are none, or the type
    /// is not limited, returns `file` itself.
    ///
    /// - Parameter type: The type of the file's component.
    func served(_ file: [UInt8], type: String) -> [UInt8] {
        guard limitedTypes.contains(type), var tree = try? XMLTree.parse(file) else { return file }
        let count = tree.children.count
        tree.children.removeAll { !covers($0) }
        return tree.children.count == count ? file : tree.document()
    }

    private func covers(_ entry: XMLTree) -> Bool {
        guard let rule = Self.rules[entry.localName], let name = entry.value(rule.key) else { return true }
        if layoutAssignmentsNeedObject, entry.localName == "layoutAssignments",
            let object = entry.value("recordType").flatMap(Self.object), !names(object, "CustomObject")
        {
            return false
        }
        if rule.types.contains(where: { names(name, $0) }) { return true }
        guard rule.isCoveredByObject, let object = Self.object(of: name) else { return false }
        return names(object, "CustomObject")
    }

    private func names(_ name: String, _ type: String) -> Bool { members[type]?.contains(name) ?? false }

    private static func object(of name: String) -> String? { name.split(separator: ".").first.map(String.init) }
}

extension ComponentScope {
    init(_ selection: RetrieveSelection, _ manifest: RetrieveManifest, _ conditions: RetrieveConditions) {
        self.init(members: selection.found.merging(selection.requested) { $0.union($1) })
        let isOld = Double(manifest.version) ?? 40 < 40
        if conditions.permissionSetsArePartial || isOld { limitedTypes.insert("PermissionSet") }
        layoutAssignmentsNeedObject = conditions.layoutAssignmentsNeedObject
    }
}

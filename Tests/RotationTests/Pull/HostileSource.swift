import ConnectedAppTesting
import Foundation

@testable import OrgSimulator

/// A source folder with random components, and conditions that make it hard to read.
struct HostileSource {
    let folder: URL
    var conditions = MetadataConditions()
    private let dice: Dice

    init(_ dice: Dice) throws {
        self.dice = dice
        folder = FileManager.default.temporaryDirectory.appending(path: "aprity-source-\(UUID().uuidString)")
        let files = Self.files(dice)
        for (path, text) in files {
            let file = folder.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        conditions = Self.conditions(dice, Self.components(in: files.keys.sorted()))
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    // MARK: Files

    private static func xml(_ root: String, _ content: String = "") -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <\(root) xmlns="http://soap.sforce.com/2006/04/metadata">
        \(content)</\(root)>

        """
    }

    /// A profile or permission set of the source that contains only settings for what is in the same retrieve.
    struct Settings {
        fileprivate let text: String

        /// The text without the entries for these components.
        func lacking(_ isLacking: (_ type: String, _ name: String) -> Bool) -> String {
            var lines: [Substring] = []
            var entry: [Substring] = []
            for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
                entry.append(line)
                guard line.hasPrefix("    </") || !line.hasPrefix("    ") || line.hasSuffix("</label>") else {
                    continue
                }
                if !Self.isAbout(entry.joined(separator: "\n"), isLacking) { lines += entry }
                entry = []
            }
            return lines.joined(separator: "\n")
        }

        private static func isAbout(_ entry: String, _ isLacking: (String, String) -> Bool) -> Bool {
            if let name = entry.firstMatch(of: /<apexClass>(.*)<\/apexClass>/)?.1 {
                return isLacking("ApexClass", String(name))
            }
            if let name = entry.firstMatch(of: /<field>(.*)\.Size__c<\/field>/)?.1 {
                return isLacking("CustomObject", String(name))
            }
            return false
        }
    }

    /// Whether a retrieve limits the file to settings for what it names.
    func isLimited(_ component: MetadataTruth.Component) -> Bool {
        component.type == "Profile" || component.type == "PermissionSet" && conditions.retrieve.permissionSetsArePartial
    }

    /// Whether a profile or permission set is delivered only on the second try, without settings for the rest.
    var deliversSettingsLate: Bool {
        conditions.retrieve.rotten.contains {
            ["Profile", "PermissionSet"].contains($0.type) && $0.answer != .unknownException && $0.count != nil
        }
    }

    /// Returns the file of a profile or permission set; `nil` if it is not in the folder.
    func settings(of component: MetadataTruth.Component) -> Settings? {
        guard let path = component.files.first?.path,
            let bytes = try? Data(contentsOf: folder.appending(path: path + "-meta.xml"))
        else { return nil }
        return Settings(text: String(decoding: bytes, as: UTF8.self))
    }

    private static func files(_ dice: Dice) -> [String: String] {
        var files: [String: String] = [:]
        let classes = (0..<dice.number(below: 30) + 1).map { "Class\($0)" }
        for name in classes {
            files["classes/\(name).cls"] = "public class \(name) {}"
            files["classes/\(name).cls-meta.xml"] = xml("ApexClass", "    <apiVersion>66.0</apiVersion>\n")
        }
        for number in 0..<dice.number(below: 12) {
            files["roles/Role\(number).role-meta.xml"] = xml("Role", "    <name>Role\(number)</name>\n")
        }
        for number in 0..<dice.number(below: 6) {
            files["queues/Queue\(number).queue-meta.xml"] = xml("Queue", "    <name>Queue\(number)</name>\n")
        }
        let objects = (0..<dice.number(below: 8)).map { "Thing\($0)__c" } + ["acme__Thing__c", "Rides__dlm"]
        for name in objects {
            files["objects/\(name)/\(name).object-meta.xml"] = xml("CustomObject", "    <label>Thing</label>\n")
            if name.hasSuffix("__c") {
                files["objects/\(name)/fields/Size__c.field-meta.xml"] = xml(
                    "CustomField",
                    "    <fullName>Size__c</fullName>\n    <label>Size</label>\n    <type>Checkbox</type>\n")
            }
        }
        files["layouts/acme__Thing__c-acme__Main.layout-meta.xml"] = xml("Layout")
        for number in 0..<dice.number(below: 3) {
            files["profiles/Profile\(number).profile-meta.xml"] = xml("Profile", settings(classes, objects))
            files["permissionsets/Set\(number).permissionset-meta.xml"] = xml(
                "PermissionSet", settings(classes, []) + "    <label>Set</label>\n")
        }
        return files
    }

    /// Entries for classes and fields, sorted as an org sorts them.
    private static func settings(_ classes: [String], _ objects: [String]) -> String {
        let accesses = classes.sorted().map {
            "    <classAccesses>\n        <apexClass>\($0)</apexClass>\n        <enabled>true</enabled>\n    </classAccesses>\n"
        }
        let fields = objects.filter { $0.hasSuffix("__c") }.sorted().map {
            "    <fieldPermissions>\n        <editable>true</editable>\n        <field>\($0).Size__c</field>\n"
                + "        <readable>true</readable>\n    </fieldPermissions>\n"
        }
        return (accesses + fields).joined()
    }

    // MARK: Conditions

    private struct Component {
        let type: String
        let name: String
    }

    private static func components(in paths: [String]) -> [Component] {
        let types = [
            "classes": "ApexClass", "roles": "Role", "queues": "Queue", "objects": "CustomObject", "layouts": "Layout",
            "profiles": "Profile", "permissionsets": "PermissionSet",
        ]
        return paths.compactMap { path in
            let parts = path.split(separator: "/").map(String.init)
            guard let type = types[parts[0]], parts.count == (parts[0] == "objects" ? 3 : 2), !path.hasSuffix(".cls")
            else {
                return nil
            }
            let name = parts[parts.count - 1].split(separator: ".")[0]
            return Component(type: type, name: String(name))
        }
    }

    private static func conditions(_ dice: Dice, _ all: [Component]) -> MetadataConditions {
        var conditions = MetadataConditions()
        func some(_ most: Int) -> [Component] {
            (0..<dice.number(below: most + 1)).map { _ in all[dice.number(below: all.count)] }
        }
        func count() -> Int? { dice.happens(0.5) ? 1 : nil }
        for component in some(2) where !conditions.listing.faults.contains(where: { $0.type == component.type }) {
            let answer = TypeFault.Answer.allCases[dice.number(below: TypeFault.Answer.allCases.count)]
            conditions.listing.faults.append(TypeFault(component.type, answer, count: count()))
        }
        let oddities = RowCondition.Oddity.allCases.filter { $0 != .unlisted }
        for component in some(6) {
            conditions.listing.rows.append(
                RowCondition(component.type, component.name, [oddities[dice.number(below: oddities.count)]]))
        }
        for component in some(3) {
            let rotten = conditions.retrieve.rotten.contains {
                $0.type == component.type && $0.fullName == component.name
            }
            guard !rotten else { continue }
            let answer = RottenComponent.Answer.allCases[dice.number(below: RottenComponent.Answer.allCases.count)]
            conditions.retrieve.rotten.append(
                RottenComponent(component.type, component.name, answer, count: count()))
        }
        for component in some(2) {
            conditions.retrieve.refusals.append(
                RetrieveRefusal(component.type, dice.happens(0.5) ? component.name : nil, permission: "NobodyHasThis"))
        }
        if dice.happens(0.5) { conditions.retrieve.fileLimit = 12 + dice.number(below: 40) }
        conditions.retrieve.dataCloudObjectsFailWithOthers = dice.happens(0.5)
        conditions.retrieve.permissionSetsArePartial = dice.happens(0.5)
        return conditions
    }
}

import ConnectedAppTesting
import Foundation

@testable import OrgSimulator

/// A source folder whose components are edited at random.
///
/// The profiles have entries for every component that can exist, and so have permission sets if they are partial. As in an
/// org, they are not dated when such a component is added or removed.
final class EditedSource {
    enum Edit: CaseIterable {
        case addClass, changeClass, removeClass, renameClass
        case addObject, changeObject, removeObject
        case addField, changeField, removeField
        case addLayout, changeLayout, removeLayout
        case addBundle, addBundleFile, removeBundleFile, removeBundle
        case addReport, changeReport, removeReport
        case grant, revoke, addProfile, removeProfile
    }

    private struct Object {
        var label = 0
        var fields: [Int: Int] = [:]
    }

    let folder: URL
    private let dice: Dice
    private var written: [String: String] = [:]
    private var revision = 0
    private var classes: [Int: Int] = [:]
    private var objects: [Int: Object] = [:]
    private var layouts: [String: Int] = [:]
    private var bundles: [Int: [Int: Int]] = [:]
    private var reports: [Int: Int] = [:]
    /// What each profile and permission set does not allow.
    private var denied: [Int: Set<Int>] = [0: [], 1: [], 2: []]

    private static let classCount = 12
    private static let objectCount = 5

    let permissionSetsArePartial: Bool

    init(_ dice: Dice) throws {
        self.dice = dice
        permissionSetsArePartial = dice.happens(0.5)
        folder = FileManager.default.temporaryDirectory.appending(path: "aprity-source-\(UUID().uuidString)")
        for _ in 0..<60 { edit() }
        classes[0] = 0
        try write()
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    func change(class number: Int) {
        revision += 1
        classes[number] = revision
    }

    func remove(class number: Int) { classes[number] = nil }

    /// Adds an object with a field, or changes both.
    func change(object number: Int) {
        revision += 1
        objects[number] = Object(label: revision, fields: [0: revision])
    }

    /// Makes a random edit. It may leave everything as it is, for instance if there is nothing to remove.
    func edit() {
        revision += 1
        switch Edit.allCases[dice.number(below: Edit.allCases.count)] {
        case .addClass: classes[dice.number(below: Self.classCount)] = revision
        case .changeClass: any(classes.keys).map { classes[$0] = revision }
        case .removeClass: if classes.count > 1 { any(classes.keys).map { classes[$0] = nil } }
        case .renameClass:
            any(classes.keys).map { classes[dice.number(below: Self.classCount)] = classes.removeValue(forKey: $0) }
        case .addObject: objects[dice.number(below: Self.objectCount), default: Object()].label = revision
        case .changeObject: any(objects.keys).map { objects[$0]?.label = revision }
        case .removeObject:
            any(objects.keys).map { number in
                objects[number] = nil
                layouts = layouts.filter { !$0.key.hasPrefix("Thing\(number)__c-") }
            }
        case .addField: any(objects.keys).map { objects[$0]?.fields[dice.number(below: 4)] = revision }
        case .changeField:
            any(objects.keys).map { number in
                any(objects[number]?.fields.keys ?? [:].keys).map { objects[number]?.fields[$0] = revision }
            }
        case .removeField:
            any(objects.keys).map { number in
                any(objects[number]?.fields.keys ?? [:].keys).map { objects[number]?.fields[$0] = nil }
            }
        case .addLayout: any(objects.keys).map { layouts["Thing\($0)__c-Main\(dice.number(below: 2))"] = revision }
        case .changeLayout: any(layouts.keys).map { layouts[$0] = revision }
        case .removeLayout: any(layouts.keys).map { layouts[$0] = nil }
        case .addBundle: bundles[dice.number(below: 4)] = [0: revision]
        case .addBundleFile: any(bundles.keys).map { bundles[$0]?[1 + dice.number(below: 3)] = revision }
        case .removeBundleFile: any(bundles.keys).map { bundles[$0]?[1 + dice.number(below: 3)] = nil }
        case .removeBundle: any(bundles.keys).map { bundles[$0] = nil }
        case .addReport: reports[dice.number(below: 6)] = revision
        case .changeReport: any(reports.keys).map { reports[$0] = revision }
        case .removeReport: any(reports.keys).map { reports[$0] = nil }
        case .grant: any(denied.keys).map { _ = denied[$0]?.popFirst() }
        case .revoke: any(denied.keys).map { _ = denied[$0]?.insert(dice.number(below: 40)) }
        case .addProfile: denied[dice.number(below: 6)] = []
        case .removeProfile: if denied.count > 1 { any(denied.keys).map { denied[$0] = nil } }
        }
    }

    private func any<Key: Comparable>(_ keys: some Collection<Key>) -> Key? {
        keys.isEmpty ? nil : keys.sorted()[dice.number(below: keys.count)]
    }

    /// Writes the edits to the folder.
    func write() throws {
        let files = files
        for path in Set(written.keys).subtracting(files.keys) {
            try FileManager.default.removeItem(at: folder.appending(path: path))
        }
        for (path, text) in files where written[path] != text {
            let file = folder.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        written = files
    }

    // MARK: Files

    private static func xml(_ root: String, _ content: String = "") -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <\(root) xmlns="http://soap.sforce.com/2006/04/metadata">
        \(content)</\(root)>

        """
    }

    private var files: [String: String] {
        var files: [String: String] = [:]
        for (number, revision) in classes {
            files["classes/Class\(number).cls"] = "public class Class\(number) { Integer revision = \(revision); }"
            files["classes/Class\(number).cls-meta.xml"] = Self.xml(
                "ApexClass", "    <apiVersion>66.0</apiVersion>\n")
        }
        for (number, object) in objects {
            let name = "Thing\(number)__c"
            files["objects/\(name)/\(name).object-meta.xml"] = Self.xml(
                "CustomObject", "    <label>Thing \(object.label)</label>\n")
            files["objects/\(name)/recordTypes/Kind.recordType-meta.xml"] = Self.xml(
                "RecordType", "    <fullName>Kind</fullName>\n    <active>true</active>\n    <label>Kind</label>\n")
            for (field, revision) in object.fields {
                files["objects/\(name)/fields/Field\(field)__c.field-meta.xml"] = Self.xml(
                    "CustomField",
                    "    <fullName>Field\(field)__c</fullName>\n    <label>Field \(revision)</label>\n    <type>Checkbox</type>\n"
                )
            }
        }
        for (name, revision) in layouts {
            files["layouts/\(name).layout-meta.xml"] = Self.xml(
                "Layout",
                "    <showEmailCheckbox>\(revision.isMultiple(of: 2))</showEmailCheckbox>\n    <!-- \(revision) -->\n")
        }
        for (number, parts) in bundles {
            let path = "lwc/bundle\(number)/"
            files[path + "bundle\(number).js-meta.xml"] = Self.xml(
                "LightningComponentBundle", "    <apiVersion>66.0</apiVersion>\n")
            for (part, revision) in parts {
                files[path + (part == 0 ? "bundle\(number).js" : "part\(part).js")] = "// \(revision)\n"
            }
        }
        if !reports.isEmpty {
            files["reports/Sales.reportFolder-meta.xml"] = Self.xml("ReportFolder", "    <name>Sales</name>\n")
        }
        for (number, revision) in reports {
            files["reports/Sales/Report\(number).report-meta.xml"] = Self.xml(
                "Report", "    <name>Report \(revision)</name>\n")
        }
        for (number, denied) in denied {
            if number.isMultiple(of: 2) {
                files["profiles/Profile\(number).profile-meta.xml"] = Self.xml(
                    "Profile", settings(denied, isProfile: true))
            } else {
                files["permissionsets/Set\(number).permissionset-meta.xml"] = Self.xml(
                    "PermissionSet", settings(denied, isProfile: false))
            }
        }
        return files
    }

    /// The entries for everything that can exist, sorted as an org sorts them. A permission set has none for what it denies.
    private func settings(_ denied: Set<Int>, isProfile: Bool) -> String {
        var entries: [String] = []
        var number = 0
        func entry(_ name: String, exists: Bool = true, _ content: (Bool) -> String) {
            let isGranted = !denied.contains(number)
            number += 1
            if isProfile || isGranted && (exists || permissionSetsArePartial) {
                entries.append("    <\(name)>\n\(content(isGranted))    </\(name)>\n")
            }
        }
        for (name, exists) in (0..<Self.classCount).map({ ("Class\($0)", classes[$0] != nil) }).sorted(by: {
            $0.0 < $1.0
        }) {
            entry("classAccesses", exists: exists) {
                "        <apexClass>\(name)</apexClass>\n        <enabled>\($0)</enabled>\n"
            }
        }
        for object in 0..<Self.objectCount {
            for field in 0..<4 {
                entry("fieldPermissions", exists: objects[object]?.fields[field] != nil) {
                    "        <editable>\($0)</editable>\n        <field>Thing\(object)__c.Field\(field)__c</field>\n"
                        + "        <readable>true</readable>\n"
                }
            }
        }
        if !isProfile { entries.append("    <label>Set</label>\n") }
        if isProfile {
            for object in 0..<Self.objectCount {
                for layout in 0..<2 {
                    let name = "        <layout>Thing\(object)__c-Main\(layout)</layout>\n"
                    entry("layoutAssignments") { _ in name }
                    entry("layoutAssignments") { _ in name + "        <recordType>Thing\(object)__c.Kind</recordType>\n"
                    }
                }
            }
        }
        for object in 0..<Self.objectCount {
            entry("objectPermissions", exists: objects[object] != nil) {
                "        <allowRead>\($0)</allowRead>\n        <object>Thing\(object)__c</object>\n"
            }
        }
        return entries.joined()
    }
}

import Testing

@testable import MetadataAPI

@Suite("Merging the files of a profile") struct SettingsMergeTests {
    private static func profile(_ entries: [String]) -> [UInt8] {
        let lines = entries.map { "    \($0)\n" }.joined()
        return Array(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <Profile xmlns="http://soap.sforce.com/2006/04/metadata">
            \(lines)</Profile>

            """.utf8)
    }

    private static func field(_ name: String, editable: Bool = true) -> String {
        "<fieldPermissions>\n        <editable>\(editable)</editable>\n        <field>\(name)</field>\n    </fieldPermissions>"
    }

    /// All entries of a profile, sorted as an org sorts them.
    private static let entries =
        ["<classAccesses><apexClass>A</apexClass></classAccesses>", "<custom>true</custom>"]
        + (0..<30).map { field("Account.F\($0 + 10)__c") }
        + [
            "<layoutAssignments><layout>Account-A</layout></layoutAssignments>",
            "<layoutAssignments><layout>Account-A</layout><recordType>Account.R</recordType></layoutAssignments>",
            "<layoutAssignments><layout>Account-B</layout></layoutAssignments>",
            "<tabVisibilities><tab>Account</tab></tabVisibilities>", "<userLicense>Salesforce</userLicense>",
            "<userPermissions><enabled>true</enabled><name>ApiEnabled</name></userPermissions>",
            "<userPermissions><enabled>true</enabled><name>ViewSetup</name></userPermissions>",
        ]

    private static func isAlwaysThere(_ entry: String) -> Bool {
        ["<custom>", "<userLicense>", "<userPermissions>"].contains { entry.hasPrefix($0) }
    }

    @Test("However the entries are spread over files, and in any order, the merged file has the bytes of the whole")
    func anySplit() {
        for seed in 0..<200 {
            var random = SeededRandom(seed: UInt64(seed))
            let count = Int.random(in: 1...7, using: &random)
            var files = [[String]](repeating: [], count: count)
            for entry in Self.entries {
                let chosen = Int.random(in: 0..<count, using: &random)
                for index in 0..<count where index == chosen || Self.isAlwaysThere(entry) { files[index].append(entry) }
            }
            var merged: [UInt8]? = Self.profile(files[0])
            for file in files.dropFirst() { merged = merged.flatMap { SettingsMerge.merged($0, Self.profile(file)) } }
            #expect(merged == Self.profile(Self.entries), "seed \(seed)")
        }
    }

    @Test("If both files have an entry for a component, the later one is taken")
    func later() {
        let merged = SettingsMerge.merged(
            Self.profile([Self.field("A.B__c"), Self.field("A.C__c")]),
            Self.profile([Self.field("A.B__c", editable: false)]))
        #expect(merged == Self.profile([Self.field("A.B__c", editable: false), Self.field("A.C__c")]))
    }

    @Test("A text that is not about a component is the later one")
    func changedText() {
        let merged = SettingsMerge.merged(
            Self.profile(["<description>old</description>", Self.field("A.B__c")]),
            Self.profile(["<description>new</description>"]))
        #expect(merged == Self.profile(["<description>new</description>", Self.field("A.B__c")]))
    }

    @Test("A file that is not well-formed is not merged")
    func malformed() {
        #expect(SettingsMerge.merged(Self.profile([]), Array("<Profile>".utf8)) == nil)
        #expect(SettingsMerge.merged(Array("".utf8), Self.profile([])) == nil)
    }

    @Test(
        "Only profiles and permission sets are merged",
        arguments: [
            ("profiles/Admin.profile", true), ("permissionsets/P.permissionset", true), ("profiles/x.txt", false),
            ("classes/A.cls", false), ("objects/profiles/A.profile", false),
        ])
    func paths(_ path: String, _ isMerged: Bool) throws {
        #expect(SettingsMerge.applies(to: try EntryPath(path.utf8)) == isMerged)
    }
}

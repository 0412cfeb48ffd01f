import Testing

@testable import MetadataAPI

@Suite struct PackageManifestTests {
    private static let file = """
        <?xml version="1.0" encoding="UTF-8"?>
        <Package xmlns="http://soap.sforce.com/2006/04/metadata">
            <types>
                <members>*</members>
                <members>Account</members>
                <name>CustomObject</name>
            </types>
            <types>
                <members>Folder</members>
                <members>Folder/A &amp; B %28x%29 ü</members>
                <name>Report</name>
            </types>
            <version>66.0</version>
        </Package>

        """

    private static func package(_ content: String) -> [UInt8] {
        Array("<Package xmlns=\"http://soap.sforce.com/2006/04/metadata\">\(content)</Package>".utf8)
    }

    @Test("Parsing and serializing a manifest preserves its bytes")
    func roundTrip() throws {
        let manifest = try PackageManifest(parsing: Array(PackageManifestTests.file.utf8))
        #expect(manifest.types == ["CustomObject", "Report"])
        #expect(manifest.members(of: "Report") == ["Folder", "Folder/A & B %28x%29 ü"])
        #expect(manifest.memberCount == 4)
        #expect(String(decoding: manifest.serialized(), as: UTF8.self) == PackageManifestTests.file)
    }

    @Test("Types with the same name are merged, members sorted, duplicates dropped and other elements ignored")
    func merged() throws {
        let manifest = try PackageManifest(
            parsing: PackageManifestTests.package(
                """
                <fullName>x</fullName><types><name>ApexClass</name><members> b </members><members>a</members></types>
                <types><members>a</members><members>C</members><name>ApexClass</name></types>
                <types><name>Flow</name></types><version>58.0</version><objectPermissions><object>A</object></objectPermissions>
                """))
        #expect(manifest.types == ["ApexClass"])
        #expect(manifest.members(of: "ApexClass") == ["C", "a", "b"])
        #expect(manifest.version == APIVersion(number: 58))
    }

    @Test(
        "An invalid manifest is rejected with the reason",
        arguments: [
            ("<types><members>A</members></types><version>66.0</version>", ManifestError.typeWithoutName),
            ("<types><members>A</members><name> </name></types><version>66.0</version>", .typeWithoutName),
            ("<types><name>A</name><name>B</name></types><version>66.0</version>", .typeNamedTwice),
            (
                "<types><members>A</members><name>Apex Class</name></types><version>66.0</version>",
                .typeName("Apex Class")
            ),
            ("<types><name>Flow</name><members/></types><version>66.0</version>", .emptyMember(type: "Flow")),
            ("<types><members> </members><name>Flow</name></types><version>66.0</version>", .emptyMember(type: nil)),
            ("<types><members>A</members><name>Flow</name></types>", .versionMissing),
            ("<version>66.0</version><version>66.0</version>", .versionRepeated),
            ("<version>v66.0</version>", .version("v66.0")),
            ("<?x y?><version>66.0</version>", .xml(.processingInstruction("x"))),
        ])
    func refused(_ content: String, _ error: ManifestError) {
        #expect(throws: error) { try PackageManifest(parsing: PackageManifestTests.package(content)) }
        #expect(error.description.hasSuffix("."))
    }

    @Test("The root must be Package in the metadata namespace")
    func root() {
        #expect(throws: ManifestError.root("Package")) { try PackageManifest(parsing: Array("<Package/>".utf8)) }
        #expect(throws: ManifestError.root("Profile")) {
            try PackageManifest(parsing: Array("<Profile xmlns='http://soap.sforce.com/2006/04/metadata'/>".utf8))
        }
        #expect(throws: ManifestError.xml(.documentType)) {
            try PackageManifest(parsing: Array("<!DOCTYPE Package><Package/>".utf8))
        }
    }

    @Test("A member with a character that XML does not allow is rejected")
    func members() {
        var manifest = PackageManifest(version: APIVersion(number: 66)!)
        #expect(throws: ManifestError.memberCharacters(type: "Flow")) { try manifest.insert("a\u{1}", of: "Flow") }
        #expect(throws: ManifestError.emptyMember(type: "Flow")) { try manifest.insert("", of: "Flow") }
        #expect(throws: ManifestError.typeName("")) { try manifest.insert("a", of: "") }
        #expect(manifest.isEmpty)
    }

    @Test("A merged manifest has the members of both and the version of the first")
    func merge() throws {
        var first = PackageManifest(version: APIVersion(number: 66)!)
        try first.insert("A", of: "Flow")
        var second = PackageManifest(version: APIVersion(number: 58)!)
        try second.insert("B", of: "Flow")
        try second.insert("C", of: "ApexClass")
        first.merge(second)
        #expect(first.types == ["ApexClass", "Flow"])
        #expect(first.members(of: "Flow") == ["A", "B"])
        #expect(first.version == APIVersion(number: 66))
    }
}

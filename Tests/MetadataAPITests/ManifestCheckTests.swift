import Testing

@testable import MetadataAPI

@Suite("A hand-written package.xml")
struct ManifestCheckTests {
    private static let start = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    private static let namespace = "xmlns=\"http://soap.sforce.com/2006/04/metadata\""

    private static func file(_ lines: String) -> [UInt8] {
        Array((start + "<Package \(namespace)>\n" + lines + "\n</Package>").utf8)
    }

    private static func problems(_ bytes: [UInt8]) -> [String] {
        PackageManifest.problems(in: bytes).first.map(\.description)
    }

    @Test("A valid file has no problems, even with elements that only packages have")
    func right() {
        let file = Self.file(
            """
            <fullName>Unmanaged</fullName>
            <types><members>*</members><name>ApexClass</name></types>
            <types><name>CustomObject</name><members>Account</members></types>
            <version>66.0</version>
            """)
        #expect(Self.problems(file).isEmpty)
    }

    /// The lines after `<Package>`, which is line 2, and the expected messages.
    static let faults: [(lines: String, says: [String])] = [
        (
            "<type><members>*</members><name>A</name></type>\n<version>66.0</version>",
            [
                "line 3: Unknown element type in Package; expected types, version, fullName, description, "
                    + "apiAccessLevel, namespacePrefix, objectPermissions, packageType, postInstallClass, "
                    + "setupWeblink, uninstallClass."
            ]
        ),
        (
            "<types>\n<member>*</member><name>Flow</name></types>\n<version>66.0</version>",
            [
                "line 4: Unknown element member in types; expected members, name.",
                "line 3: The element types for Flow has no members; to select all, write <members>*</members>.",
            ]
        ),
        (
            "<types><name>Flow</name></types>\n<version>66.0</version>",
            ["line 3: The element types for Flow has no members; to select all, write <members>*</members>."]
        ),
        (
            "<types><members>*</members></types>\n<version>66.0</version>",
            ["line 3: The element types has no name; expected <name> with the name of a metadata type."]
        ),
        (
            "<types><members/><name>Flow</name></types>\n<version>66.0</version>",
            ["line 3: The element members is empty."]
        ),
        (
            "<types><members>*</members><name>Flow</name><version>66.0</version></types>",
            [
                "line 3: Unknown element version in types; expected members, name.",
                "The element version is missing; add it, such as <version>66.0</version>.",
            ]
        ),
        (
            "<types>Flow<members>*</members><name>Flow</name></types><version>66.0</version>",
            ["line 3: There is text in types outside its elements."]
        ),
        (
            "<types><members>*</members><name>Apex Class?</name></types>\n<version>66.0</version>",
            [
                "line 3: \"Apex Class?\" is not the name of a metadata type; expected a letter, then letters, digits and "
                    + "underscores."
            ]
        ),
        (
            "<version>20.0</version>",
            ["line 3: No org supports the version \"20.0\"; expected 31.0 or later, such as 66.0."]
        ),
        (
            "<version>66</version>",
            ["line 3: The version \"66\" must be written 66.0."]
        ),
        ("<version>v62.0</version>", ["line 3: The version \"v62.0\" must be written 62.0."]),
        (
            "<types><members>A<b/></members><name>Flow</name></types>\n<version>66.0</version>",
            ["line 3: The element b is not allowed in members, which contains only text."]
        ),
        (
            "<types all=\"yes\"><members lang=\"de\">*</members><name>Flow</name></types>\n<version>66.0</version>",
            [
                "line 3: Unknown attribute all of types; remove it.",
                "line 3: Unknown attribute lang of members; remove it.",
            ]
        ),
        (
            "<types xmlns=\"urn:x\"><members>*</members><name>Flow</name></types>\n<version>66.0</version>",
            [
                "line 3: The element types is in the namespace urn:x; it must be in the namespace of Package.",
                "line 3: The element members is in the namespace urn:x; it must be in the namespace of Package.",
                "line 3: The element name is in the namespace urn:x; it must be in the namespace of Package.",
            ]
        ),
        (
            "<version>66.0</version>\n<version>66.0</version>",
            ["line 4: There is a second element version in Package; only one is allowed."]
        ),
    ]

    @Test("Each problem is reported with its line, the element and what was expected", arguments: faults)
    func fault(_ row: (lines: String, says: [String])) {
        #expect(Self.problems(Self.file(row.lines)) == row.says)
    }

    /// Files that are not valid XML, and the beginning of the message.
    static let unreadable: [(text: String, says: String)] = [
        ("hello\n" + start + "<Package/>", "The XML is not well-formed (line "),
        (
            start + "<Package \(namespace)><version>66.0</version></Package><Package/>",
            "The XML is not well-formed (line 2"
        ),
        (start + "<Package \(namespace)>\n<types></Package>", "The XML is not well-formed (line 3, a closing tag"),
        (
            start + "<Package \(namespace)><types><members>A & B</members></types></Package>\n",
            "The XML is not well-formed (line 2, a bare & or <: write &amp; or &lt;)."
        ),
        (
            start + "<Package \(namespace)><types><members>A\u{1}</members></types></Package>\n",
            "The XML is not well-formed (line 2, a character that XML does not allow)."
        ),
        ("{\"types\":[]}", "The XML is not well-formed (line 1, it does not begin with an element)."),
        (start + "<!DOCTYPE Package>\n<Package/>", "line 2: The XML has a document type declaration"),
        ("", "The file is empty."), ("\u{FEFF}\n", "The file is empty."),
        (
            start + "<Package \(namespace)>\n<types>\n<members>A</mem",
            "line 4: The file is cut off: the element members is not closed."
        ),
        (start + "<Package \(namespace)>\n<types>\n", "line 3: The file is cut off: the element types is not closed."),
        (
            start + "<Profile \(namespace)><types/></Profile>",
            "line 2: The root is Profile; it must be Package in the namespace http://soap.sforce.com/2006/04/metadata."
        ),
        (
            start + "<Package><types><members>*</members><name>Flow</name></types><version>66.0</version></Package>",
            "line 2: Package is in no namespace; write <Package xmlns=\"http://soap.sforce.com/2006/04/metadata\">."
        ),
        (
            start + "<Package xmlns='urn:x'><version>66.0</version></Package>",
            "line 2: Package is in the namespace urn:x; write <Package xmlns="
        ),
    ]

    @Test("A file that is not valid XML is reported with the position and the reason", arguments: unreadable)
    func notXML(_ row: (text: String, says: String)) {
        let said = Self.problems(Array(row.text.utf8))
        #expect(said.contains { $0.hasPrefix(row.says) }, "\(said)")
        #expect(said.count == 1, "\(said)")
        #expect(!said.contains { $0.contains("libxml2") }, "\(said)")
    }

    @Test("Bytes that are not UTF-8 are reported with their line")
    func notUTF8() {
        let file = Self.file("<version>66.0</version>\n<description>M\u{FC}ller</description>")
        let latin1 = String(decoding: file, as: UTF8.self).unicodeScalars.map { UInt8($0.value) }
        let found = PackageManifest.problems(in: latin1)
        #expect(found.first == [ManifestProblem(line: 4, kind: .notUTF8)])
        #expect(PackageManifest.foreignEncoding(of: latin1) == "WINDOWS-1252")
        #expect(PackageManifest.foreignEncoding(of: file) == nil)
    }

    @Test("For many problems, the first ten and the total number are reported")
    func many() {
        let lines = (0..<20_000).map { "<typs><name>T\($0)</name></typs>" }.joined(separator: "\n")
        let (first, count) = PackageManifest.problems(in: Self.file(lines + "<version>66.0</version>"))
        #expect(first.count == 10)
        #expect(count == 20_000)
    }
}

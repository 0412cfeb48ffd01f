import Testing

@testable import MetadataAPI

@Suite struct EntryPathTests {
    @Test(
        "Unusual but legal names are preserved byte for byte",
        arguments: [
            "a", "classes/A.cls", "layouts/Account-Account %28Marketing%29 Layout.layout", "a b/ü/日本", "a/..b..",
            "a/.b", "lwc/a/.eslintrc.json", "documents/.gitignore", "git", "a/git~", "a/head.txt", "HEAD/a",
            "documents/Head/",
            "a/...", "con", "NUL.txt", "ab:c", "1:x", "~", "-rf", "e\u{301}", String(repeating: "x", count: 255),
            "unfiled$public/x.email", "a\u{202E}b",
        ])
    func kept(_ name: String) throws {
        #expect(try EntryPath(name.utf8).description == (name.hasSuffix("/") ? String(name.dropLast()) : name))
    }

    @Test(
        "Every variant of a name that git uses for a repository is rejected",
        arguments: [
            ".git/config", ".git", "classes/.git", "classes/.GIT/config", "unpackaged/.git/HEAD",
            "a/.g\u{200C}it/config",
            "\u{FEFF}.git/config", "a/GIT~1/config", "git~2", "a/.git /config", "a/.git./config", "a/.git. ./config",
            "a/.git::$INDEX_ALLOCATION/config", "HEAD", "classes/HEAD", "classes/head", "unpackaged/HEAD", "a/HEAD.",
        ])
    func repository(_ name: String) {
        #expect(throws: EntryPathError.repository(name)) { try EntryPath(name.utf8) }
    }

    @Test(
        "A top-level name that begins with a dot is rejected",
        arguments: [
            ".envrc", ".vscode/tasks.json", ".gitattributes", "unpackaged/.envrc", "unpackaged/.vscode/", "...",
            "..a/b..", "\u{200D}.envrc",
        ])
    func hidden(_ name: String) {
        #expect(throws: EntryPathError.hidden(name)) { try EntryPath(name.utf8) }
    }

    @Test("The refusal contains the entry and the reason")
    func sentences() {
        #expect(
            EntryPathError.repository("a/.git/config").description
                == "The entry a/.git/config has a name that git uses for a repository, whose configuration can run "
                + "programs."
        )
        #expect(
            EntryPathError.hidden(".envrc").description
                == "The top-level name of the entry .envrc begins with a dot. Metadata never has such names, and other "
                + "programs can run what such files contain.")
    }

    @Test(
        "An empty name and a name that could leave the folder are rejected",
        arguments: [
            ("", EntryPathError.empty), ("/", .absolute("/")), ("/a", .absolute("/a")), ("//a", .absolute("//a")),
            ("..", .relative("..")), ("../a", .relative("../a")), ("a/..", .relative("a/..")),
            ("a/../b", .relative("a/../b")),
            ("a/../", .relative("a/../")), (".", .relative(".")), ("./a", .relative("./a")),
            ("a/./b", .relative("a/./b")),
            ("a//b", .emptyComponent("a//b")), ("a//", .emptyComponent("a//")),
            ("a\\b", .backslash("a\\b")), ("..\\a", .backslash("..\\a")), ("C:", .driveLetter("C:")),
            ("c:/a", .driveLetter("c:/a")), ("z:a", .driveLetter("z:a")),
            ("a\u{0}b", .controlCharacter("a\u{FFFD}b")), ("a\n", .controlCharacter("a\u{FFFD}")),
            ("a\u{7F}", .controlCharacter("a\u{FFFD}")), ("a\u{85}", .controlCharacter("a\u{FFFD}")),
        ])
    func refused(_ name: String, _ refusal: EntryPathError) {
        #expect(throws: refusal) { try EntryPath(name.utf8) }
    }

    @Test("Paths and their components have a maximum length up to which they can be stored")
    func lengths() throws {
        let component = String(repeating: "x", count: 255)
        #expect(try EntryPath(component.utf8).isStorable)
        #expect(try !EntryPath("x\(component)".utf8).isStorable)
        let long = [component, component, component, component].joined(separator: "/")
        #expect(try EntryPath((long + "/").utf8).isStorable)
        #expect(try !EntryPath((long + "/xx").utf8).isStorable)
    }

    @Test("Names must be UTF-8")
    func encoding() {
        #expect(throws: EntryPathError.notUTF8) { try EntryPath([0x61, 0xFF]) }
        #expect(throws: EntryPathError.notUTF8) { try EntryPath([0xC0, 0xAE, 0xC0, 0xAE, 0x2F, 0x61]) }
    }

    @Test("Names that differ only in case or Unicode normalization are different")
    func canonicalEquivalents() throws {
        #expect(try EntryPath("e\u{301}".utf8) != EntryPath("é".utf8))
        #expect(try EntryPath("A".utf8) != EntryPath("a".utf8))
    }

    @Test("A trailing slash marks a directory and is not part of the path")
    func directory() throws {
        #expect(try EntryPath("a/b/".utf8) == EntryPath("a/b".utf8))
        #expect(try EntryPath("a/b/c".utf8).ancestors.map(\.description) == ["a", "a/b"])
        #expect(try EntryPath("unpackaged/a/b".utf8).below("unpackaged")?.description == "a/b")
        #expect(try EntryPath("unpackaged".utf8).below("unpackaged") == nil)
        #expect(try EntryPath("unpackaged2/a".utf8).below("unpackaged") == nil)
    }
}

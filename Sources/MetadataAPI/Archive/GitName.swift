/// The names by which git finds a repository, in each form that a file system takes for the same name.
///
/// Git itself refuses these forms of `.git` in a tree (`is_hfs_dotgit` and `is_ntfs_dotgit` in its `utf8.c` and `path.c`).
enum GitName {
    /// Whether the name can be that of `.git`.
    static func isRepository(_ name: String) -> Bool {
        let plain = withoutStream(folded(name))
        return plain == ".git" || isShortName(plain)
    }

    /// Whether the name can be that of `HEAD`. Without a file of that name a folder is no repository, `.git` or not.
    static func isHead(_ name: String) -> Bool { withoutStream(folded(name)) == "head" }

    /// As HFS+ compares names: in lower case, and without the characters that it ignores.
    static func folded(_ name: String) -> String {
        var kept = String.UnicodeScalarView()
        kept.append(contentsOf: name.unicodeScalars.filter { !isIgnored($0.value) })
        return String(kept).lowercased()
    }

    private static func isIgnored(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x200C...0x200F, 0x202A...0x202E, 0x206A...0x206F, 0xFEFF: true
        default: false
        }
    }

    /// As NTFS reads names: without the stream after a colon, and without dots and spaces at the end.
    private static func withoutStream(_ name: String) -> Substring {
        var plain = name.prefix { $0 != ":" }
        while let last = plain.last, last == "." || last == " " { plain.removeLast() }
        return plain
    }

    /// `git~1`, the short name that NTFS gives `.git`; it may have another number.
    private static func isShortName(_ name: Substring) -> Bool {
        let digits = name.dropFirst(4)
        return name.hasPrefix("git~") && !digits.isEmpty && digits.allSatisfy(\.isWholeNumber)
    }
}

/// Detects names that git uses for a repository, including all variants that a file system treats as the same name.
///
/// Git rejects the same variants of `.git` in a tree (`is_hfs_dotgit` and `is_ntfs_dotgit` in its `utf8.c` and
/// `path.c`).
enum GitName {
    /// Whether a file system can treat the name as `.git`.
    static func isRepository(_ name: String) -> Bool {
        let plain = withoutStream(folded(name))
        return plain == ".git" || isShortName(plain)
    }

    /// Whether a file system can treat the name as `HEAD`. Git treats a folder as a repository only if it has such a
    /// file.
    static func isHead(_ name: String) -> Bool { withoutStream(folded(name)) == "head" }

    /// Returns the name as HFS+ compares it: in lower case, without the characters that it ignores.
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

    /// Returns the name as NTFS reads it: without the stream after a colon, and without trailing dots and spaces.
    private static func withoutStream(_ name: String) -> Substring {
        var plain = name.prefix { $0 != ":" }
        while let last = plain.last, last == "." || last == " " { plain.removeLast() }
        return plain
    }

    /// Whether the name is a short name that NTFS can give `.git`: `git~` and a number, such as `git~1`.
    private static func isShortName(_ name: Substring) -> Bool {
        let digits = name.dropFirst(4)
        return name.hasPrefix("git~") && !digits.isEmpty && digits.allSatisfy(\.isWholeNumber)
    }
}

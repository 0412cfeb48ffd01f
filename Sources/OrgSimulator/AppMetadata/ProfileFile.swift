/// Writes a `Profile` file with Login IP Ranges and user permissions (Metadata API Developer Guide, *Profile*). Login
/// Hours are not included.
enum ProfileFile {
    /// Returns the child elements of the file's root.
    static func tree(of profile: Profile) -> [XMLTree] {
        [XMLTree("custom", flag: true)]
            + profile.loginIPRanges.map { range in
                XMLTree(
                    "loginIpRanges",
                    [XMLTree("endAddress", text: range.end), XMLTree("startAddress", text: range.start)])
            }
            + Set(profile.userPermissions).sorted().map { name in
                XMLTree("userPermissions", [XMLTree("enabled", flag: true), XMLTree("name", text: name)])
            }
    }
}

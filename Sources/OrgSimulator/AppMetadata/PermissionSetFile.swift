/// Writes and reads a `PermissionSet` file with a label, custom permissions and user permissions. The state has no other settings of a
/// permission set; other elements are accepted and discarded.
enum PermissionSetFile {
    /// Returns the child elements of the file's root.
    static func tree(of set: PermissionSet) -> [XMLTree] {
        Set(set.customPermissions).sorted().map { name in
            XMLTree("customPermissions", [XMLTree("enabled", flag: true), XMLTree("name", text: name)])
        } + [XMLTree("hasActivationRequired", flag: false), XMLTree("label", text: set.shownName)]
            + Set(set.userPermissions).sorted().map { name in
                XMLTree("userPermissions", [XMLTree("enabled", flag: true), XMLTree("name", text: name)])
            }
    }

    /// Returns the permission set after a deployment of `file`. Permissions that the file leaves out are removed.
    ///
    /// - Parameter old: The permission set before the deployment; `nil` if the deployment creates it.
    /// - Throws: ``DeployProblem`` if a required element is missing or a value is not valid.
    static func permissionSet(
        named name: String, in file: DeployedXML, replacing old: PermissionSet?
    ) throws(DeployProblem) -> PermissionSet {
        var set = old ?? PermissionSet(name: name)
        set.label = try file.required("label")
        set.userPermissions = []
        for entry in try file.parts("userPermissions") {
            let permission = try entry.required("name")
            if try entry.flag("enabled", or: false) { set.userPermissions.append(permission) }
        }
        set.customPermissions = []
        for entry in try file.parts("customPermissions") {
            let permission = try entry.required("name")
            if try entry.flag("enabled", or: false) { set.customPermissions.append(permission) }
        }
        return set
    }
}

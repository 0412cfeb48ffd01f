internal import FileSystem
internal import Glibc
internal import SystemPackage

/// The access rights of a directory: mode, owner, group, and optional access control lists.
struct FolderAccess: Equatable {
    let mode: mode_t
    let owner: uid_t
    let group: gid_t
    /// The access control list as the file system encodes it; `nil` if there is none.
    private let accessList: [UInt8]?
    /// The access control list that new entries inherit; `nil` if there is none.
    private let defaultList: [UInt8]?

    private static let accessListAttribute = ExtendedAttribute("system.posix_acl_access")
    private static let defaultListAttribute = ExtendedAttribute("system.posix_acl_default")

    init(of directory: Directory) throws(MetadataFolderError) {
        let status = try directory.status()
        mode = status.permissions
        owner = status.owner
        group = status.group
        accessList = try Self.list(Self.accessListAttribute, of: directory)
        defaultList = try Self.list(Self.defaultListAttribute, of: directory)
    }

    /// Whether this process can create a directory with this owner: it runs as the owner or as root.
    var canBeApplied: Bool { geteuid() == 0 || geteuid() == owner }

    /// Lets only the present owner access a working folder, but sets the group and the list that new entries inherit.
    func applyPrivately(to directory: Directory) throws(MetadataFolderError) {
        try change(directory, owner: uid_t.max, mode: 0o700 | mode & S_ISGID)
        try set(defaultList, Self.defaultListAttribute, on: directory)
    }

    /// Sets owner, group, mode and both lists. A missing list is removed from the directory.
    func apply(to directory: Directory) throws(MetadataFolderError) {
        try change(directory, owner: owner, mode: mode)
        try set(accessList, Self.accessListAttribute, on: directory)
        try set(defaultList, Self.defaultListAttribute, on: directory)
    }

    private func change(_ directory: Directory, owner: uid_t, mode: mode_t) throws(MetadataFolderError) {
        try directory.beforeChange("chmod")
        // The owner is changed first, because changing it can clear bits of the mode.
        guard fchown(directory.descriptor, owner, group) == 0 else { throw .system("chown", directory.path, errno) }
        guard fchmod(directory.descriptor, mode) == 0 else { throw .system("chmod", directory.path, errno) }
    }

    /// - Returns: `nil` if the directory has no such list or its file system does not support lists.
    private static func list(
        _ attribute: ExtendedAttribute, of directory: Directory
    ) throws(MetadataFolderError) -> [UInt8]? {
        do throws(Errno) { return try attribute.value(of: directory.descriptor) } catch {
            throw .system("getxattr", directory.path, error)
        }
    }

    private func set(
        _ list: [UInt8]?, _ attribute: ExtendedAttribute, on directory: Directory
    ) throws(MetadataFolderError) {
        do throws(Errno) { try attribute.set(list, on: directory.descriptor) } catch {
            throw .system("setxattr", directory.path, error)
        }
    }
}

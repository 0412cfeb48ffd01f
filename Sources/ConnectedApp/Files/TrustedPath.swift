internal import FileSystem
internal import Glibc
internal import SystemPackage

/// Checks whether only root and this user can change or replace the file or folder at a path.
package enum TrustedPath {
    /// Checks all parent folders, all symbolic links on the path, and the file or folder itself, from the root down.
    ///
    /// The check stops at the first part that does not exist. Check again after creating that part: in a sticky folder,
    /// somebody else may have created it first.
    ///
    /// - Parameters:
    ///   - content: What the file contains.
    ///   - cause: The cause of the error.
    ///   - subject: What the error is about; the path by default.
    /// - Throws: ``ConnectedAppError`` with `cause`. The detail names the part that others can change.
    package static func check(
        _ path: String, holding content: Content = .programOrSecret, cause: Cause = .configurationMalformed,
        subject: String? = nil
    ) throws(ConnectedAppError) {
        guard let reason = distrust(of: path, holding: content, by: .current) else { return }
        throw ConnectedAppError(cause, subject: subject ?? path, detail: reason)
    }

    /// The content of the file at the end of a path.
    package enum Content: Sendable {
        /// A program or secret, which nobody else may write.
        case programOrSecret
        /// The store, whose records are authenticated. On a volume that root created for one of the process's groups,
        /// that group may write it: Kubernetes sets this mode for all files when it mounts a volume for `fsGroup`.
        case store
        /// A secret that root owns and that a group may read. The group must not be able to replace the file, so it
        /// must not be able to write any folder on the path.
        case lentSecret
    }

    /// Checks an open file, because its path may lead to another file by now. The folders above it are not checked.
    /// Applies the rules for ``Content/programOrSecret``, so not for a file on a volume that Kubernetes mounts.
    ///
    /// - Throws: ``ConnectedAppError`` with `cause` if others can change the file, or with `.fileUnreadable`.
    package static func check(
        openedAs descriptor: Int32, _ path: String, cause: Cause = .configurationMalformed, subject: String? = nil
    ) throws(ConnectedAppError) {
        let status: FileStatus
        do throws(Errno) { status = try FileStatus(ofDescriptor: descriptor) } catch {
            throw ConnectedAppError(
                .fileUnreadable, subject: path, evidence: .system(error))
        }
        guard let reason = PathEntry(path, status).distrust(by: .current) else { return }
        throw ConnectedAppError(cause, subject: subject ?? path, detail: reason)
    }

    /// - Returns: Why the user should not trust the path; `nil` if the path is trustworthy.
    static func distrust(
        of path: String, holding content: Content = .programOrSecret, by user: ProcessUser
    ) -> String? {
        var volume: PathEntry?
        do throws(PathWalk.Failure) {
            var walk = try PathWalk(path)
            while let entry = try walk.next() {
                if let reason = entry.distrust(by: user, on: volume, holding: content) { return reason }
                if entry.isVolume(of: user) { volume = entry }
            }
            return nil
        } catch {
            return error.description
        }
    }
}

/// The user and the groups that this process runs as.
struct ProcessUser: Sendable {
    let id: UInt32
    let groups: Set<UInt32>

    /// The effective user and groups, which determine the access to files.
    static var current: ProcessUser {
        var groups = [gid_t](repeating: 0, count: Int(max(0, getgroups(0, nil))))
        let count = groups.isEmpty ? 0 : getgroups(Int32(groups.count), &groups)
        return ProcessUser(id: geteuid(), groups: Set(groups.prefix(Int(max(0, count))) + [getegid()]))
    }
}

/// The owner and permissions of a file, folder or symbolic link.
struct PathEntry: Sendable {
    let path: String
    let owner: UInt32
    let group: UInt32
    let kind: FileStatus.Kind
    let permissions: UInt32

    init(path: String, owner: UInt32, group: UInt32, kind: FileStatus.Kind, permissions: UInt32) {
        self.path = path
        self.owner = owner
        self.group = group
        self.kind = kind
        self.permissions = permissions
    }

    init(_ path: String, _ status: FileStatus) {
        self.init(
            path: path, owner: status.owner, group: status.group, kind: status.kind, permissions: status.permissions)
    }

    var isLink: Bool { kind == .symbolicLink }
    private var isStickyFolder: Bool { kind == .directory && permissions & S_ISVTX != 0 }

    /// Whether root created the folder for one of the user's groups, as Kubernetes creates a volume for `fsGroup`.
    func isVolume(of user: ProcessUser) -> Bool {
        kind == .directory && owner == 0 && permissions & S_ISGID != 0 && user.groups.contains(group)
    }

    /// Whether this entry is below the volume and the volume's group may write it. Kubernetes sets up files on a volume
    /// in this way.
    private func isOpened(on volume: PathEntry) -> Bool {
        path.hasPrefix(volume.path + "/") && group == volume.group && permissions & S_IWGRP != 0
    }

    /// Returns why the user should not trust this entry; `nil` if only root and the user can change it, or if it is a
    /// folder whose sticky bit prevents others from replacing its content.
    ///
    /// A volume that one of the user's groups can write is accepted, and so are the folders on it, because members of
    /// that group can rename them anyway. For ``TrustedPath/Content/lentSecret``, neither is accepted.
    ///
    /// - Parameters:
    ///   - volume: The last volume above the entry on the path; `nil` if there is none.
    ///   - content: The content of the file at the end of the path.
    func distrust(
        by user: ProcessUser, on volume: PathEntry? = nil, holding content: TrustedPath.Content = .programOrSecret
    ) -> String? {
        guard owner == 0 || owner == user.id else {
            return """
                \(path) belongs to user \(owner), who can replace it. It must belong to root or to the user that runs \
                aprity (\(user.id)).
                """
        }
        // A link has no mode and cannot be changed in place.
        guard !isLink, !isStickyFolder else { return nil }
        let opensWithVolume = volume.map { isOpened(on: $0) } ?? false
        let mayBeOpen = kind == .directory || content == .store
        let groupIsTrusted =
            content != .lentSecret && (isVolume(of: user) || (opensWithVolume && mayBeOpen))
        guard permissions & S_IWOTH != 0 || (permissions & S_IWGRP != 0 && !groupIsTrusted) else { return nil }
        let octal = String(permissions, radix: 8)
        let hint =
            opensWithVolume && content != .lentSecret
            ? " If Kubernetes widened the mode when it mounted the volume, set `fsGroupChangePolicy: OnRootMismatch`."
            : ""
        let mending = owner == user.id || user.id == 0 ? "run `chmod go-w` on it" : "let root run `chmod go-w` on it"
        return "Other users can change \(path) (mode 0\(octal)): \(mending).\(hint)"
    }
}

/// Walks a path from the root, one name at a time, and follows each symbolic link.
private struct PathWalk {
    /// The reason why the walk cannot continue.
    struct Failure: Error, CustomStringConvertible {
        let path: String
        let error: Errno
        var description: String {
            error == .notDirectory
                ? "\(FolderPath.above(path)) is not a folder, so \(path) cannot exist."
                : "\(path) cannot be checked: \(error)."
        }
    }

    /// The current folder; its path contains no links.
    private var place = Self.root
    /// The remaining names, the next one last. For the root of an absolute path or link target, there is the name `/`.
    private var names: [String]
    /// How many more links may be followed. Linux has the same limit.
    private var linksLeft = 40

    private static let root = "/"

    init(_ path: String) throws(Failure) {
        names = Self.names(path.hasPrefix(Self.root) ? path : try Self.workingFolder() + "/" + path)
    }

    /// - Returns: The next folder, link or file; `nil` at the end or if the next one does not exist.
    mutating func next() throws(Failure) -> PathEntry? {
        while let name = names.popLast() {
            guard name != ".." else {
                place = FolderPath.above(place)
                continue
            }
            let path = name == Self.root ? name : place == Self.root ? "/" + name : place + "/" + name
            guard let entry = try Self.read(path) else { return nil }
            if entry.isLink { try follow(path) } else { place = path }
            return entry
        }
        return nil
    }

    private mutating func follow(_ link: String) throws(Failure) {
        linksLeft -= 1
        guard linksLeft >= 0 else { throw Failure(path: link, error: .tooManySymbolicLinkLevels) }
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(link, &buffer, buffer.count)
        guard count >= 0 else { throw Failure(path: link, error: .last) }
        guard let target = String(validating: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self) else {
            throw Failure(path: link, error: Errno(rawValue: EILSEQ))
        }
        names += Self.names(target)
    }

    private static func read(_ path: String) throws(Failure) -> PathEntry? {
        do throws(Errno) {
            let status = try FileStatus(of: path, followsLinks: false)
            return PathEntry(path, status)
        } catch {
            guard error == .noSuchFileOrDirectory else { throw Failure(path: path, error: error) }
            return nil
        }
    }

    private static func names(_ path: String) -> [String] {
        let names = path.split(separator: "/").filter { $0 != "." }.map(String.init)
        return names.reversed() + (path.hasPrefix(root) ? [root] : [])
    }

    private static func workingFolder() throws(Failure) -> String {
        guard let folder = getcwd(nil, 0) else { throw Failure(path: "The working folder", error: .last) }
        defer { free(folder) }
        return String(cString: folder)
    }
}

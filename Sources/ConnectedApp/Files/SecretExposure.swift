internal import FileSystem
internal import Glibc

/// Why a file with a secret is not used: somebody else can read it, change it or replace it.
///
/// Two kinds of file are used. Only root or this user has any right to it; or it is root's, and a group of this process may read it.
/// Nobody else can replace it. The second kind is what Kubernetes makes of a Secret for `fsGroup`: the process cannot change that mode.
struct SecretExposure: Sendable, Equatable {
    enum Reason: Sendable, Equatable {
        /// Other users, or a group, have a right that they must not have.
        case openToOthers
        /// The file would do, but others can put another one in its place.
        case replaceable(because: String)
        /// Nobody knows who has which right.
        case unknown
    }

    enum Mending: Sendable, Equatable {
        /// This process's user may change the mode.
        case changeMode
        /// The same, but Kubernetes will widen the mode again when it mounts the volume.
        case changeModeOfVolume
        /// The mode is up to root, or to whoever declares the mount.
        case declareAnew
        /// Another folder is needed.
        case move
    }

    let reason: Reason
    let mending: Mending
    /// Four octal digits, as `chmod` takes them.
    let octal: String

    /// - Parameters:
    ///   - status: Of the file itself, not of a link that leads to it; `nil` if it cannot be read.
    /// - Returns: `nil` if the file may be used.
    init?(of path: String, _ status: FileStatus?, by user: ProcessUser = .current) {
        guard let status else {
            (reason, mending, octal) = (.unknown, .declareAnew, "unknown")
            return
        }
        let file = PathEntry(path, status)
        octal = "0" + String(file.permissions & 0o777, radix: 8)
        let isLent = file.isLentByRoot(to: user)
        guard isLent || file.permissions & (S_IRWXG | S_IRWXO) == 0 else {
            (reason, mending) = (.openToOthers, Self.mending(of: file, by: user))
            return
        }
        let content: TrustedPath.Content = isLent ? .lentSecret : .programOrSecret
        guard let distrust = TrustedPath.distrust(of: path, holding: content, by: user) else { return nil }
        (reason, mending) = (.replaceable(because: distrust), .move)
    }

    private static func mending(of file: PathEntry, by user: ProcessUser) -> Mending {
        guard file.owner == user.id || user.id == 0 else { return .declareAnew }
        let folder = try? FileStatus(of: FolderPath.above(FolderPath.linkTarget(of: file.path)))
        let isInVolume =
            folder.map { $0.permissions & S_ISGID != 0 && $0.group == file.group && user.groups.contains($0.group) }
            ?? false
        return isInVolume ? .changeModeOfVolume : .changeMode
    }

    /// - Parameter path: Of the file.
    func detail(_ path: String) -> String {
        switch reason {
        case .openToOthers: "Other users of this machine can read \(path) (mode \(octal))."
        case .replaceable(let because): because
        case .unknown: "Who else can read \(path) is not known."
        }
    }

    /// What to do.
    var remedy: String {
        switch mending {
        case .changeMode: "Run `chmod 600` on it."
        case .changeModeOfVolume:
            "Run `chmod 600` on it. If Kubernetes widened the mode when it mounted the volume, set "
                + "`fsGroupChangePolicy: OnRootMismatch`."
        case .declareAnew:
            "Let root give it the mode 0400 and this user, or the mode 0440 and a group of this process. In Kubernetes, set "
                + "`fsGroup` for the pod and `defaultMode: 0400` for the Secret."
        case .move: "Mend that, or keep the file in a folder that only root and the user that runs aprity can change."
        }
    }
}

extension PathEntry {
    /// Whether root lets one of the user's groups read the file, and nobody but root write it. What is root's own is not lent to root.
    func isLentByRoot(to user: ProcessUser) -> Bool {
        let isLent = owner == 0 && user.groups.contains(group) && (user.id != 0 || group != 0)
        return isLent && permissions & (S_IWGRP | S_IXGRP | S_IRWXO) == 0
    }
}

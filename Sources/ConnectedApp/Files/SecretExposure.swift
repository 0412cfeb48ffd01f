internal import FileSystem
internal import Glibc

/// Why a file with a secret is unsafe: somebody else can read, change or replace it. The caller decides whether to use
/// the file nevertheless.
///
/// Two kinds of file are safe. Either only root and this user have access, or root owns the file and a group of this
/// process may read it. In both cases, nobody else may be able to replace it. Kubernetes creates the second kind for a
/// Secret with `fsGroup`, and the process cannot change that mode.
struct SecretExposure: Sendable, Equatable {
    enum Reason: Sendable, Equatable {
        /// Other users or a group have access that they must not have.
        case openToOthers
        /// The file's own mode is right, but others can replace the file.
        case replaceable(because: String)
        /// The file's status cannot be read.
        case unknown
    }

    /// How the user can solve the problem.
    enum Solution: Sendable, Equatable {
        /// This user can change the mode.
        case changeMode
        /// This user can change the mode, but Kubernetes will widen it again when it mounts the volume.
        case changeModeOfVolume
        /// Only root, or the declaration of the mount, can change the mode.
        case changeMount
        /// The file must be in another folder.
        case move
    }

    let reason: Reason
    let solution: Solution
    /// The permission bits in four octal digits, such as `0640`, for messages; `unknown` if the status cannot be read.
    let octal: String

    /// - Parameters:
    ///   - path: The path, which may contain symbolic links. All folders and links on it are checked too.
    ///   - status: The status of the file itself, not of a link to it; `nil` if it cannot be read.
    ///   - user: The user that wants to use the file.
    /// - Returns: `nil` if the file is safe.
    init?(of path: String, _ status: FileStatus?, by user: ProcessUser = .current) {
        guard let status else {
            (reason, solution, octal) = (.unknown, .changeMount, "unknown")
            return
        }
        let file = PathEntry(path, status)
        let digits = String(file.permissions & 0o777, radix: 8)
        octal = String(repeating: "0", count: 4 - digits.count) + digits
        let isLent = file.isLentByRoot(to: user)
        guard isLent || file.permissions & (S_IRWXG | S_IRWXO) == 0 else {
            (reason, solution) = (.openToOthers, Self.solution(of: file, by: user))
            return
        }
        let content: TrustedPath.Content = isLent ? .lentSecret : .programOrSecret
        guard let distrust = TrustedPath.distrust(of: path, holding: content, by: user) else { return nil }
        (reason, solution) = (.replaceable(because: distrust), .move)
    }

    private static func solution(of file: PathEntry, by user: ProcessUser) -> Solution {
        guard file.owner == user.id || user.id == 0 else { return .changeMount }
        let folder = try? FileStatus(of: FolderPath.above(FolderPath.linkTarget(of: file.path)))
        let isInVolume =
            folder.map { $0.permissions & S_ISGID != 0 && $0.group == file.group && user.groups.contains($0.group) }
            ?? false
        return isInVolume ? .changeModeOfVolume : .changeMode
    }

    /// Returns what is wrong, in a sentence.
    ///
    /// - Parameter path: The file's path.
    func detail(_ path: String) -> String {
        switch reason {
        case .openToOthers: "The mode of \(path), \(octal), gives access to other users."
        case .replaceable(let because): because
        case .unknown: "aprity cannot find out who else has access to \(path)."
        }
    }

    /// Returns ``remedy``, and what to assume about the secret.
    ///
    /// - Parameter secret: What the file contains, in a word.
    func advice(about secret: String) -> String {
        switch reason {
        case .openToOthers, .replaceable: remedy + " Assume that these users know the \(secret)."
        case .unknown: "Check the path, and that this user may search the folders on it."
        }
    }

    /// What to do, in one or more sentences.
    var remedy: String {
        switch solution {
        case .changeMode: "Run `chmod 600` on it."
        case .changeModeOfVolume:
            "Run `chmod 600` on it. If Kubernetes widened the mode when it mounted the volume, set "
                + "`fsGroupChangePolicy: OnRootMismatch`."
        case .changeMount:
            "As root, make this user the file's owner with the mode 0400, or give the file a group of this process and the mode 0440. In Kubernetes, set "
                + "`fsGroup` for the pod and `defaultMode: 0400` for the Secret."
        case .move:
            "Correct this, or move the file to a folder that only root and the user that runs aprity can change."
        }
    }
}

extension PathEntry {
    /// Whether root owns the file, its group is one of the user's groups, the group has at most read access, and others
    /// have no access. Always `false` if the user is root and the group is root's.
    func isLentByRoot(to user: ProcessUser) -> Bool {
        let isLent = owner == 0 && user.groups.contains(group) && (user.id != 0 || group != 0)
        return isLent && permissions & (S_IWGRP | S_IXGRP | S_IRWXO) == 0
    }
}

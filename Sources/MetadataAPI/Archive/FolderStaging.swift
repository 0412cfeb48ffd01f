internal import Glibc

/// The working folder beside a target: made for its owner only, locked while this process works on it.
struct FolderStaging {
    let target: FolderTarget
    let suffix: String
    let root: Directory

    init(for target: FolderTarget, suffix: String) throws(MetadataFolderError) {
        self.target = target
        self.suffix = suffix
        let name = target.stagingName(suffix)
        let path = target.parent.path(of: name)
        guard try target.parent.makeDirectory(name, mode: 0o700) else {
            throw .io(operation: "mkdir", path: path, errno: EEXIST)
        }
        root = try target.parent.open(name)
        // Between the two lines above, another run may have taken the folder for abandoned.
        guard try root.lock(), try target.parent.identity(of: name) == root.identity() else {
            throw .stagingLost(path)
        }
    }

    func remove() throws(MetadataFolderError) { try target.parent.remove(target.stagingName(suffix)) }

    /// Moves the folder to its target.
    ///
    /// - Returns: The path of the replaced folder when it could not be removed.
    func publish(replace: Bool) throws(MetadataFolderError) -> String? {
        try root.sync()
        defer { root.unlock() }
        // Asked again: much time has passed since the beginning.
        try target.check(replace: replace)
        guard try target.parent.kind(of: target.name) != nil else {
            try target.parent.rename(target.stagingName(suffix), to: target.name)
            try target.parent.sync()
            return nil
        }
        return try swap()
    }

    private func swap() throws(MetadataFolderError) -> String? {
        let parent = target.parent
        let aside = target.asideName(suffix)
        let old = try parent.open(target.name)
        // Held until the end, so that no other run puts the old folder back meanwhile.
        guard try old.lock() else { throw .stagingLost(target.path) }
        try parent.rename(target.name, to: aside)
        do {
            try parent.rename(target.stagingName(suffix), to: target.name)
            try parent.sync()
        } catch {
            // Only if the new folder did not arrive: what stands at the target is otherwise the new one.
            if try parent.kind(of: target.name) == nil { try parent.rename(aside, to: target.name) }
            throw error
        }
        do {
            try parent.remove(aside)
            return nil
        } catch {
            return parent.path(of: aside)
        }
    }
}

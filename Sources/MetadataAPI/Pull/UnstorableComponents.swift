extension RetrieveResult {
    /// Returns the components of which the archive has a file that no file system can store.
    public func unstorable(in archive: ZipArchive) -> [LeftOut] {
        let paths = archive.unstorablePaths
        guard !paths.isEmpty else { return [] }
        return files.compactMap { file in
            guard let type = file.type, let name = file.fileName else { return nil }
            let root = EntryPath.archiveRoot + "/"
            let path = name.hasPrefix(root) ? String(name.dropFirst(root.count)) : name
            return paths.contains(path) ? LeftOut(type, file.fullName, .pathTooLong) : nil
        }
    }
}

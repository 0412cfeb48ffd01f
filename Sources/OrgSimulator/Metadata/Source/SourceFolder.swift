import FileSystem
import Foundation

/// A file of the source folder, read once when the folder is loaded.
struct SourceFile: Sendable {
    /// The path below the package directory, split at `/`.
    var segments: [String]
    /// The path below the source folder, for messages.
    var shownPath: String
    var bytes: [UInt8]

    var name: String { segments.last ?? "" }

    /// Whether it is a file of editors or the Salesforce CLI, which is expected beside metadata.
    var belongsToTools: Bool {
        switch segments.count {
        case 1: ["package.xml", "sfdx-project.json"].contains(name) || name.hasPrefix("destructiveChanges")
        default: segments.suffix(2).first == "lwc" && ["jsconfig.json", "tsconfig.json"].contains(name)
        }
    }
}

/// A folder on disk with an SFDX project, plain source, or a package in the Metadata API form.
struct SourceFolder {
    /// How the files of components are arranged.
    enum Form: Sendable {
        /// The source form: decomposed objects, and `-meta.xml` on every XML file.
        case source
        /// The form of a retrieved archive: `package.xml` beside the type directories.
        case metadataAPI
    }

    /// The members of `sfdx-project.json` that are used. The Salesforce CLI defines their names.
    private struct Project: Decodable {
        struct PackageDirectory: Decodable { var path: String }
        var packageDirectories: [PackageDirectory]
        var sourceBehaviorOptions: [String]?
    }

    private enum Kind { case file, directory, link, other }

    /// The limits of a folder. They are far above any project that an org accepts.
    struct Limits: Sendable {
        /// The maximum size of one file in bytes. A larger file is not served.
        var fileBytes = 64 << 20
        /// The maximum total size of the files that belong to a metadata type, in bytes. A larger folder is rejected.
        var folderBytes = 512 << 20
        /// The maximum number of files and folders. A folder with more is rejected.
        var entries = 500_000

        static let standard = Limits()
    }

    let form: Form
    /// Sorted by path.
    private(set) var claims: [SourceClaim] = []
    /// The files that are not read, with the reasons.
    private(set) var skipped: [SourceProblem] = []
    /// The files that belong to no known type.
    private(set) var unknown: [SourceProblem] = []
    /// The `package.xml` of a package in the Metadata API form.
    private(set) var manifest: SourceFile?
    private let root: String
    private let rules: IgnoreRules
    private let classifier: SourceClassifier
    private let limits: Limits
    private var claimedBytes = 0
    private var seenEntries = 0

    /// Reads the whole folder. Problems with single files are in ``skipped``.
    ///
    /// - Throws: ``SourceFolderError`` if the folder as a whole cannot be served.
    init(path: String, registry: MetadataRegistry, limits: Limits = .standard) throws(SourceFolderError) {
        let top = URL(fileURLWithPath: path, isDirectory: true).standardizedFileURL.path
        try Self.checkIsFolder(top, named: path)
        root = top
        self.limits = limits
        let ignored = try Self.hasFile(".forceignore", in: top) ? Self.bytes(of: "\(top)/.forceignore", limits) : []
        rules = IgnoreRules(String(decoding: ignored ?? [], as: UTF8.self))
        let isProject = try Self.hasFile("sfdx-project.json", in: top)
        let package = isProject ? nil : try Self.package(in: top)
        form = package == nil ? .source : .metadataAPI
        classifier = SourceClassifier(registry: registry, form: form)
        let directories = try isProject ? packageDirectories() : [package ?? ""]
        for directory in directories {
            try collect(packageDirectory: directory == "." ? "" : directory)
        }
    }

    /// - Parameter path: The path below the folder; empty for the folder itself.
    private mutating func collect(packageDirectory path: String) throws(SourceFolderError) {
        // The package directory of the Metadata API form contains the manifest, so the rules do not apply to it.
        if form == .source, rules.ignores(path, isDirectory: true) { return }
        let scope = path.split(separator: "/").reduce(rules.scope) { $0.entering(String($1)) }
        try collect(path.isEmpty ? root : "\(root)/\(path)", below: path, segments: [], scope)
    }

    private static func checkIsFolder(_ path: String, named name: String) throws(SourceFolderError) {
        switch (try? FileStatus(of: path))?.kind {
        case .directory?: break
        case nil: throw .missing(name, "there is no such folder")
        case .regularFile?, .symbolicLink?, .other?: throw .missing(name, "this is not a folder")
        }
        // The kernel generates the files of these folders while they are read, and some are endless.
        let place = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        guard !["/proc", "/sys", "/dev"].contains(where: { place == $0 || place.hasPrefix($0 + "/") }) else {
            throw .missing(name, "this is a virtual folder of the operating system")
        }
    }

    /// Returns the folder of a `package.xml`, relative to `top`: `top` itself or a usual folder for packages in it.
    private static func package(in top: String) throws(SourceFolderError) -> String? {
        if try hasFile("package.xml", in: top) { return "" }
        for name in ["src", "unpackaged"] where kind(of: "\(top)/\(name)") == .directory {
            if try hasFile("package.xml", in: "\(top)/\(name)") { return name }
        }
        return nil
    }

    private static func hasFile(_ name: String, in folder: String) throws(SourceFolderError) -> Bool {
        switch kind(of: "\(folder)/\(name)") {
        case nil: return false
        case .file?: return true
        case .directory?: throw .file(name, "a folder, not a file")
        case .link?: throw .file(name, "a symbolic link, which is not followed")
        case .other?: throw .file(name, "neither a file nor a folder")
        }
    }

    /// Returns the kind of a file. For a link, it is the link's, not the target's.
    private static func kind(of path: String) -> Kind? {
        switch (try? FileStatus(of: path, followsLinks: false))?.kind {
        case .regularFile: .file
        case .directory: .directory
        case .symbolicLink: .link
        case .other: .other
        case nil: nil
        }
    }

    /// Returns the package directories of the project file that exist. A missing one is only noted, unless all are
    /// missing.
    ///
    /// - Throws: ``SourceFolderError`` if the file is not valid, all directories are missing, or one is not in the project.
    private mutating func packageDirectories() throws(SourceFolderError) -> [String] {
        let name = "sfdx-project.json"
        let project: Project
        do {
            project = try JSONDecoder().decode(
                Project.self, from: Data(Self.bytes(of: "\(root)/\(name)", limits) ?? []))
        } catch {
            throw .file(name, "not a project file: it must have packageDirectories, each with a path")
        }
        for option in project.sourceBehaviorOptions ?? [] {
            skipped.append(
                SourceProblem(
                    file: name,
                    reason:
                        "sourceBehaviorOptions \(option) is not supported: the files that it splits off are not served")
            )
        }
        var paths: Set<String> = []
        var missing: [SourceProblem] = []
        var problems: [SourceProblem] = []
        for directory in project.packageDirectories {
            let segments = directory.path.split(separator: "/").filter { $0 != "." }.map(String.init)
            let path = segments.isEmpty ? "." : segments.joined(separator: "/")
            if segments.contains("..") || directory.path.hasPrefix("/") {
                problems.append(
                    SourceProblem(
                        file: name, reason: "the package directory '\(directory.path)' is outside the project"))
            } else if isBehindLink(segments) {
                problems.append(
                    SourceProblem(
                        file: name,
                        reason: "the package directory '\(path)' is a link or is reached through one"))
            } else if Self.isDirectory(segments.isEmpty ? root : "\(root)/\(path)") {
                paths.insert(path)
            } else {
                missing.append(SourceProblem(file: name, reason: "the package directory '\(path)' does not exist"))
            }
        }
        guard problems.isEmpty, !paths.isEmpty || missing.isEmpty else {
            throw SourceFolderError(problems: problems + missing)
        }
        skipped += missing
        // Directories inside another package directory are collected with it.
        return paths.sorted().filter { path in
            !paths.contains { $0 != path && ($0 == "." || path.hasPrefix($0 + "/")) }
        }
    }

    /// Whether the path contains a link. Links are not followed, because they may lead out of the project.
    private func isBehindLink(_ segments: [String]) -> Bool {
        var path = root
        for segment in segments {
            path += "/" + segment
            if Self.kind(of: path) == .link { return true }
        }
        return false
    }

    /// Collects the files of a directory. Hidden files and directories are skipped, as by the Salesforce CLI.
    private mutating func collect(
        _ directory: String, below shown: String, segments: [String], _ scope: IgnoreRules.Scope
    ) throws(SourceFolderError) {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: directory) else {
            skipped.append(SourceProblem(file: shown.isEmpty ? "." : shown, reason: "the folder cannot be read"))
            return
        }
        seenEntries += names.count
        guard seenEntries <= limits.entries else {
            throw .file(shown.isEmpty ? "." : shown, "there are more than \(limits.entries) files and folders")
        }
        for name in names.sorted() where !name.hasPrefix(".") {
            let path = "\(directory)/\(name)"
            let shownPath = shown.isEmpty ? name : "\(shown)/\(name)"
            let status = try? FileStatus(of: path, followsLinks: false)
            if scope.ignores(name, isDirectory: status?.kind == .directory) { continue }
            switch status?.kind {
            case .directory?:
                try collect(path, below: shownPath, segments: segments + [name], scope.entering(name))
            case .regularFile?:
                try add(
                    path, SourceFile(segments: segments + [name], shownPath: shownPath, bytes: []), status?.size ?? 0)
            case .symbolicLink?: skip(shownPath, "a symbolic link, which is not followed")
            case .other?: skip(shownPath, "neither a file nor a folder")
            case nil: skip(shownPath, "the file cannot be read")
            }
        }
    }

    private mutating func skip(_ file: String, _ reason: String) {
        skipped.append(SourceProblem(file: file, reason: reason))
    }

    /// Reads the file if it belongs to a type.
    private mutating func add(_ path: String, _ file: SourceFile, _ size: Int) throws(SourceFolderError) {
        let isManifest = form == .metadataAPI && file.segments == ["package.xml"]
        var claim = isManifest ? nil : classifier.claim(file)
        guard claim != nil || isManifest else {
            guard !file.belongsToTools else { return }
            unknown.append(SourceProblem(file: file.shownPath, reason: "belongs to no known metadata type"))
            return
        }
        guard size <= limits.fileBytes else {
            return skip(file.shownPath, "is not served: it is larger than \(limits.fileBytes >> 20) MB")
        }
        claimedBytes += size
        guard claimedBytes <= limits.folderBytes else {
            throw .file(file.shownPath, "the folder exceeds \(limits.folderBytes >> 20) MB of metadata with this file")
        }
        guard let content = Self.bytes(of: path, limits) else {
            return skip(file.shownPath, "the file cannot be read")
        }
        claim?.file.bytes = content
        if let claim { claims.append(claim) }
        if isManifest {
            manifest = file
            manifest?.bytes = content
        }
    }

    private static func isDirectory(_ path: String) -> Bool { (try? FileStatus(of: path))?.kind == .directory }

    /// - Returns: `nil` if the file cannot be read or exceeds the limit.
    private static func bytes(of path: String, _ limits: Limits) -> [UInt8]? {
        guard let status = try? FileStatus(of: path, followsLinks: false), status.kind == .regularFile,
            status.size <= limits.fileBytes
        else { return nil }
        // Files that the kernel generates while they are read have no size.
        if status.size == 0 { return [] }
        return FileManager.default.contents(atPath: path).map { [UInt8]($0) }
    }
}

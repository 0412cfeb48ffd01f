import Foundation

/// One file of the source folder, read once when the folder is loaded.
struct SourceFile: Sendable {
    /// Below the package directory, split at `/`.
    var segments: [String]
    /// Below the source folder; for messages.
    var shownPath: String
    var bytes: [UInt8]

    var name: String { segments.last ?? "" }
}

/// A folder on disk that holds an SFDX project, plain source, or a package in the Metadata API form.
struct SourceFolder {
    enum Form: Sendable {
        /// Decomposed objects, `-meta.xml` on every XML file.
        case source
        /// What a retrieved archive holds: `package.xml` beside the type directories.
        case metadataAPI
    }

    private struct Project: Decodable {
        struct PackageDirectory: Decodable { var path: String }
        var packageDirectories: [PackageDirectory]
        var sourceBehaviorOptions: [String]?
    }

    let form: Form
    /// Sorted by path.
    private(set) var files: [SourceFile] = []
    /// Links and other things that are neither file nor directory.
    private(set) var skipped: [SourceProblem] = []
    private let root: URL
    private let rules: IgnoreRules

    init(path: String) throws(SourceProblem) {
        root = URL(fileURLWithPath: path, isDirectory: true).standardizedFileURL
        guard Self.isDirectory(root) else { throw SourceProblem(file: path, reason: "there is no such folder") }
        let ignored = root.appending(path: ".forceignore")
        rules = IgnoreRules(try Self.hasFile(ignored) ? Self.text(ignored) ?? "" : "")
        let projectFile = root.appending(path: "sfdx-project.json")
        if try Self.hasFile(projectFile) {
            form = .source
            for directory in try Self.packageDirectories(projectFile) {
                let url = directory == "." ? root : root.appending(path: directory, directoryHint: .isDirectory)
                try Self.checkForLinks(directory, below: root)
                guard Self.isDirectory(url) else {
                    throw SourceProblem(
                        file: "sfdx-project.json", reason: "the package directory '\(directory)' does not exist")
                }
                try collect(url, below: directory == "." ? "" : directory, segments: [])
            }
        } else {
            let manifest = root.appending(path: "package.xml")
            form = try Self.hasFile(manifest) ? .metadataAPI : .source
            try collect(root, below: "", segments: [])
        }
    }

    /// Links are not followed: they may lead out of the project.
    private static func checkForLinks(_ directory: String, below root: URL) throws(SourceProblem) {
        var url = root
        for name in directory.split(separator: "/") where name != "." {
            url = url.appending(path: String(name))
            guard kind(of: url) != .typeSymbolicLink else {
                throw SourceProblem(
                    file: "sfdx-project.json",
                    reason: "the package directory '\(directory)' is a link or is reached through one"
                )
            }
        }
    }

    private static func hasFile(_ url: URL) throws(SourceProblem) -> Bool {
        switch kind(of: url) {
        case nil: return false
        case .typeRegular?: return true
        case .typeDirectory?: throw SourceProblem(file: url.lastPathComponent, reason: "a folder, not a file")
        case .typeSymbolicLink?:
            throw SourceProblem(file: url.lastPathComponent, reason: "a symbolic link, which is not followed")
        default: throw SourceProblem(file: url.lastPathComponent, reason: "neither a file nor a folder")
        }
    }

    /// Of a link itself, not of what it leads to.
    private static func kind(of url: URL) -> FileAttributeType? {
        (try? FileManager.default.attributesOfItem(atPath: url.path))?[.type] as? FileAttributeType
    }

    private static func packageDirectories(_ file: URL) throws(SourceProblem) -> [String] {
        let project: Project
        do {
            project = try JSONDecoder().decode(Project.self, from: Data(contentsOf: file))
        } catch {
            throw SourceProblem(
                file: "sfdx-project.json", reason: "not a project file: it needs packageDirectories with a path each")
        }
        if let options = project.sourceBehaviorOptions, !options.isEmpty {
            throw SourceProblem(
                file: "sfdx-project.json",
                reason: "sourceBehaviorOptions is not supported (\(options.joined(separator: ", "))); "
                    + "convert the source to the default layout")
        }
        var paths: [String] = []
        for directory in project.packageDirectories {
            let segments = directory.path.split(separator: "/").filter { $0 != "." }
            guard !segments.contains(".."), !directory.path.hasPrefix("/") else {
                throw SourceProblem(
                    file: "sfdx-project.json",
                    reason: "the package directory '\(directory.path)' is outside the project")
            }
            paths.append(segments.isEmpty ? "." : segments.joined(separator: "/"))
        }
        // A directory inside another one is already covered by it.
        return Set(paths).sorted().filter { path in
            !paths.contains { $0 != path && ($0 == "." || path.hasPrefix($0 + "/")) }
        }
    }

    /// Hidden files and directories are left out, as the Salesforce CLI does.
    private mutating func collect(_ directory: URL, below shown: String, segments: [String]) throws(SourceProblem) {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        } catch {
            throw SourceProblem(file: shown.isEmpty ? "." : shown, reason: "the folder cannot be read")
        }
        for name in names.sorted() where !name.hasPrefix(".") {
            let url = directory.appending(path: name)
            let path = shown.isEmpty ? name : "\(shown)/\(name)"
            let kind = Self.kind(of: url)
            if rules.ignores(path, isDirectory: kind == .typeDirectory) { continue }
            switch kind {
            case .typeDirectory: try collect(url, below: path, segments: segments + [name])
            case .typeRegular: try add(url, shownPath: path, segments: segments + [name])
            default: skipped.append(SourceProblem(file: path, reason: "neither a file nor a folder"))
            }
        }
    }

    private mutating func add(_ url: URL, shownPath: String, segments: [String]) throws(SourceProblem) {
        guard let data = try? Data(contentsOf: url) else {
            throw SourceProblem(file: shownPath, reason: "the file cannot be read")
        }
        files.append(SourceFile(segments: segments, shownPath: shownPath, bytes: [UInt8](data)))
    }

    private static func isDirectory(_ url: URL) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory) && isDirectory.boolValue
    }

    private static func text(_ url: URL) -> String? {
        (try? Data(contentsOf: url)).map { String(decoding: $0, as: UTF8.self) }
    }
}

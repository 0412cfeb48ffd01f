import FileSystem
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

    private enum Kind { case file, directory, link, other }

    let form: Form
    /// Sorted by path.
    private(set) var files: [SourceFile] = []
    /// What is not read, with the reason.
    private(set) var skipped: [SourceProblem] = []
    private let root: String
    private let rules: IgnoreRules

    init(path: String) throws(SourceRefusal) {
        let top = URL(fileURLWithPath: path, isDirectory: true).standardizedFileURL.path
        guard Self.isDirectory(top) else { throw .file(path, "there is no such folder") }
        root = top
        rules = IgnoreRules(try Self.hasFile(".forceignore", in: top) ? Self.text(top + "/.forceignore") ?? "" : "")
        if try Self.hasFile("sfdx-project.json", in: top) {
            form = .source
            for directory in try packageDirectories() {
                let isAll = directory == "."
                if !isAll, rules.ignores(directory, isDirectory: true) { continue }
                collect(isAll ? top : "\(top)/\(directory)", below: isAll ? "" : directory, segments: [])
            }
        } else if let package = try Self.package(in: top) {
            form = .metadataAPI
            collect(package.isEmpty ? top : "\(top)/\(package)", below: package, segments: [])
        } else {
            form = .source
            collect(top, below: "", segments: [])
        }
    }

    /// The folder that a `package.xml` is in: the one given, or the one that is usual for packages in it.
    private static func package(in top: String) throws(SourceRefusal) -> String? {
        if try hasFile("package.xml", in: top) { return "" }
        for name in ["src", "unpackaged"] where kind(of: "\(top)/\(name)") == .directory {
            if try hasFile("package.xml", in: "\(top)/\(name)") { return name }
        }
        return nil
    }

    private static func hasFile(_ name: String, in folder: String) throws(SourceRefusal) -> Bool {
        switch kind(of: "\(folder)/\(name)") {
        case nil: return false
        case .file?: return true
        case .directory?: throw .file(name, "a folder, not a file")
        case .link?: throw .file(name, "a symbolic link, which is not followed")
        case .other?: throw .file(name, "neither a file nor a folder")
        }
    }

    /// Of a link itself, not of what it leads to.
    private static func kind(of path: String) -> Kind? {
        switch (try? FileStatus(of: path, followsLinks: false))?.kind {
        case .regularFile: .file
        case .directory: .directory
        case .symbolicLink: .link
        case .other: .other
        case nil: nil
        }
    }

    /// Those of the project file that exist. One that does not is only noted, unless there is no other.
    private mutating func packageDirectories() throws(SourceRefusal) -> [String] {
        let name = "sfdx-project.json"
        let project: Project
        do {
            project = try JSONDecoder().decode(
                Project.self, from: Data(contentsOf: URL(fileURLWithPath: "\(root)/\(name)")))
        } catch {
            throw .file(name, "not a project file: it needs packageDirectories with a path each")
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
            throw SourceRefusal(problems: problems + missing)
        }
        skipped += missing
        // A directory inside another one is already covered by it.
        return paths.sorted().filter { path in
            !paths.contains { $0 != path && ($0 == "." || path.hasPrefix($0 + "/")) }
        }
    }

    /// Links are not followed: they may lead out of the project.
    private func isBehindLink(_ segments: [String]) -> Bool {
        var path = root
        for segment in segments {
            path += "/" + segment
            if Self.kind(of: path) == .link { return true }
        }
        return false
    }

    /// Hidden files and directories are left out, as the Salesforce CLI does.
    private mutating func collect(_ directory: String, below shown: String, segments: [String]) {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: directory) else {
            skipped.append(SourceProblem(file: shown.isEmpty ? "." : shown, reason: "the folder cannot be read"))
            return
        }
        for name in names.sorted() where !name.hasPrefix(".") {
            let path = "\(directory)/\(name)"
            let shownPath = shown.isEmpty ? name : "\(shown)/\(name)"
            let kind = Self.kind(of: path)
            if rules.ignoresEntry(shownPath, isDirectory: kind == .directory) { continue }
            switch kind {
            case .directory?: collect(path, below: shownPath, segments: segments + [name])
            case .file?: add(path, shownPath: shownPath, segments: segments + [name])
            case .link?, .other?, nil:
                skipped.append(SourceProblem(file: shownPath, reason: "neither a file nor a folder"))
            }
        }
    }

    private mutating func add(_ path: String, shownPath: String, segments: [String]) {
        guard let data = FileManager.default.contents(atPath: path) else {
            skipped.append(SourceProblem(file: shownPath, reason: "the file cannot be read"))
            return
        }
        files.append(SourceFile(segments: segments, shownPath: shownPath, bytes: [UInt8](data)))
    }

    private static func isDirectory(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }

    private static func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
}

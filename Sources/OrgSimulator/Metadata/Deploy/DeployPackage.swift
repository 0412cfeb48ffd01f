/// The content of a deployment's archive: the files of the components that `package.xml` names.
///
/// The texts of its problems, except for a missing `package.xml`, are the simulator's, or written from memory of real
/// orgs.
struct DeployPackage: Sendable {
    /// A file to deploy.
    struct Component: Sendable {
        var type: String
        var fullName: String
        /// The path in the archive.
        var path: String
        var bytes: [UInt8]
    }

    /// Sorted so that a component comes before those that refer to it.
    private(set) var components: [Component] = []
    /// If there is any, nothing is deployed.
    private(set) var problems: [DeployMessage] = []
    /// The path of `package.xml` in the archive; `nil` if there is none, or if it cannot be read.
    private(set) var manifestPath: String?

    /// The supported types. Components may refer to components of types earlier in this list.
    private static let types = ["PermissionSet", AppType.connectedApp] + AppType.externalClientApp

    /// - Throws: ``ZIPReader/Failure`` if the archive cannot be read. All other problems are in ``problems``.
    init(_ request: DeployRequest) throws(ZIPReader.Failure) {
        let entries = try ZIPReader.entries(of: request.archive)
        guard let root = Self.root(of: entries.map(\.path), isSinglePackage: request.options.isSinglePackage) else {
            problems = [.packageMissing]
            return
        }
        var members: [String: Set<String>] = [:]
        for entry in entries {
            guard entry.path != root + "package.xml" else {
                readManifest(entry, into: &members)
                continue
            }
            read(entry, below: root)
        }
        compare(with: members, allowsMissingFiles: request.options.allowsMissingFiles)
        components.sort { (Self.rank($0), $0.fullName) < (Self.rank($1), $1.fullName) }
    }

    /// Returns the folder of the package with a trailing slash, or an empty text if the package is at the top. `nil` if
    /// there is no `package.xml`, or if several folders have one.
    private static func root(of paths: [String], isSinglePackage: Bool) -> String? {
        if paths.contains("package.xml") { return "" }
        guard !isSinglePackage else { return nil }
        let folders = paths.filter { $0.hasSuffix("/package.xml") && $0.split(separator: "/").count == 2 }
        return folders.count == 1 ? String(folders[0].dropLast("package.xml".count)) : nil
    }

    private static func rank(_ component: Component) -> Int { types.firstIndex(of: component.type) ?? types.count }

    private mutating func readManifest(_ entry: ZIPReader.Entry, into members: inout [String: Set<String>]) {
        let file: DeployedXML
        do {
            file = try DeployedXML(entry.content, type: "Package")
            for types in try file.parts("types") {
                members[try types.required("name"), default: []].formUnion(types.texts("members") ?? [])
            }
            manifestPath = entry.path
        } catch {
            problems.append(.package(error))
        }
        for type in members.keys.sorted() where !Self.types.contains(type) {
            problems.append(.package(.synthetic("The simulator deploys only apps and permission sets, not \(type)")))
        }
    }

    private mutating func read(_ entry: ZIPReader.Entry, below root: String) {
        let path = String(entry.path.dropFirst(root.count))
        let segments = path.split(separator: "/")
        let types = segments.count == 2 ? MetadataRegistry.standard.types(inDirectory: String(segments[0])) : []
        let type = types.first { type in
            Self.types.contains(type.xmlName) && segments[1].hasSuffix(".\(type.suffix ?? "")")
        }
        guard entry.path.hasPrefix(root), let type, let suffix = type.suffix else {
            problems.append(
                DeployMessage(
                    componentType: "", fileName: entry.path, fullName: path,
                    problem: .synthetic("The simulator deploys only apps and permission sets; this file is neither")))
            return
        }
        components.append(
            Component(
                type: type.xmlName, fullName: String(segments[1].dropLast(suffix.count + 1)), path: entry.path,
                bytes: entry.content))
    }

    /// Checks that the archive and the manifest have the same components.
    private mutating func compare(with members: [String: Set<String>], allowsMissingFiles: Bool) {
        for (type, names) in members.sorted(by: { $0.key < $1.key }) where Self.types.contains(type) {
            let present = Set(components.filter { $0.type == type }.map(\.fullName))
            for name in names.subtracting(present).subtracting(["*"]).sorted() where !allowsMissingFiles {
                problems.append(
                    .package(
                        .synthetic(
                            "An object '\(name)' of type \(type) was named in package.xml, but was not found in zipped "
                                + "directory")))
            }
        }
        for component in components {
            let names = members[component.type] ?? []
            guard !names.contains(component.fullName), !names.contains("*") else { continue }
            problems.append(
                DeployMessage(
                    componentType: component.type, fileName: component.path, fullName: component.fullName,
                    problem: .synthetic("The file is not in package.xml")))
        }
    }
}

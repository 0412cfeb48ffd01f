import Foundation

/// Builds the components of the org from the files of a source folder.
///
/// XML that the source form splits is merged; all other files are served unchanged. If several files provide the same
/// file or child of a component, the first by path is served, and the others are noted unless
/// they are identical.
struct ComponentAssembly {
    /// The date in archives of unpacked static resources. It is fixed, so that the archives are reproducible.
    static let archiveDate = Date(timeIntervalSince1970: 1_577_836_800)

    var form: SourceFolder.Form
    /// The differences between the files and what is served, in the order in which they are found.
    private(set) var notes: [SourceProblem] = []

    init(form: SourceFolder.Form) { self.form = form }

    /// Returns the component that the claimed files make up.
    ///
    /// - Parameter claims: All claims of one component, in path order; not empty.
    /// - Returns: `nil` if a required file is missing or invalid; the reason is noted.
    mutating func component(from claims: [SourceClaim]) -> MetadataComponent? {
        do {
            return try assembled(claims)
        } catch {
            notes.append(error)
            return nil
        }
    }

    /// Adds a note. The reason follows the path and a colon; see ``SourceProblem/reason``.
    mutating func note(_ file: String, _ reason: String) {
        notes.append(SourceProblem(file: file, reason: reason))
    }

    private mutating func assembled(_ claims: [SourceClaim]) throws(SourceProblem) -> MetadataComponent? {
        let first = claims[0]
        if first.isFolder { return try folder(claims) }
        switch first.type.layout {
        case .plain: return try plain(claims)
        case .content, .document: return try pair(claims)
        case .bundle: return MetadataComponent(type: first.type, fullName: first.fullName, files: members(claims))
        case .site: return try site(claims)
        case .staticResource: return try staticResource(claims)
        case .decomposed: return form == .source ? decomposed(claims) : try plain(claims)
        }
    }

    private mutating func folder(_ claims: [SourceClaim]) throws(SourceProblem) -> MetadataComponent {
        let definition = try checkedDefinition(claims)
        let path = Self.folderPath(claims[0].type, claims[0].fullName)
        let file = ServedFile(path: path, bytes: definition.bytes, isCompanion: true)
        return MetadataComponent(type: claims[0].type, fullName: claims[0].fullName, isFolder: true, files: [file])
    }

    /// Builds a component of one XML file, which is served unchanged. If the type is a list, several files are merged.
    private mutating func plain(_ claims: [SourceClaim]) throws(SourceProblem) -> MetadataComponent? {
        let type = claims[0].type
        if type.isMergeable, claims.contains(where: { $0.file.bytes != claims[0].file.bytes }) { return merged(claims) }
        let definition = try definition(claims)
        let file = ServedFile(path: Self.path(claims[0], definition), bytes: definition.bytes)
        let component = MetadataComponent(type: type, fullName: claims[0].fullName, files: [file])
        guard !type.children.isEmpty else {
            try Self.check(definition)
            noteRoot(definition, of: claims[0])
            return component
        }
        let tree = try Self.parse(definition)
        noteRoot(definition, of: claims[0])
        return withParts(component, tree, definition)
    }

    /// Builds a component of a content file and the XML file beside it.
    private mutating func pair(_ claims: [SourceClaim]) throws(SourceProblem) -> MetadataComponent {
        let (definition, content) = try definitionAndContent(claims)
        var fullName = claims[0].fullName
        var path = Self.path(claims[0], definition)
        if claims[0].type.layout == .document {
            let ending = content.name.dropFirst(SourceClassifier.withoutExtension(content.name).count)
            fullName += ending
            path = "\(claims[0].type.directory)/\(fullName)"
        }
        return MetadataComponent(
            type: claims[0].type, fullName: fullName,
            files: [
                ServedFile(path: path, bytes: content.bytes),
                ServedFile(
                    path: path + SourceClassifier.companionSuffix, bytes: definition.bytes, isCompanion: true),
            ])
    }

    private mutating func site(_ claims: [SourceClaim]) throws(SourceProblem) -> MetadataComponent {
        let definition = try definition(claims)
        let companion = ServedFile(
            path: Self.path(claims[0], definition) + SourceClassifier.companionSuffix, bytes: definition.bytes)
        let files = [companion] + members(claims.filter(\.isMember))
        return MetadataComponent(
            type: claims[0].type, fullName: claims[0].fullName, files: files.sorted { $0.path < $1.path })
    }

    private mutating func staticResource(_ claims: [SourceClaim]) throws(SourceProblem) -> MetadataComponent {
        let unpacked = claims.filter(\.isMember)
        let definition: SourceFile
        let content: [UInt8]
        if unpacked.isEmpty {
            let pair = try definitionAndContent(claims)
            (definition, content) = (pair.definition, pair.content.bytes)
        } else {
            definition = try checkedDefinition(claims)
            content = try Self.archive(members(unpacked), unpacked[0])
            for packed in claims where packed.isContent {
                note(
                    packed.file.shownPath,
                    "is not served: the folder with \(unpacked[0].file.shownPath) is the same static resource")
            }
        }
        let path = Self.path(claims[0], definition)
        return MetadataComponent(
            type: claims[0].type, fullName: claims[0].fullName,
            files: [
                ServedFile(path: path, bytes: content),
                ServedFile(
                    path: path + SourceClassifier.companionSuffix, bytes: definition.bytes, isCompanion: true),
            ])
    }

    private static func archive(_ members: [ServedFile], _ claim: SourceClaim) throws(SourceProblem) -> [UInt8] {
        let root = "\(claim.type.directory)/\(claim.fullName)/"
        do {
            return try ZIPArchive.pack(
                members.map { (String($0.path.dropFirst(root.count)), $0.bytes) }, date: archiveDate)
        } catch {
            throw SourceProblem(file: claim.file.shownPath, reason: error.description)
        }
    }

    /// Returns the files of a bundle, a site or an unpacked static resource, sorted by path.
    private mutating func members(_ claims: [SourceClaim]) -> [ServedFile] {
        var seen: [String: SourceFile] = [:]
        var files: [ServedFile] = []
        for claim in claims {
            guard case .member(let path) = claim.role else { continue }
            if let first = seen[path] {
                noteDuplicate(claim.file, first)
                continue
            }
            seen[path] = claim.file
            if let first = claims.first, first.root != claim.root {
                note(claim.file.shownPath, "is served as a part of \(first.root), which is another folder")
            }
            files.append(
                ServedFile(path: "\(claim.type.directory)/\(claim.fullName)/\(path)", bytes: claim.file.bytes))
        }
        return files.sorted { $0.path < $1.path }
    }

    private mutating func definitionAndContent(
        _ claims: [SourceClaim]
    ) throws(SourceProblem) -> (definition: SourceFile, content: SourceFile) {
        let definition = try checkedDefinition(claims)
        guard let content = first(claims.filter(\.isContent)) else {
            throw SourceProblem(file: definition.shownPath, reason: "is not served: there is no content file beside it")
        }
        return (definition, content)
    }

    /// Returns the XML of the component.
    private mutating func definition(_ claims: [SourceClaim]) throws(SourceProblem) -> SourceFile {
        guard let definition = first(claims.filter(\.isDefinition)) else {
            throw SourceProblem(
                file: claims[0].file.shownPath, reason: "is not served: there is no -meta.xml file beside it")
        }
        return definition
    }

    /// Returns the XML of the component after checking that it is well-formed. Notes a wrong root element.
    private mutating func checkedDefinition(_ claims: [SourceClaim]) throws(SourceProblem) -> SourceFile {
        let definition = try definition(claims)
        try Self.check(definition)
        noteRoot(definition, of: claims[0])
        return definition
    }

    /// Notes a wrong root element. A deployment of such a file would fail.
    private mutating func noteRoot(_ file: SourceFile, of claim: SourceClaim) {
        let root = XMLRoot(file.bytes)
        let expected = claim.isFolder ? claim.type.folderType ?? claim.type.xmlName : claim.type.xmlName
        // `Account.settings` has the root `AccountSettings`.
        let isExpected = expected == "Settings" ? root.name.hasSuffix(expected) : root.name == expected
        if !isExpected {
            note(file.shownPath, "is served as it is, but the root element is <\(root.name)>, not <\(expected)>")
        } else if !root.names(Self.metadataNamespace) {
            note(file.shownPath, "is served as it is, but the root element is not in the namespace of the Metadata API")
        }
    }

    /// Returns the file of the first claim, and notes the other ones. `nil` if there is no claim.
    private mutating func first(_ claims: [SourceClaim]) -> SourceFile? {
        for second in claims.dropFirst() { noteDuplicate(second.file, claims[0].file) }
        return claims.first?.file
    }

    /// Notes a file that is not served because of another one. Identical copies are not noted.
    private mutating func noteDuplicate(_ file: SourceFile, _ first: SourceFile) {
        guard file.bytes != first.bytes else { return }
        note(file.shownPath, "is not served: \(first.shownPath) provides the same file and comes first")
    }

    static func parse(_ file: SourceFile) throws(SourceProblem) -> XMLTree {
        do { return try XMLTree.parse(file.bytes) } catch { throw unreadable(file, error) }
    }

    /// Checks the XML of a component without children, which is served unchanged.
    private static func check(_ file: SourceFile) throws(SourceProblem) {
        do { try XMLTree.check(file.bytes) } catch { throw unreadable(file, error) }
    }

    private static func unreadable(_ file: SourceFile, _ refusal: XMLTreeError) -> SourceProblem {
        SourceProblem(file: file.shownPath, reason: "is not served: \(refusal.description)")
    }

    /// Returns the path of the main file in an archive.
    private static func path(_ claim: SourceClaim, _ definition: SourceFile) -> String {
        let type = claim.type
        let suffix = type.suffix.map { ".\($0)" } ?? ""
        if SourceClassifier.keepsDirectories(type),
            let index = definition.segments.lastIndex(of: type.directory)
        {
            let kept = definition.segments[index...].joined(separator: "/")
            return SourceClassifier.withoutCompanionSuffix(kept) ?? kept
        }
        return "\(type.directory)/\(claim.fullName)\(suffix)"
    }
}

extension MetadataType {
    /// Whether a component can be divided among several package directories, because its file is a list.
    fileprivate var isMergeable: Bool { !children.isEmpty || xmlName == "Translations" }
}

extension SourceClaim {
    var isDefinition: Bool { if case .definition = role { true } else { false } }
    var isContent: Bool { if case .content = role { true } else { false } }
    var isMember: Bool { if case .member = role { true } else { false } }
}

extension SourceClaim {
    /// For messages: the directory of the bundle, site or unpacked static resource that the member belongs to.
    fileprivate var root: String {
        guard case .member(let path) = role else { return file.shownPath }
        return String(file.shownPath.dropLast(path.count + 1))
    }
}

// MARK: Unique names, and folders

extension ComponentAssembly {
    /// Removes components whose names differ from an earlier one's only in case.
    mutating func withoutClashes(_ components: [MetadataComponent]) -> [MetadataComponent] {
        var first: [String: MetadataComponent] = [:]
        return components.filter { component in
            let key = "\(component.type.xmlName)/\(component.isFolder)/\(component.fullName.lowercased())"
            guard let other = first[key] else {
                first[key] = component
                return true
            }
            note(
                component.mainFile,
                "is not served: \(other.mainFile) has the same name, because an org ignores case in names")
            return false
        }
    }

    /// Returns the path of a folder's description in an archive.
    static func folderPath(_ type: MetadataType, _ fullName: String) -> String {
        "\(type.directory)/\(fullName)\(SourceClassifier.companionSuffix)"
    }

    /// Returns the folders that contain components and have no description file. An org would have them, so each is
    /// served with a generated description. `unfiled$public`, the folder for components without a folder, has no
    /// description in an org either.
    mutating func missingFolders(of components: [MetadataComponent]) -> [MetadataComponent] {
        var known = Set(components.filter(\.isFolder).map { "\($0.type.xmlName)/\($0.fullName)" })
        var missing: [MetadataComponent] = []
        for component in components where component.type.inFolder {
            var folder = component.fullName[...]
            while let slash = folder.lastIndex(of: "/") {
                folder = folder[..<slash]
                guard !folder.contains("$"), known.insert("\(component.type.xmlName)/\(folder)").inserted else {
                    continue
                }
                let added = Self.folder(String(folder), of: component.type)
                note(
                    added.mainFile,
                    "has no -meta.xml file of its own, so it is served as a public folder with this name")
                missing.append(added)
            }
        }
        return missing
    }

    private static func folder(_ fullName: String, of type: MetadataType) -> MetadataComponent {
        let name = fullName.split(separator: "/").last.map(String.init) ?? fullName
        let description = XMLTree(
            type.folderType ?? type.xmlName,
            [
                XMLTree("accessType", text: "Public"), XMLTree("name", text: name),
                XMLTree("publicFolderAccess", text: "ReadWrite"),
            ], attributes: ["xmlns": metadataNamespace])
        let file = ServedFile(path: folderPath(type, fullName), bytes: description.document(), isCompanion: true)
        return MetadataComponent(type: type, fullName: fullName, isFolder: true, files: [file])
    }
}

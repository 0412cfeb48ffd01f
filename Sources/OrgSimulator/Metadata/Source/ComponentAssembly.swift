import Foundation

/// Builds the components of the org from the files of a source folder.
///
/// XML that the source form splits is merged; every other file is served byte for byte. When several files claim the same
/// thing, the first is served, in the order of their paths, and the others are noted.
struct ComponentAssembly {
    /// The date inside archives that are packed from unpacked static resources. Fixed, so that the bytes are.
    static let archiveDate = Date(timeIntervalSince1970: 1_577_836_800)

    var form: SourceFolder.Form
    /// What is not served as the files have it.
    private(set) var notes: [SourceProblem] = []

    init(form: SourceFolder.Form) { self.form = form }

    /// - Parameter claims: All claims of one component, in path order; never empty.
    /// - Returns: Nil if there is too little to serve it; the reason is noted.
    mutating func component(from claims: [SourceClaim]) -> MetadataComponent? {
        do {
            return try assembled(claims)
        } catch {
            notes.append(error)
            return nil
        }
    }

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

    /// One file as it is; several are merged if their type holds children.
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
        return named(component, tree, definition)
    }

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

    /// Sorted by path.
    private mutating func members(_ claims: [SourceClaim]) -> [ServedFile] {
        var seen: [String: SourceFile] = [:]
        var files: [ServedFile] = []
        for claim in claims {
            guard case .member(let path) = claim.role else { continue }
            if let first = seen[path] {
                noteSecond(claim.file, first)
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

    /// The XML of the component.
    private mutating func definition(_ claims: [SourceClaim]) throws(SourceProblem) -> SourceFile {
        guard let definition = first(claims.filter(\.isDefinition)) else {
            throw SourceProblem(
                file: claims[0].file.shownPath, reason: "is not served: there is no -meta.xml file beside it")
        }
        return definition
    }

    private mutating func checkedDefinition(_ claims: [SourceClaim]) throws(SourceProblem) -> SourceFile {
        let definition = try definition(claims)
        try Self.check(definition)
        noteRoot(definition, of: claims[0])
        return definition
    }

    /// A deployment of such a file would fail.
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

    private mutating func first(_ claims: [SourceClaim]) -> SourceFile? {
        for second in claims.dropFirst() { noteSecond(second.file, claims[0].file) }
        return claims.first?.file
    }

    /// Copies are no news.
    private mutating func noteSecond(_ file: SourceFile, _ first: SourceFile) {
        guard file.bytes != first.bytes else { return }
        note(file.shownPath, "is not served: \(first.shownPath) claims the same place and comes first")
    }

    static func parse(_ file: SourceFile) throws(SourceProblem) -> XMLTree {
        do { return try XMLTree.parse(file.bytes) } catch { throw unreadable(file, error) }
    }

    /// For XML that is served byte for byte, and of which nothing is named.
    private static func check(_ file: SourceFile) throws(SourceProblem) {
        do { try XMLTree.check(file.bytes) } catch { throw unreadable(file, error) }
    }

    private static func unreadable(_ file: SourceFile, _ refusal: XMLRefusal) -> SourceProblem {
        SourceProblem(file: file.shownPath, reason: "is not served: \(refusal.description)")
    }

    /// Where the main file lies in an archive.
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
    /// Its file is a list of children, so parts of it can lie in several package directories.
    fileprivate var isMergeable: Bool { !children.isEmpty || xmlName == "Translations" }
}

extension SourceClaim {
    var isDefinition: Bool { if case .definition = role { true } else { false } }
    var isContent: Bool { if case .content = role { true } else { false } }
    var isMember: Bool { if case .member = role { true } else { false } }
}

extension SourceClaim {
    /// The directory that the member is in, of a bundle, a site or an unpacked static resource. For messages.
    fileprivate var root: String {
        guard case .member(let path) = role else { return file.shownPath }
        return String(file.shownPath.dropLast(path.count + 1))
    }
}

// MARK: What an org holds once, and what it holds in any case

extension ComponentAssembly {
    /// Without those whose names differ from another one's in case only: the first counts.
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
                "is not served: \(other.mainFile) has the same name, and the names of an org ignore case")
            return false
        }
    }

    static func folderPath(_ type: MetadataType, _ fullName: String) -> String {
        "\(type.directory)/\(fullName)\(SourceClassifier.companionSuffix)"
    }

    /// The folders that components lie in and that have no file of their own. An org would have them, so each is served with
    /// a description that is made up. The folder for what is in none, `unfiled$public`, has no description in an org either.
    mutating func missingFolders(of components: [MetadataComponent]) -> [MetadataComponent] {
        var known = Set(components.filter(\.isFolder).map { "\($0.type.xmlName)/\($0.fullName)" })
        var made: [MetadataComponent] = []
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
                made.append(added)
            }
        }
        return made
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

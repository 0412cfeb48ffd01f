/// The component that a file of the source folder belongs to, and the file's role in it.
struct SourceClaim: Sendable {
    /// What a file contributes to its component.
    enum Role: Sendable {
        /// The XML of the component.
        case definition
        /// The content beside the XML.
        case content
        /// A file of a bundle, a site or an unpacked static resource, with its path below the component's directory.
        case member(path: String)
        /// One child of a decomposed component.
        case child(MetadataType.Child)
    }

    var type: MetadataType
    /// The name of the component. For documents it lacks the file extension, which is known only from the content file.
    var fullName: String
    /// Whether the component is a folder of reports, dashboards, documents or templates.
    var isFolder = false
    var role: Role
    var file: SourceFile
}

/// Determines the component of a file from its directory and suffix.
struct SourceClassifier {
    /// The end of the names of XML files that describe the file beside them or, in the source form, any component.
    static let companionSuffix = "-meta.xml"

    var registry: MetadataRegistry
    var form: SourceFolder.Form

    /// Returns the claim of a file, from its path alone. The file's content is not needed yet.
    ///
    /// - Returns: `nil` if the file belongs to no known type.
    func claim(_ file: SourceFile) -> SourceClaim? {
        for (index, directory) in file.segments.dropLast().enumerated() {
            if form == .metadataAPI, index > 0 { break }
            for type in registry.types(inDirectory: directory) where isStrict(type) || form == .metadataAPI {
                if let claim = claim(file, as: type, below: Array(file.segments.dropFirst(index + 1))) { return claim }
            }
        }
        return form == .source ? claimBySuffix(file) : nil
    }

    /// Whether files of the type are recognized by their directory, not by their suffix.
    private func isStrict(_ type: MetadataType) -> Bool {
        type.needsDirectory || type.layout == .bundle || type.inFolder
    }

    private func claimBySuffix(_ file: SourceFile) -> SourceClaim? {
        let name = Self.withoutCompanionSuffix(file.name) ?? file.name
        guard let dot = name.lastIndex(of: "."),
            let type = registry.type(withSuffix: String(name[name.index(after: dot)...])), !isStrict(type)
        else { return nil }
        let directory = file.segments.dropLast().lastIndex(of: type.directory)
        let rest = directory.map { Array(file.segments.dropFirst($0 + 1)) } ?? [file.name]
        return claim(file, as: type, below: Self.keepsDirectories(type) ? rest : [file.name])
    }

    /// - Parameter rest: The path below the type's directory, not empty.
    private func claim(_ file: SourceFile, as type: MetadataType, below rest: [String]) -> SourceClaim? {
        if let folder = folder(file, of: type, below: rest) { return folder }
        if type.inFolder, rest.count < 2 { return nil }
        switch type.layout {
        case .plain: return plain(file, type, rest)
        case .content: return pair(file, type, rest)
        case .bundle: return rest.count < 2 ? nil : member(file, type, rest)
        case .site: return rest.count < 2 ? pair(file, type, rest) : member(file, type, rest)
        case .decomposed: return form == .source ? decomposed(file, type, rest) : plain(file, type, rest)
        case .staticResource: return rest.count < 2 ? staticResource(file, type, rest) : member(file, type, rest)
        case .document: return document(file, type, rest)
        }
    }

    /// Returns the claim of a folder's description. Both names are accepted: `X-meta.xml`, `X.reportFolder-meta.xml`.
    private func folder(_ file: SourceFile, of type: MetadataType, below rest: [String]) -> SourceClaim? {
        guard let folderType = type.folderType, var name = Self.withoutCompanionSuffix(file.name) else { return nil }
        let suffix = "." + folderType.prefix(1).lowercased() + folderType.dropFirst()
        if name.hasSuffix(suffix) {
            name = String(name.dropLast(suffix.count))
        } else if name.contains(".") {
            return nil
        }
        let fullName = (rest.dropLast() + [name]).joined(separator: "/")
        return SourceClaim(type: type, fullName: fullName, isFolder: true, role: .definition, file: file)
    }

    private func plain(_ file: SourceFile, _ type: MetadataType, _ rest: [String]) -> SourceClaim? {
        guard let name = form == .source ? Self.withoutCompanionSuffix(file.name) : file.name,
            let stem = Self.stem(of: name, suffix: type.suffix)
        else { return nil }
        return SourceClaim(type: type, fullName: Self.fullName(stem, type, rest), role: .definition, file: file)
    }

    private func pair(_ file: SourceFile, _ type: MetadataType, _ rest: [String]) -> SourceClaim? {
        let companion = Self.withoutCompanionSuffix(file.name)
        guard let stem = Self.stem(of: companion ?? file.name, suffix: type.suffix) else { return nil }
        return SourceClaim(
            type: type, fullName: Self.fullName(stem, type, rest), role: companion == nil ? .content : .definition,
            file: file)
    }

    private func member(_ file: SourceFile, _ type: MetadataType, _ rest: [String]) -> SourceClaim? {
        let path = rest.dropFirst().joined(separator: "/")
        return SourceClaim(type: type, fullName: rest[0], role: .member(path: path), file: file)
    }

    private func decomposed(_ file: SourceFile, _ type: MetadataType, _ rest: [String]) -> SourceClaim? {
        guard rest.count >= 2, let name = Self.withoutCompanionSuffix(file.name) else { return nil }
        if rest.count == 2, Self.stem(of: name, suffix: type.suffix) != nil {
            return SourceClaim(type: type, fullName: rest[0], role: .definition, file: file)
        }
        let directory = rest.dropFirst().dropLast().joined(separator: "/")
        for child in type.children {
            guard let source = child.source, source.directory ?? "" == directory,
                source.suffixes.contains(where: { Self.stem(of: name, suffix: $0) != nil })
            else { continue }
            return SourceClaim(type: type, fullName: rest[0], role: .child(child), file: file)
        }
        return nil
    }

    private func staticResource(_ file: SourceFile, _ type: MetadataType, _ rest: [String]) -> SourceClaim? {
        if let name = Self.withoutCompanionSuffix(file.name) {
            guard let stem = Self.stem(of: name, suffix: type.suffix) else { return nil }
            return SourceClaim(type: type, fullName: stem, role: .definition, file: file)
        }
        return SourceClaim(type: type, fullName: Self.withoutExtension(file.name), role: .content, file: file)
    }

    private func document(_ file: SourceFile, _ type: MetadataType, _ rest: [String]) -> SourceClaim? {
        let companion = Self.withoutCompanionSuffix(file.name)
        let stem = Self.withoutExtension(companion ?? file.name)
        let fullName = (rest.dropLast() + [stem]).joined(separator: "/")
        return SourceClaim(
            type: type, fullName: fullName, role: companion == nil ? .content : .definition, file: file)
    }

    private static func fullName(_ stem: String, _ type: MetadataType, _ rest: [String]) -> String {
        if type.inFolder { return (rest.dropLast() + [stem]).joined(separator: "/") }
        if keepsDirectories(type), let model = rest.first, rest.count > 2 { return "\(model).\(stem)" }
        return stem
    }

    /// Whether the components of the type are in subdirectories in both forms, as the parts of a territory model are.
    static func keepsDirectories(_ type: MetadataType) -> Bool { type.directory == "territory2Models" }

    /// Returns the name without `-meta.xml`, or `nil` if it does not end so.
    static func withoutCompanionSuffix(_ name: String) -> String? {
        name.hasSuffix(companionSuffix) ? String(name.dropLast(companionSuffix.count)) : nil
    }

    static func withoutExtension(_ name: String) -> String {
        name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
    }

    /// Returns the name without the suffix and its dot. `nil` if it does not end so, or nothing is left.
    private static func stem(of name: String, suffix: String?) -> String? {
        guard let suffix, name.hasSuffix(".\(suffix)"), name.utf8.count > suffix.utf8.count + 1 else { return nil }
        return String(name.dropLast(suffix.count + 1))
    }
}

import Foundation

/// Builds the components of the org from the files of a source folder.
///
/// XML that the source form splits is merged; every other file is served byte for byte.
struct ComponentAssembly {
    /// The date inside archives that are packed from unpacked static resources. Fixed, so that the bytes are.
    static let archiveDate = Date(timeIntervalSince1970: 1_577_836_800)

    var form: SourceFolder.Form

    /// - Parameter claims: All claims of one component, in path order; never empty.
    func component(from claims: [SourceClaim]) throws(SourceProblem) -> MetadataComponent {
        let first = claims[0]
        if first.isFolder { return try folder(claims) }
        switch first.type.layout {
        case .plain: return try plain(claims)
        case .content, .document: return try pair(claims)
        case .bundle: return MetadataComponent(type: first.type, fullName: first.fullName, files: try members(claims))
        case .site: return try site(claims)
        case .staticResource: return try staticResource(claims)
        case .decomposed: return form == .source ? try decomposed(claims) : try plain(claims)
        }
    }

    private func folder(_ claims: [SourceClaim]) throws(SourceProblem) -> MetadataComponent {
        let definition = try single(claims, "describe the same folder")
        _ = try Self.parse(definition)
        let path = "\(claims[0].type.directory)/\(claims[0].fullName)\(SourceClassifier.companionSuffix)"
        let file = ServedFile(path: path, bytes: definition.bytes, isCompanion: true)
        return MetadataComponent(type: claims[0].type, fullName: claims[0].fullName, isFolder: true, files: [file])
    }

    private func plain(_ claims: [SourceClaim]) throws(SourceProblem) -> MetadataComponent {
        let definition = try single(claims, "claim the same component")
        let tree = try Self.parse(definition)
        let file = ServedFile(path: Self.path(claims[0], definition), bytes: definition.bytes)
        return try Self.named(
            MetadataComponent(type: claims[0].type, fullName: claims[0].fullName, files: [file]), tree, definition)
    }

    private func pair(_ claims: [SourceClaim]) throws(SourceProblem) -> MetadataComponent {
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

    private func site(_ claims: [SourceClaim]) throws(SourceProblem) -> MetadataComponent {
        let definition = try single(claims.filter(\.isDefinition), "claim the same site", absent: claims)
        let companion = ServedFile(
            path: Self.path(claims[0], definition) + SourceClassifier.companionSuffix, bytes: definition.bytes)
        let files = [companion] + (try members(claims.filter { !$0.isDefinition }))
        return MetadataComponent(
            type: claims[0].type, fullName: claims[0].fullName, files: files.sorted { $0.path < $1.path })
    }

    private func staticResource(_ claims: [SourceClaim]) throws(SourceProblem) -> MetadataComponent {
        let unpacked = claims.filter(\.isMember)
        let rest = claims.filter { !$0.isMember }
        let definition: SourceFile
        let content: [UInt8]
        if unpacked.isEmpty {
            let pair = try definitionAndContent(claims)
            (definition, content) = (pair.definition, pair.content.bytes)
        } else {
            if let packed = rest.first(where: \.isContent) {
                throw SourceProblem(
                    file: packed.file.shownPath,
                    reason: "claims the same static resource as the folder with \(unpacked[0].file.shownPath)")
            }
            definition = try single(rest, "claim the same static resource", absent: claims)
            _ = try Self.parse(definition)
            content = try Self.archive(unpacked)
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

    private static func archive(_ unpacked: [SourceClaim]) throws(SourceProblem) -> [UInt8] {
        var entries: [(path: String, content: [UInt8])] = []
        for claim in unpacked {
            guard case .member(let path) = claim.role else { continue }
            entries.append((path, claim.file.bytes))
        }
        do {
            return try ZIPArchive.pack(entries.sorted { $0.path < $1.path }, date: archiveDate)
        } catch {
            throw SourceProblem(file: unpacked[0].file.shownPath, reason: error.description)
        }
    }

    private func members(_ claims: [SourceClaim]) throws(SourceProblem) -> [ServedFile] {
        var seen: [String: String] = [:]
        var files: [ServedFile] = []
        for claim in claims {
            guard case .member(let path) = claim.role else { continue }
            if let other = seen.updateValue(claim.file.shownPath, forKey: path) {
                throw SourceProblem(
                    file: claim.file.shownPath, reason: "claims the same component as \(other)")
            }
            files.append(
                ServedFile(path: "\(claim.type.directory)/\(claim.fullName)/\(path)", bytes: claim.file.bytes))
        }
        return files.sorted { $0.path < $1.path }
    }

    private func definitionAndContent(
        _ claims: [SourceClaim]
    ) throws(SourceProblem) -> (definition: SourceFile, content: SourceFile) {
        let definition = try single(claims.filter(\.isDefinition), "claim the same component", absent: claims)
        let contents = claims.filter(\.isContent)
        guard !contents.isEmpty else {
            throw SourceProblem(file: definition.shownPath, reason: "there is no content file beside it")
        }
        _ = try Self.parse(definition)
        return (definition, try single(contents, "claim the same component"))
    }

    private func single(
        _ claims: [SourceClaim], _ complaint: String, absent others: [SourceClaim] = []
    ) throws(SourceProblem) -> SourceFile {
        guard let first = claims.first else {
            throw SourceProblem(
                file: others.first?.file.shownPath ?? "", reason: "there is no -meta.xml file beside it")
        }
        if claims.count > 1 {
            throw SourceProblem(
                file: claims[1].file.shownPath, reason: "this file and \(first.file.shownPath) \(complaint)")
        }
        return first.file
    }

    static func parse(_ file: SourceFile) throws(SourceProblem) -> XMLTree {
        do {
            return try XMLTree.parse(file.bytes)
        } catch {
            throw SourceProblem(file: file.shownPath, reason: error.description)
        }
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

extension SourceClaim {
    var isDefinition: Bool { if case .definition = role { true } else { false } }
    var isContent: Bool { if case .content = role { true } else { false } }
    var isMember: Bool { if case .member = role { true } else { false } }
}

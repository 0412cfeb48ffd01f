extension PackageManifest {
    /// The largest number of members in a parsed manifest, far above what an org accepts in one retrieve.
    static let memberLimit = 200_000

    /// Parses a `package.xml`. Repeated `types` with the same name are merged. A `types` element with a name but
    /// without members is ignored, as are elements that only packages have (`fullName`, `description` and others). White space around a
    /// text is removed.
    ///
    /// - Throws: ``ManifestError`` if the file is not valid XML or not a valid manifest.
    public init(parsing bytes: [UInt8]) throws(ManifestError) {
        let handler = ManifestHandler()
        let reader = XMLPushReader(handler: handler)
        do {
            try bytes.withUnsafeBytes { try reader.feed($0) }
            try reader.finish()
        } catch let error as ManifestError {
            throw error
        } catch let refusal as XMLError {
            throw .xml(refusal)
        } catch {
            throw .xml(.malformed(line: 0, code: 0))
        }
        guard let version = handler.version else { throw .versionMissing }
        self.init(version: version)
        for (type, members) in handler.types {
            for member in members { try insert(member, of: type) }
        }
    }
}

private final class ManifestHandler: XMLEventHandler {
    private(set) var version: APIVersion?
    private(set) var types: [(name: String, members: [String])] = []
    /// The local names of the open elements, outermost first. An element in another namespace counts as `""`.
    private var path: [String] = []
    private var text: [UInt8] = []
    private var name: String?
    private var members: [String] = []
    private var memberCount = 0

    func begin(_ element: XMLElementStart) throws -> XMLTextBound {
        let isOurs = element.namespace == XMLNamespace.metadata
        if path.isEmpty, !isOurs || element.localName != "Package" { throw ManifestError.root(element.localName) }
        path.append(isOurs ? element.localName : "")
        text = []
        if path == ["Package", "types"] {
            name = nil
            members = []
        }
        return .bounded
    }

    func text(_ bytes: UnsafeRawBufferPointer) { text.append(contentsOf: bytes) }

    func end() throws {
        defer { path.removeLast() }
        guard path.count > 1 else { return }
        switch (path.count, path[1], path.last) {
        case (2, "types", _): try endType()
        case (2, "version", _): try endVersion()
        case (3, "types", "name"):
            guard name == nil else { throw ManifestError.typeNamedTwice }
            name = trimmedText
        case (3, "types", "members"): try endMember()
        default: break
        }
    }

    private func endMember() throws {
        let member = trimmedText
        guard !member.isEmpty else { throw ManifestError.emptyMember(type: name) }
        memberCount += 1
        guard memberCount <= PackageManifest.memberLimit else {
            throw ManifestError.tooManyMembers(limit: PackageManifest.memberLimit)
        }
        members.append(member)
    }

    private func endType() throws {
        guard let name, !name.isEmpty else { throw ManifestError.typeWithoutName }
        guard PackageManifest.isTypeName(name) else { throw ManifestError.typeName(name.shortened(to: 128)) }
        types.append((name, members))
    }

    private func endVersion() throws {
        guard version == nil else { throw ManifestError.versionRepeated }
        guard let read = APIVersion(trimmedText) else { throw ManifestError.version(trimmedText.shortened(to: 20)) }
        version = read
    }

    private var trimmedText: String { String(trimmingWhiteSpaceOf: text) }
}

extension String {
    /// The text in UTF-8 without the white space of XML around it.
    init(trimmingWhiteSpaceOf text: [UInt8]) {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x9 || $0 == 0xA || $0 == 0xD }
        var bytes = text[...].drop(while: isSpace)
        while let last = bytes.last, isSpace(last) { bytes.removeLast() }
        self.init(decoding: bytes, as: UTF8.self)
    }
}

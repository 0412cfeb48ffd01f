import Foundation

/// The `FileProperties` of a listed or retrieved component.
struct FileProperties: Sendable {
    /// Data of the org from which the properties of every component are derived.
    struct Origin: Sendable {
        /// All components are created before this date.
        var organizationDate: Date
        var administratorID: String
        var administratorName: String
        /// Whether the date of a component does not change when one of its children changes.
        var childrenLeaveParentDates: Bool
        var changes: ContentChanges

        init(_ settings: MetadataServiceSettings, _ conditions: ListingConditions = .init()) {
            organizationDate = settings.organizationDate
            administratorID = settings.administratorID
            administratorName = settings.administratorName
            changes = settings.changes
            childrenLeaveParentDates = conditions.childrenLeaveParentDates
        }
    }

    var createdByID: String
    var createdByName: String
    var createdDate: Date
    var lastModifiedDate: Date
    var fileName: String
    var fullName: String
    /// Empty for standard items.
    var id: String
    var type: String
    /// The namespace of the installed package; `nil` if the component belongs to the org itself.
    var namespacePrefix: String?
    /// Whether it is a standard object. Its properties have an empty namespace prefix and no manageable state.
    var isStandardObject = false

    /// The child elements in the order of the schema, which is alphabetical.
    var elements: [XMLTree] {
        var elements = [
            XMLTree("createdById", text: createdByID),
            XMLTree("createdByName", text: createdByName),
            XMLTree("createdDate", text: Self.text(createdDate)),
            XMLTree("fileName", text: fileName),
            XMLTree("fullName", text: fullName),
            XMLTree("id", text: id),
            XMLTree("lastModifiedById", text: createdByID),
            XMLTree("lastModifiedByName", text: createdByName),
            XMLTree("lastModifiedDate", text: Self.text(lastModifiedDate)),
        ]
        if isStandardObject {
            elements.append(XMLTree("namespacePrefix", text: ""))
        } else {
            elements.append(XMLTree("manageableState", text: namespacePrefix == nil ? "unmanaged" : "installed"))
            if let namespacePrefix { elements.append(XMLTree("namespacePrefix", text: namespacePrefix)) }
        }
        elements.append(XMLTree("type", text: type))
        return elements
    }

    private static func text(_ date: Date) -> String {
        date.formatted(
            .iso8601.year().month().day().time(includingFractionalSeconds: true).timeZone(separator: .omitted))
    }
}

extension FileProperties {
    /// - Parameter fileName: The path of the file, with the archive's root folder if there is one.
    init(of component: MetadataComponent, fileName: String, type: String, origin: Origin) {
        let isStandard = ComponentName.isStandard(component)
        self.init(
            type: type, fullName: component.fullName, fileName: fileName, isStandard: isStandard,
            keyPrefix: component.isFolder ? "00l" : component.type.keyPrefix,
            content: component.contentHash(ignoresChildren: origin.childrenLeaveParentDates), origin: origin)
        if let recordID = component.recordID { id = recordID }
        if let date = origin.changes.date(of: component, ignoresChildren: origin.childrenLeaveParentDates), !isStandard
        {
            lastModifiedDate = date
        }
        isStandardObject = isStandard && component.type.xmlName == "CustomObject"
        namespacePrefix = ComponentName.namespacePrefix(component.fullName, type: component.type.xmlName)
    }

    /// The properties of a child. Its file is that of the component.
    init(of part: MetadataComponent.Part, in component: MetadataComponent, origin: Origin) {
        let isStandard = part.type == "CustomField" && !ComponentName.hasCustomSuffix(part.fullName)
        self.init(
            type: part.type, fullName: part.fullName, fileName: component.mainFile, isStandard: isStandard,
            keyPrefix: part.type == "CustomField" ? "00N" : component.type.keyPrefix,
            content: StableHash.of(part.element.compact()), origin: origin)
        if let date = origin.changes.date(of: part), !isStandard { lastModifiedDate = date }
        namespacePrefix = ComponentName.namespacePrefix(part.fullName, type: part.type)
    }

    /// Standard items and folders have the epoch as their dates. Other dates are derived from name and content, so that
    /// only a changed file gets a new modification date.
    private init(
        type: String, fullName: String, fileName: String, isStandard: Bool, keyPrefix: String, content: UInt64,
        origin: Origin
    ) {
        let day = 86_400.0
        let name = StableHash.of(Array("\(type) \(fullName)".utf8))
        let age = Double(365 + name % 365) * day + Double(name % 86_400)
        let created = origin.organizationDate.addingTimeInterval(-age)
        let epoch = Date(timeIntervalSince1970: 0)
        createdByID = origin.administratorID
        createdByName = origin.administratorName
        createdDate = isStandard ? epoch : created
        lastModifiedDate = isStandard ? epoch : created.addingTimeInterval(Double(content % UInt64(365 * day)))
        self.fileName = fileName
        self.fullName = fullName
        id = isStandard ? "" : MetadataRecordID.derived(keyPrefix: keyPrefix, from: "\(type) \(fullName)")
        self.type = type
    }

    /// Returns the properties of the archive's `package.xml`. It counts as created by the caller at the time of the
    /// call.
    static func manifest(fileName: String, caller: MetadataCaller, now: Date) -> FileProperties {
        FileProperties(
            createdByID: caller.userID, createdByName: caller.userName, createdDate: now, lastModifiedDate: now,
            fileName: fileName, fullName: fileName, id: "", type: "Package", namespacePrefix: nil)
    }
}

extension MetadataComponent {
    /// A hash of the files.
    ///
    /// - Parameter ignoresChildren: Whether to leave out the children that a manifest can name.
    fileprivate func contentHash(ignoresChildren: Bool) -> UInt64 {
        guard ignoresChildren, !parts.isEmpty, let tree = treeWithoutChildren else {
            return files.reduce(0) { StableHash.of($1.bytes, seed: $0 &+ 1) }
        }
        return StableHash.of(tree.compact())
    }
}

/// Reads properties of a component from its name.
enum ComponentName {
    private static let customSuffixes = [
        "__b", "__c", "__chn", "__dll", "__dlm", "__e", "__ka", "__kav", "__mdt", "__p", "__pc", "__pr", "__x", "__xo",
    ]

    /// Whether the name ends like a custom object or field, such as `Invoice__c`.
    static func hasCustomSuffix(_ name: String) -> Bool {
        customSuffixes.contains { name.hasSuffix($0) }
    }

    /// Whether every org has the component: standard objects, apps and tabs. Folders count as standard too, for their
    /// dates.
    static func isStandard(_ component: MetadataComponent) -> Bool {
        if component.isFolder { return true }
        return switch component.type.xmlName {
        case "CustomObject": !hasCustomSuffix(component.fullName)
        case "CustomApplication": component.fullName.hasPrefix("standard__")
        case "CustomTab": component.fullName.hasPrefix("standard-")
        default: false
        }
    }

    /// Returns the namespace of an installed package: `acme` for `acme__Thing__c`, `Account.acme__Rating__c` and the
    /// layout `acme__Thing__c-acme__Main`. `nil` if the name has none; other API names have no two underscores in a
    /// row.
    static func namespacePrefix(_ fullName: String, type: String) -> String? {
        if fullName.hasPrefix("standard__") { return nil }
        var name = Substring(fullName)
        if let slash = name.lastIndex(of: "/") { name = name[name.index(after: slash)...] }
        if type == "Layout", let dash = name.firstIndex(of: "-") {
            name = name[name.index(after: dash)...]
        } else if type == "CustomObjectTranslation", let dash = name.lastIndex(of: "-") {
            name = name[..<dash]
        } else if let dot = name.firstIndex(of: ".") {
            name = name[name.index(after: dot)...]
        }
        if let suffix = customSuffixes.first(where: { name.hasSuffix($0) }) { name = name.dropLast(suffix.count) }
        guard let separator = name.range(of: "__"), separator.upperBound < name.endIndex else { return nil }
        let prefix = name[..<separator.lowerBound]
        guard let first = prefix.first, first.isLetter, prefix.count <= 15,
            prefix.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") })
        else { return nil }
        return String(prefix)
    }
}

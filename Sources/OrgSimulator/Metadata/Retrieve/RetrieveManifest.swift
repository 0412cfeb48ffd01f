/// The arguments of a retrieve call.
struct RetrieveRequest: Sendable {
    /// The names of the requested packages.
    var packageNames: [String]
    /// Whether the archive has no root folder.
    var isSinglePackage: Bool
    /// The names of the given arguments that this simulator does not support.
    var unsupported: [String]
    var manifest: RetrieveManifest

    /// - Parameters:
    ///   - operation: The `retrieve` element. Its argument is named `retrieveRequest` by some clients, `request` by
    ///     others.
    ///   - pathVersion: The version if neither the manifest nor the request has one.
    init(_ operation: XMLTree, pathVersion: String) {
        let request = operation.children.first ?? operation
        packageNames = request.children("packageNames").map(\.trimmedText).filter { !$0.isEmpty }
        isSinglePackage = request.flag("singlePackage") ?? false
        unsupported = ["rootTypesWithDependencies", "specificFiles"].filter { request.value($0) != nil }
        let unpackaged = request.child("unpackaged")
        manifest = RetrieveManifest(
            types: (unpackaged?.children("types") ?? []).map { types in
                .init(name: types.value("name") ?? "", members: types.children("members").map(\.trimmedText))
            },
            version: unpackaged?.value("version") ?? request.value("apiVersion") ?? pathVersion)
    }
}

/// A `package.xml`: members by type.
struct RetrieveManifest: Sendable, Equatable {
    /// The members of one type.
    struct Entry: Sendable, Equatable {
        /// The name of the type.
        var name: String
        var members: [String]
    }

    var types: [Entry]
    /// The API version, such as `66.0`.
    var version: String

    /// Returns the file, with types and members sorted.
    func document() -> [UInt8] {
        var elements = types.sorted { $0.name < $1.name }.map { entry in
            XMLTree(
                "types",
                entry.members.sorted().map { XMLTree("members", text: $0) } + [XMLTree("name", text: entry.name)])
        }
        elements.append(XMLTree("version", text: version))
        return XMLTree("Package", elements, attributes: ["xmlns": SOAPMessage.metadataNamespace]).document()
    }
}

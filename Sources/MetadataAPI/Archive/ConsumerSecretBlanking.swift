/// Why the consumer secrets in a file could not be blanked.
public enum SecretBlankingError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file is not valid XML.
    case xml(XMLError)
    /// Two parsers disagree about where the secrets are in the file.
    case uncertain

    public var description: String {
        switch self {
        case .xml(let refusal): refusal.description
        case .uncertain: "Its consumer secrets could not be found with certainty."
        }
    }
}

/// Removes consumer secrets from the files of Connected Apps, External Client Apps and authentication providers. An org
/// omits the secrets of apps from most retrieves. If it includes one, the secret must not reach the disk.
enum ConsumerSecretBlanking {
    /// The local name of the elements that are blanked, in any namespace and with any prefix.
    static let elementName = "consumerSecret"

    /// The files of Connected Apps, the global OAuth settings of External Client Apps, and authentication providers.
    private static let suffixes = [".connectedApp", ".ecaGlblOauth", ".authprovider"]

    /// Whether a file at this path can contain a consumer secret. The answer depends only on the file name's suffix;
    /// case is ignored.
    static func applies(to path: EntryPath) -> Bool {
        let name = path.description.lowercased()
        return suffixes.contains { suffix in
            let suffix = suffix.lowercased()
            return name.hasSuffix(suffix) || name.hasSuffix(suffix + "-meta.xml")
        }
    }

    /// Removes the content of every `consumerSecret` element, and of every comment that contains such an element. Leaves
    /// all other bytes unchanged.
    ///
    /// A tag scanner finds both. libxml2 then parses the file and the result, and must find the same elements.
    ///
    /// - Returns: The file without secrets, and the number of elements and comments whose content was removed.
    /// - Throws: ``SecretBlankingError`` if the file is not valid XML or the two parsers disagree.
    static func blank(
        _ bytes: [UInt8]
    ) throws(SecretBlankingError) -> (bytes: [UInt8], count: Int) {
        let before = try SecretCensus.take(bytes)
        guard let found = XMLTagScanner.contents(of: elementName, in: bytes) else { throw .uncertain }
        guard found.elementCount == before.elementCount else { throw .uncertain }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var position = 0
        for range in found.ranges {
            result.append(contentsOf: bytes[position..<range.lowerBound])
            position = range.upperBound
        }
        result.append(contentsOf: bytes[position...])
        let after = try SecretCensus.take(result)
        guard after.hasNoContent, after.elementCount == found.elementCount else { throw .uncertain }
        return (result, found.ranges.count)
    }
}

/// Counts the outermost `consumerSecret` elements with libxml2, and records whether any of them has content.
private final class SecretCensus: XMLEventHandler {
    private(set) var elementCount = 0
    private(set) var hasNoContent = true
    private var depth = 0
    private var secretDepth: Int?

    static func take(_ bytes: [UInt8]) throws(SecretBlankingError) -> SecretCensus {
        let census = SecretCensus()
        let reader = XMLPushReader(handler: census)
        do {
            try bytes.withUnsafeBytes { try reader.feed($0) }
            try reader.finish()
        } catch let refusal as XMLError {
            throw .xml(refusal)
        } catch {
            throw .uncertain
        }
        return census
    }

    func begin(_ element: XMLElementStart) -> XMLTextBound {
        depth += 1
        if secretDepth != nil {
            hasNoContent = false
        } else if element.localName == ConsumerSecretBlanking.elementName {
            secretDepth = depth
            elementCount += 1
        }
        return .bounded
    }

    func text(_ bytes: UnsafeRawBufferPointer) {
        if secretDepth != nil { hasNoContent = false }
    }

    func end() {
        if secretDepth == depth { secretDepth = nil }
        depth -= 1
    }
}

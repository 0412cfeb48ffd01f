/// Why a file that may hold a consumer secret was not cleaned.
public enum SecretBlankingRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    case xml(XMLRefusal)
    /// Two readings of the file disagree on where its secrets are.
    case uncertain

    public var description: String {
        switch self {
        case .xml(let refusal): refusal.description
        case .uncertain: "Its consumer secrets could not be found with certainty."
        }
    }
}

/// Takes the consumer secret out of the files of connected apps and external client apps. The org leaves it out of most
/// retrieves; where it does not, it must not reach the disk.
public enum ConsumerSecretBlanking {
    /// The local name of the elements that are blanked, whatever their prefix and namespace.
    public static let elementName = "consumerSecret"

    private static let suffixes = [".connectedApp", ".ecaGlblOauth"]

    /// Whether a file of this name may hold a consumer secret. Capitals make no difference here.
    public static func applies(to path: EntryPath) -> Bool {
        let name = path.description.lowercased()
        return suffixes.contains { suffix in
            let suffix = suffix.lowercased()
            return name.hasSuffix(suffix) || name.hasSuffix(suffix + "-meta.xml")
        }
    }

    /// Empties every `consumerSecret` element: all between its tags goes. Every other byte stays.
    ///
    /// The places are found by a reader of tags alone; libxml2 then reads both the file and the result, and must agree.
    ///
    /// - Returns: The file, and how many elements had something in them.
    public static func blank(
        _ bytes: [UInt8]
    ) throws(SecretBlankingRefusal) -> (bytes: [UInt8], count: Int) {
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

/// Counts the outermost elements that are to be blanked, as libxml2 sees them, and whether anything is in them.
private final class SecretCensus: XMLEventHandler {
    private(set) var elementCount = 0
    private(set) var hasNoContent = true
    private var depth = 0
    private var secretDepth: Int?

    static func take(_ bytes: [UInt8]) throws(SecretBlankingRefusal) -> SecretCensus {
        let census = SecretCensus()
        let reader = XMLPushReader(handler: census)
        do {
            try bytes.withUnsafeBytes { try reader.feed($0) }
            try reader.finish()
        } catch let refusal as XMLRefusal {
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

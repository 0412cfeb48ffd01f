/// Why a state document is rejected, in one sentence with a full stop. It names the key path if a value is invalid. The
/// management port sends it as the answer, and `aprity simulator` prints it.
struct StateProblem: Error, Equatable, CustomStringConvertible {
    let description: String
    /// Why the metadata folder of an org was rejected; `nil` if the document was rejected for any other reason.
    let source: SourceFolderError?

    init(_ description: String, source: SourceFolderError? = nil) {
        self.description = description
        self.source = source
    }

    /// Rewords an error of Foundation's decoder.
    init(_ error: DecodingError) {
        switch error {
        case .keyNotFound(let key, let context):
            self.init("\(Self.path(context.codingPath + [key])) is missing.")
        case .typeMismatch(let type, let context):
            self.init("\(Self.path(context.codingPath)) is not \(Self.name(of: type)).")
        case .valueNotFound(let type, let context):
            self.init("\(Self.path(context.codingPath)) is null, not \(Self.name(of: type)).")
        case .dataCorrupted(let context) where context.codingPath.isEmpty:
            // Foundation's decoder does not say which number it cannot represent. It blames the JSON, which
            // ``JSONReader`` has accepted.
            self.init(
                "A number in the document is outside the range of its key, or is not an integer although its key "
                    + "requires one.")
        case .dataCorrupted(let context):
            // Foundation's own descriptions sometimes end with a full stop.
            let reason = context.debugDescription
            self.init("\(Self.path(context.codingPath)): \(reason)\(reason.hasSuffix(".") ? "" : ".")")
        @unknown default:
            self.init("The document cannot be read.")
        }
    }

    /// Returns what JSON calls a value of a Swift type, with its article.
    private static func name(of type: Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Bool.Type: "true or false"
        case is any BinaryInteger.Type: "an integer"
        case is any BinaryFloatingPoint.Type: "a number"
        case is [Any].Type: "an array"
        default: "an object"
        }
    }

    /// Formats a coding path, such as `orgs[0].apps[1].name`. An empty one becomes `The document`.
    private static func path(_ keys: [any CodingKey]) -> String {
        var path = ""
        for key in keys {
            if let index = key.intValue {
                path += "[\(index)]"
            } else {
                path += path.isEmpty ? key.stringValue : ".\(key.stringValue)"
            }
        }
        return path.isEmpty ? "The document" : path
    }
}

internal import Foundation

/// Parses a `multipart/form-data` body (RFC 7578), in which browsers send a form with files.
struct MultipartForm {
    /// One field of the form.
    struct Part: Equatable {
        let name: String
        let isFile: Bool
        let bytes: [UInt8]
    }

    /// The maximum number of fields. The server's own forms have far fewer.
    static let fieldLimit = 32

    /// The maximum size of a field's header, in bytes.
    private static let headerLimit = 4096

    /// The fields, in their order.
    let parts: [Part]

    /// Parses a complete body.
    ///
    /// - Parameter contentType: The header of the request, with the boundary.
    /// - Returns: `nil` if there is no boundary or no end, if a field has no name, or if there are too many fields.
    init?(_ body: [UInt8], contentType: String) {
        guard let boundary = HeaderParameters(contentType)["boundary"], !boundary.isEmpty else { return nil }
        // The first delimiter has no line break before it.
        let body = Data("\r\n".utf8) + Data(body)
        let delimiter = Data("\r\n--\(boundary)".utf8)
        guard var start = body.range(of: delimiter)?.upperBound else { return nil }
        var parts: [Part] = []
        while !body[start...].starts(with: "--".utf8) {
            guard parts.count < Self.fieldLimit, let end = body.range(of: delimiter, in: start..<body.endIndex),
                let part = Self.part(body[start..<end.lowerBound])
            else { return nil }
            parts.append(part)
            start = end.upperBound
        }
        self.parts = parts
    }

    /// - Parameter data: What is between two delimiters: a line break, the header, an empty line and the content.
    private static func part(_ data: Data) -> Part? {
        guard let blank = data.prefix(headerLimit).range(of: Data("\r\n\r\n".utf8)),
            let header = String(validating: data[data.startIndex..<blank.lowerBound], as: UTF8.self)
        else { return nil }
        let disposition = header.split(separator: "\r\n").first {
            $0.lowercased().hasPrefix("content-disposition:")
        }
        guard let disposition else { return nil }
        let parameters = HeaderParameters(String(disposition))
        guard let name = parameters["name"] else { return nil }
        return Part(name: name, isFile: parameters["filename"] != nil, bytes: [UInt8](data[blank.upperBound...]))
    }
}

/// The parameters of a header field, such as `boundary` in `multipart/form-data; boundary=edge`.
private struct HeaderParameters {
    private var values: [String: String] = [:]

    /// - Parameter field: The field. A value can be in quotes, and is then free to contain a semicolon.
    init(_ field: String) {
        var rest = field[...]
        while let semicolon = rest.firstIndex(of: ";") {
            rest = rest[rest.index(after: semicolon)...].drop { $0.isWhitespace }
            guard let equals = rest.firstIndex(where: { "=;".contains($0) }), rest[equals] == "=" else { continue }
            let name = rest[..<equals].lowercased()
            rest = rest[rest.index(after: equals)...]
            let value = rest.first == "\"" ? Self.quoted(&rest) : String(rest.prefix { $0 != ";" })
            if values[name] == nil { values[name] = value.trimmingCharacters(in: .whitespaces) }
        }
    }

    subscript(name: String) -> String? { values[name] }

    /// Removes a quoted text from the beginning, and returns what is in it. A backslash quotes the character after it.
    private static func quoted(_ rest: inout Substring) -> String {
        var value = ""
        rest.removeFirst()
        while let character = rest.popFirst(), character != "\"" {
            value.append(character == "\\" ? rest.popFirst() ?? character : character)
        }
        return value
    }
}

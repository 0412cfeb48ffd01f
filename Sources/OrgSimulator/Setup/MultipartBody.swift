import Foundation

/// Parses a `multipart/form-data` body (RFC 7578) as browsers and curl write it.
enum MultipartBody {
    struct Part: Equatable, Sendable {
        let name: String
        /// The name of the chosen file; empty if none was chosen, `nil` if the part is not a file.
        let fileName: String?
        let bytes: [UInt8]
    }

    /// Returns the complete parts, in their order. Malformed parts are dropped. Without a boundary there are none.
    ///
    /// - Parameter contentType: The `Content-Type` header of the request, which contains the boundary.
    static func parts(_ body: [UInt8], contentType: String) -> [Part] {
        guard let boundary = parameter("boundary", of: contentType), !boundary.isEmpty else { return [] }
        let body = Data(Array("\r\n".utf8) + body)
        let mark = Data("\r\n--\(boundary)".utf8)
        var parts: [Part] = []
        var start = body.range(of: mark)?.upperBound
        while let begin = start, let end = body.range(of: mark, in: begin..<body.endIndex) {
            if let part = part(body[begin..<end.lowerBound]) { parts.append(part) }
            start = end.upperBound
        }
        return parts
    }

    private static func part(_ data: Data) -> Part? {
        let blank = Data("\r\n\r\n".utf8)
        guard let split = data.range(of: blank) else { return nil }
        let heads = String(decoding: data[data.startIndex..<split.lowerBound], as: UTF8.self)
        let disposition = heads.split(separator: "\r\n").first {
            $0.lowercased().hasPrefix("content-disposition:")
        }
        guard let disposition, let name = parameter("name", of: String(disposition)) else { return nil }
        let fileName = parameter("filename", of: String(disposition))
        return Part(name: name, fileName: fileName, bytes: [UInt8](data[split.upperBound...]))
    }

    /// Returns the value of a parameter in a header field, without its quotes. A value is cut off at a semicolon. Only
    /// names of files can contain one, and nothing uses these names.
    private static func parameter(_ name: String, of field: String) -> String? {
        for part in field.split(separator: ";").dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard pair.first?.lowercased() == name else { continue }
            let value = pair.count > 1 ? pair[1] : ""
            return value.count > 1 && value.hasPrefix("\"") && value.hasSuffix("\"")
                ? String(value.dropFirst().dropLast()) : value
        }
        return nil
    }
}

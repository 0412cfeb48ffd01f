import Foundation

/// What a Setup page was sent: the query of its address, and the fields and files of a form.
struct SetupForm: Sendable {
    static let tokenField = "_token"

    private(set) var fields: [(name: String, value: String)] = []
    private(set) var files: [(name: String, bytes: [UInt8])] = []

    init(_ request: OrgRequest) {
        let query = request.target.firstIndex(of: "?").map { request.target[request.target.index(after: $0)...] }
        add(pairs: query ?? "")
        switch request.mediaType {
        case "application/x-www-form-urlencoded":
            add(pairs: Substring(String(decoding: request.body ?? [], as: UTF8.self)))
        case "multipart/form-data":
            for part in MultipartBody.parts(request.body ?? [], contentType: request.contentType ?? "") {
                if part.fileName == nil {
                    fields.append((part.name, String(decoding: part.bytes, as: UTF8.self)))
                } else if part.fileName != "" || !part.bytes.isEmpty {
                    files.append((part.name, part.bytes))
                }
            }
        default: break
        }
    }

    /// The first field of that name, without white space at its ends; nil where there is none.
    subscript(name: String) -> String? {
        fields.first { $0.name == name }?.value.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    /// A box that was ticked, or a button that was pressed.
    func has(_ name: String) -> Bool { fields.contains { $0.name == name } }

    /// The bytes of a chosen file, which may be empty; nil where none was chosen.
    func file(_ name: String) -> [UInt8]? { files.first { $0.name == name }?.bytes }

    private mutating func add(pairs text: Substring) {
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decoded(parts[0]), let value = Self.decoded(parts.count > 1 ? parts[1] : "") else {
                continue
            }
            fields.append((name, value))
        }
    }

    private static func decoded(_ text: Substring) -> String? {
        text.replacing("+", with: " ").removingPercentEncoding
    }
}

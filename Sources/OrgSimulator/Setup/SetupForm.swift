import Foundation

/// The input of a Setup page: the fields of the query and of a form, and the form's files.
struct SetupForm: Sendable {
    /// The name of the hidden field with ``SetupDesk/formToken``.
    static let tokenField = "_token"

    /// The fields of the query, then those of the form, in their order. A field that cannot be decoded is left out.
    private(set) var fields: [(name: String, value: String)] = []
    /// The chosen files by the names of their fields.
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

    /// The first field with this name, without leading and trailing white space; `nil` if there is none.
    subscript(name: String) -> String? {
        fields.first { $0.name == name }?.value.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The values of all fields with this name, such as ticked checkboxes, unchanged and in order.
    func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    /// Whether there is a field with this name, such as a ticked checkbox or a pressed button.
    func has(_ name: String) -> Bool { fields.contains { $0.name == name } }

    /// The bytes of a chosen file, possibly empty; `nil` if no file was chosen.
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

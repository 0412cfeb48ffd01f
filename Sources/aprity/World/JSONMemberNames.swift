internal import Foundation

/// The names of the members of a JSON object, in the order of its text. Foundation keeps only one of two members with
/// the same name.
struct JSONMemberNames {
    private let names: [String]

    /// - Parameter text: A valid JSON object in UTF-8. Members of nested objects are left out.
    init(of text: [UInt8]) {
        var names: [String] = []
        var (depth, index) = (0, 0)
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: "\""):
                let start = index
                index += 1
                while index < text.count, text[index] != UInt8(ascii: "\"") {
                    index += text[index] == UInt8(ascii: "\\") ? 2 : 1
                }
                let next = text[min(index + 1, text.count)...].first { !" \t\r\n".utf8.contains($0) }
                if depth == 1, next == UInt8(ascii: ":"),
                    let name = try? JSONDecoder().decode(
                        String.self, from: Data(text[start...min(index, text.count - 1)]))
                {
                    names.append(name)
                }
            default: break
            }
            index += 1
        }
        self.names = names
    }

    /// The first name that another member before it has too; `nil` if there is none.
    var firstRepeated: String? {
        var seen: Set<String> = []
        return names.first { !seen.insert($0).inserted }
    }
}

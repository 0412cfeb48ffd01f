import Foundation

/// Whether no object of a JSON text has two members of one name.
///
/// Readers differ in which of two they take, so a claim that stands twice could mean one thing to the signer and another to
/// the org (RFC 7519 §4). Foundation's reader tells nothing of them.
enum UniqueMembers {
    /// - Parameter json: A text that a JSON reader has already taken.
    static func hold(in json: [UInt8]) -> Bool {
        var names: [Set<String>?] = []
        var position = 0
        while position < json.count {
            switch json[position] {
            case UInt8(ascii: "{"): names.append([])
            case UInt8(ascii: "["): names.append(nil)
            case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = names.popLast()
            case UInt8(ascii: "\""):
                let end = endOfString(in: json, from: position)
                if isName(in: json, before: end), let last = names.indices.last {
                    guard let name = string(json[position..<end]) else { return false }
                    guard names[last]?.insert(name).inserted ?? true else { return false }
                }
                position = end - 1
            default: break
            }
            position += 1
        }
        return true
    }

    /// The index behind the closing quotation mark.
    private static func endOfString(in json: [UInt8], from start: Int) -> Int {
        var position = start + 1
        while position < json.count, json[position] != UInt8(ascii: "\"") {
            position += json[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(position + 1, json.count)
    }

    /// A string is a name where a colon follows.
    private static func isName(in json: [UInt8], before end: Int) -> Bool {
        json[end...].first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: ":")
    }

    /// With its escapes resolved: two spellings of one name are one name.
    private static func string(_ quoted: ArraySlice<UInt8>) -> String? {
        try? JSONDecoder().decode(String.self, from: Data(quoted))
    }
}

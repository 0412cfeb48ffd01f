internal import Foundation

/// Parses the part of Prometheus' text format 0.0.4 that aprity writes, and shares no code with the writer.
///
/// It is stricter than the format: each metric has `HELP`, then `TYPE`, then its samples, all under one name. Comments,
/// time stamps, `NaN` and infinity are rejected.
struct TextFormatReader {
    struct Complaint: Error, CustomStringConvertible {
        let description: String
    }

    struct Series: Hashable {
        let name: String
        let labels: [String: String]
    }

    private(set) var values: [Series: Double] = [:]
    private(set) var help: [String: String] = [:]
    private(set) var types: [String: String] = [:]

    /// - Throws: ``Complaint`` with the first wrong line, or without a line if the line ends are wrong.
    init(_ text: String) throws {
        guard text.hasSuffix("\n"), !text.contains("\r"), !text.contains("\n\n") else {
            throw Complaint(description: "each line must end with one line feed, and none may be empty")
        }
        var family = ""
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            do { try read(Array(line.unicodeScalars), &family) } catch {
                throw Complaint(description: "\(error): \(line)")
            }
        }
    }

    /// - Parameter family: The metric of the current lines. The lines of a metric must be consecutive.
    private mutating func read(_ line: [Unicode.Scalar], _ family: inout String) throws {
        var rest = line[...]
        if Self.consume("# HELP ", &rest) {
            family = try Self.name(&rest, colons: true)
            guard Self.consume(" ", &rest), help[family] == nil else {
                throw Complaint(description: "a HELP line that is malformed or repeated")
            }
            help[family] = try Self.unescaped(&rest, until: nil)
        } else if Self.consume("# TYPE ", &rest) {
            let name = try Self.name(&rest, colons: true)
            let type = String(String.UnicodeScalarView(rest.dropFirst()))
            guard name == family, types[name] == nil, Self.consume(" ", &rest),
                ["counter", "gauge", "histogram", "summary", "untyped"].contains(type)
            else { throw Complaint(description: "a TYPE line that is malformed, repeated, or not after its HELP") }
            types[name] = type
        } else {
            try sample(&rest, family)
        }
    }

    private mutating func sample(_ rest: inout ArraySlice<Unicode.Scalar>, _ family: String) throws {
        let name = try Self.name(&rest, colons: true)
        guard name == family, help[name] != nil, types[name] != nil else {
            throw Complaint(description: "a sample before its HELP and TYPE, or apart from its family")
        }
        var labels: [String: String] = [:]
        if Self.consume("{", &rest) {
            repeat {
                let label = try Self.name(&rest, colons: false)
                guard Self.consume("=\"", &rest), labels[label] == nil, !label.hasPrefix("__") else {
                    throw Complaint(description: "a label that is malformed, repeated or reserved")
                }
                labels[label] = try Self.unescaped(&rest, until: "\"")
                guard Self.consume("\"", &rest) else {
                    throw Complaint(description: "a label value without a closing quote")
                }
            } while Self.consume(",", &rest)
            guard Self.consume("}", &rest) else { throw Complaint(description: "labels without a closing brace") }
        }
        guard Self.consume(" ", &rest) else { throw Complaint(description: "no space before the value") }
        let number = String(String.UnicodeScalarView(rest))
        guard number.wholeMatch(of: /-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?/) != nil, let value = Double(number) else {
            throw Complaint(description: "the value is not a finite decimal number")
        }
        guard values.updateValue(value, forKey: Series(name: name, labels: labels)) == nil else {
            throw Complaint(description: "a series that occurs twice")
        }
    }

    private static func consume(_ text: String, _ rest: inout ArraySlice<Unicode.Scalar>) -> Bool {
        guard rest.starts(with: text.unicodeScalars) else { return false }
        rest = rest.dropFirst(text.unicodeScalars.count)
        return true
    }

    private static func name(_ rest: inout ArraySlice<Unicode.Scalar>, colons: Bool) throws -> String {
        let taken = rest.prefix {
            $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "_" || (colons && $0 == ":"))
        }
        guard let first = taken.first, !("0"..."9").contains(first) else {
            throw Complaint(description: "no valid name")
        }
        rest = rest.dropFirst(taken.count)
        return String(String.UnicodeScalarView(taken))
    }

    private static func unescaped(_ rest: inout ArraySlice<Unicode.Scalar>, until end: Unicode.Scalar?) throws -> String
    {
        var text = String.UnicodeScalarView()
        while let scalar = rest.first, scalar != end {
            rest = rest.dropFirst()
            guard scalar == "\\" else {
                text.append(scalar)
                continue
            }
            switch rest.popFirst() {
            case "\\": text.append("\\")
            case "n": text.append("\n")
            case "\"" where end != nil: text.append("\"")
            default: throw Complaint(description: "an unknown escape sequence")
            }
        }
        return String(text)
    }
}

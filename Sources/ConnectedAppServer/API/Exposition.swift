/// Builds metrics in Prometheus' text format, version 0.0.4. The caller adds each metric once, because the format
/// requires all of its samples in one place.
struct Exposition {
    typealias Labels = [(name: String, value: String)]

    static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var text = ""

    /// Adds a gauge with all of its samples. Without samples, adds nothing.
    mutating func gauge(_ name: String, _ help: String, _ samples: [(labels: Labels, value: Int)]) {
        add(name, "gauge", help, samples)
    }

    /// Adds a counter, which only grows until the process ends. Its name must end in `_total`.
    mutating func counter(_ name: String, _ help: String, _ samples: [(labels: Labels, value: Int)]) {
        add(name, "counter", help, samples)
    }

    private mutating func add(
        _ name: String, _ type: String, _ help: String, _ samples: [(labels: Labels, value: Int)]
    ) {
        guard !samples.isEmpty else { return }
        text += "# HELP \(name) \(Self.escaped(help, quote: false))\n# TYPE \(name) \(type)\n"
        for (labels, value) in samples {
            let pairs = labels.map { "\($0.name)=\"\(Self.escaped($0.value, quote: true))\"" }
            text += name + (pairs.isEmpty ? "" : "{" + pairs.joined(separator: ",") + "}") + " \(value)\n"
        }
    }

    private static func escaped(_ text: String, quote: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quote: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

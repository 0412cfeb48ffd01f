/// The media ranges of an `Accept` header, in lower case and in the header's order. Ranges with the weight 0, which the
/// client excludes, are left out (RFC 9110 §12.5.1). Other weights are ignored.
struct AcceptedMediaTypes {
    let ranges: [String]

    init(_ header: String) {
        ranges = header.split(separator: ",").compactMap { range in
            let parts = range.split(separator: ";").map { $0.filter { !$0.isWhitespace }.lowercased() }
            guard let type = parts.first, !parts.dropFirst().contains(where: Self.isZeroWeight) else { return nil }
            return type
        }
    }

    private static func isZeroWeight(_ parameter: String) -> Bool {
        parameter.hasPrefix("q=") && Double(parameter.dropFirst(2)) == 0
    }
}

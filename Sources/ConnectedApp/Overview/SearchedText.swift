internal import Foundation

/// Texts in which a list is searched, without regard to case. The texts of ten thousand connections are searched in
/// milliseconds.
struct SearchedText: Sendable, Equatable {
    /// UTF-8 in lower case, up to the first NUL. A line feed, which none of the texts has, separates them.
    private let text: ContiguousArray<CChar>

    init(_ texts: String?...) { text = texts.compactMap(\.self).joined(separator: "\n").lowercased().utf8CString }

    /// Whether one of the texts contains the other text. Every text contains an empty one.
    func contains(_ other: SearchedText) -> Bool {
        text.withUnsafeBufferPointer { text in
            other.text.withUnsafeBufferPointer { strstr(text.baseAddress!, $0.baseAddress!) != nil }
        }
    }
}

package import Foundation

/// What a notice is about. The raw value is its name in records and JSON, and the `type` of a webhook's body. It must
/// not change.
public enum NoticeKind: String, Codable, Sendable, CaseIterable {
    case certificateExpiry, rotationDue, uploadMissing, test
}

/// When a notice is due, relative to the certificate. It distinguishes the notices of one kind about one certificate.
package enum NoticeTiming: Hashable, Sendable {
    /// This many days before the certificate expires; 0 means when it expires.
    case beforeExpiry(days: Int)
    case dayAfterExpiry
    /// This many days after the next certificate was ready.
    case afterReady(days: Int)

    /// The value in records, JSON and webhooks; -1 for the day after the certificate expired.
    package var days: Int {
        switch self {
        case .beforeExpiry(let days), .afterReady(let days): days
        case .dayAfterExpiry: -1
        }
    }

    /// Restores the value from ``days``.
    ///
    /// - Returns: `nil` if `days` is `nil`, or if there is only one notice of this kind about a certificate.
    package init?(_ kind: NoticeKind, days: Int?) {
        guard let days else { return nil }
        switch kind {
        case .certificateExpiry: self = days < 0 ? .dayAfterExpiry : .beforeExpiry(days: days)
        case .uploadMissing: self = .afterReady(days: days)
        case .rotationDue, .test: return nil
        }
    }
}

/// The content of a notice, without its address. Stored in ``Notice``.
package struct NoticeContent: Equatable, Sendable {
    /// Identifies a notice of an app. Two contents with the same key are the same notice, even if their texts differ.
    /// Tests are the exception.
    struct Key: Hashable {
        let kind: NoticeKind
        let certificateSHA256: String?
        let lead: NoticeTiming?
    }

    package let kind: NoticeKind
    /// ASCII, one line.
    package let subject: String
    /// ASCII, lines of at most 300 characters.
    package let text: String
    /// The aliases of the connections that the notice is about, sorted; empty for a test.
    package let connections: [String]
    /// SHA-256 of the certificate that the notice is about, in lower-case hex; `nil` for a test.
    package let certificateSHA256: String?
    /// When that certificate expires; `nil` for a test.
    package let notAfter: Date?
    /// `nil` for a test, and for a kind with only one notice about a certificate.
    package let lead: NoticeTiming?

    var key: Key { Key(kind: kind, certificateSHA256: certificateSHA256, lead: lead) }
}

extension NoticeContent: Codable {
    /// The stored names, which must not change.
    private enum CodingKeys: String, CodingKey {
        case kind, subject, text, connections, certificateSHA256, notAfter, days
    }

    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        kind = try members.decode(NoticeKind.self, forKey: .kind)
        subject = try members.decode(String.self, forKey: .subject)
        text = try members.decode(String.self, forKey: .text)
        connections = try members.decode([String].self, forKey: .connections)
        certificateSHA256 = try members.decodeIfPresent(String.self, forKey: .certificateSHA256)
        notAfter = try members.decodeIfPresent(Date.self, forKey: .notAfter)
        lead = NoticeTiming(kind, days: try members.decodeIfPresent(Int.self, forKey: .days))
    }

    package func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(kind, forKey: .kind)
        try members.encode(subject, forKey: .subject)
        try members.encode(text, forKey: .text)
        try members.encode(connections, forKey: .connections)
        try members.encodeIfPresent(certificateSHA256, forKey: .certificateSHA256)
        try members.encodeIfPresent(notAfter, forKey: .notAfter)
        try members.encodeIfPresent(lead?.days, forKey: .days)
    }
}

/// The aliases of the connections that share an app.
struct NoticeConnections: Sendable {
    /// Sorted, without duplicates; at least one.
    let names: [String]
    /// The alias to use in commands.
    let first: String

    /// - Parameter others: Further aliases. They may include `name`.
    init(_ name: String, _ others: [String]) {
        names = Set(others + [name]).sorted()
        first = names.first ?? name
    }

    /// The aliases as part of a sentence: at most three, and the number of the others.
    var listed: String {
        let shown = names.prefix(3).joined(separator: ", ")
        return names.count > 3 ? shown + " and \(names.count - 3) more" : shown
    }
}

package import Foundation

/// What a notice is about. The raw value is its name in records and views.
public enum NoticeKind: String, Codable, Sendable, CaseIterable {
    case certificateExpiry, rotationDue, uploadMissing, test
}

/// The time of a notice, which distinguishes the notices of one kind about one certificate.
package enum NoticeLead: Hashable, Sendable {
    /// This many days before the certificate expires; 0 when it expires.
    case beforeExpiry(days: Int)
    case dayAfterExpiry
    /// This many days after the next certificate was ready.
    case afterReady(days: Int)

    /// The value in records and views; -1 for the day after the expiry.
    package var days: Int {
        switch self {
        case .beforeExpiry(let days), .afterReady(let days): days
        case .dayAfterExpiry: -1
        }
    }

    /// - Parameter days: The value in records and views. `nil`, or a kind with only one notice, gives `nil`.
    package init?(_ kind: NoticeKind, days: Int?) {
        guard let days else { return nil }
        switch kind {
        case .certificateExpiry: self = days < 0 ? .dayAfterExpiry : .beforeExpiry(days: days)
        case .uploadMissing: self = .afterReady(days: days)
        case .rotationDue, .test: return nil
        }
    }
}

/// The content of a notice, without its address.
package struct NoticeContent: Equatable, Sendable {
    /// Two contents with the same key are the same notice, even if their texts differ.
    struct Key: Hashable {
        let kind: NoticeKind
        let certificateSHA256: String?
        let lead: NoticeLead?
    }

    package let kind: NoticeKind
    /// ASCII, one line.
    package let subject: String
    /// ASCII, lines of at most 300 characters.
    package let text: String
    /// Names of the connections that the notice is about.
    package let connections: [String]
    /// Lower-case hex, of the certificate that the notice is about; `nil` for a test.
    package let certificateSHA256: String?
    /// When that certificate expires.
    package let notAfter: Date?
    /// `nil` for a test, and for a kind with only one notice about a certificate.
    package let lead: NoticeLead?

    var key: Key { Key(kind: kind, certificateSHA256: certificateSHA256, lead: lead) }
}

extension NoticeContent: Codable {
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
        lead = NoticeLead(kind, days: try members.decodeIfPresent(Int.self, forKey: .days))
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

/// The names of connections that share an app: at least one, sorted.
struct NoticeConnections: Sendable {
    let names: [String]
    /// The name to use in commands.
    let first: String

    init(_ name: String, _ others: [String]) {
        names = Set(others + [name]).sorted()
        first = names.first ?? name
    }

    /// The names as part of a sentence, shortened to three.
    var listed: String {
        let shown = names.prefix(3).joined(separator: ", ")
        return names.count > 3 ? shown + " and \(names.count - 3) more" : shown
    }
}

package import Foundation

/// What a notice is about. The raw value is its name in records and views.
public enum NoticeKind: String, Codable, Sendable, CaseIterable {
    case certificateExpiry, rotationDue, uploadMissing, test
}

/// Which of its kind's notices one is.
package enum NoticeLead: Hashable, Sendable {
    /// So many days before the certificate expires; 0: when it expires.
    case beforeExpiry(days: Int)
    case dayAfterExpiry
    /// So many days after the next certificate is ready.
    case afterReady(days: Int)

    /// As records and views have it.
    package var days: Int {
        switch self {
        case .beforeExpiry(let days), .afterReady(let days): days
        case .dayAfterExpiry: -1
        }
    }

    /// - Parameter days: As records and views have it.
    package init?(_ kind: NoticeKind, days: Int?) {
        guard let days else { return nil }
        switch kind {
        case .certificateExpiry: self = days < 0 ? .dayAfterExpiry : .beforeExpiry(days: days)
        case .uploadMissing: self = .afterReady(days: days)
        case .rotationDue, .test: return nil
        }
    }
}

/// What a notice says, before it is addressed.
package struct NoticeContent: Equatable, Sendable {
    /// Two notices with the same key are the same notice, whatever words they have.
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
    /// Names of the connections that it is about.
    package let connections: [String]
    /// Lower-case hex, of the certificate that it is about; `nil` for a test.
    package let certificateSHA256: String?
    /// When that certificate expires.
    package let notAfter: Date?
    /// `nil` if its kind has only one notice for a certificate, and for a test.
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
    /// For commands that take one of them.
    let first: String

    init(_ name: String, _ others: [String]) {
        names = Set(others + [name]).sorted()
        first = names.first ?? name
    }

    /// For a sentence.
    var listed: String {
        let shown = names.prefix(3).joined(separator: ", ")
        return names.count > 3 ? shown + " and \(names.count - 3) more" : shown
    }
}

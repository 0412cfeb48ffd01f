package import Foundation

/// The one error that leaves this library: a cause, what this case adds to it, and the facts it rests on.
///
/// `description` is safe to show to anyone; `debugDescription` adds evidence for the operator. Neither holds a secret.
public struct ConnectedAppError: Error, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    public let cause: Cause
    /// Which one: a path, an alias, a host. Becomes part of the sentence.
    public let subject: String?
    /// What this case says that the cause's summary does not; replaces it where given.
    public let detail: String?
    /// Facts, by name. Texts from the org or a library are here, and nowhere else; see ``OrgWords``.
    public let evidence: [String: String]
    /// What callers may decide by besides the cause.
    package let circumstance: Circumstance?

    /// What to do in this case; `nil`: what the cause says.
    private let ownRemedy: String?

    public init(
        _ cause: Cause, subject: String? = nil, detail: String? = nil, remedy: String? = nil,
        evidence: [String: String] = [:]
    ) {
        self.init(cause, subject: subject, detail: detail, remedy: remedy, evidence: evidence, circumstance: nil)
    }

    package init(
        _ cause: Cause, subject: String? = nil, detail: String? = nil, remedy: String? = nil,
        evidence: [String: String] = [:], circumstance: Circumstance?
    ) {
        self.cause = cause
        self.circumstance = circumstance
        // Subject and detail may quote what was typed or pasted.
        self.subject = subject.map(OrgWords.withoutSecrets)
        self.detail = detail.map(OrgWords.withoutSecrets)
        self.evidence = evidence.mapValues(OrgWords.withoutSecrets)
        ownRemedy = remedy
    }

    /// The same error, about this subject.
    package func about(_ subject: String) -> ConnectedAppError {
        ConnectedAppError(
            cause, subject: subject, detail: detail, remedy: ownRemedy, evidence: evidence, circumstance: circumstance)
    }

    /// The same error with further facts; its own are kept.
    package func adding(_ facts: [String: String], _ further: Circumstance? = nil) -> ConnectedAppError {
        ConnectedAppError(
            cause, subject: subject, detail: detail, remedy: ownRemedy,
            evidence: evidence.merging(facts) { own, _ in own }, circumstance: circumstance ?? further)
    }

    /// When aprity sends sign-ins again; `nil` if they are not paused.
    package var pausedUntil: Date? {
        if case .pausedUntil(let time) = circumstance { time } else { nil }
    }

    /// What to do. Commands in it name the connection, if that is what the error is about.
    public var remedy: String {
        let remedy = ownRemedy ?? cause.entry.remedy
        guard let subject, ConnectionName.isValid(subject) else { return remedy }
        return remedy.replacing("ALIAS", with: subject)
    }

    /// What to do on the Settings page, which has a button or a form for most commands.
    public var remedyOnPage: String { ownRemedy ?? cause.remedyOnPage ?? remedy }

    /// What this case says that the cause's summary does not; `nil` if the summary says all.
    package var addition: String? {
        guard let detail, detail != cause.entry.summary else { return subject }
        return description
    }

    public var description: String {
        let sentence = detail ?? cause.entry.summary
        return subject.map { "\($0): \(sentence)" } ?? sentence
    }

    public var debugDescription: String {
        let facts = evidence.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return ([description, "code=\(cause.rawValue)"] + facts).joined(separator: "; ")
    }
}

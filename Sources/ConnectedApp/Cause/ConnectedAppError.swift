package import Foundation

/// The only error that this library throws to its callers, apart from `CancellationError` and the errors of closures that
/// callers pass in: a cause, the details of this case, and the evidence.
///
/// `description` may be shown to anyone. `debugDescription` adds the evidence, which is for the operator. The initializers
/// remove everything that has the form of a secret from the subject, the detail and the evidence, but not from the remedy.
public struct ConnectedAppError: Error, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    public let cause: Cause
    /// What the error is about, such as a path, an alias or a host; `nil` if the detail says it. ``description`` begins with it.
    package let subject: String?
    /// The name of the connection that the error is about; `nil` if there is none or it is unknown. It replaces ALIAS in
    /// commands.
    package let connection: String?
    /// A sentence about this case that replaces the cause's summary; `nil` for the summary.
    package let detail: String?
    /// Facts by name. Names and values appear in JSON and in logs. Texts from the org appear only here; see ``OrgWords``.
    public let evidence: [String: String]
    /// A fact that callers may act on, in addition to the cause.
    package let circumstance: Circumstance?

    /// What to do in this case; `nil` for the cause's remedy.
    private let ownRemedy: String?
    /// The same on the Settings page; `nil` for ``ownRemedy``.
    private let ownRemedyOnPage: String?

    /// - Parameters:
    ///   - subject: What the error is about: a path, an alias or a host.
    ///   - detail: A sentence about this case; `nil` for the cause's summary.
    ///   - remedy: What to do in this case; `nil` for the cause's remedy. It must not contain a secret.
    ///   - remedyOnPage: The same on the Settings page, which has fields and buttons instead of options and commands; `nil`
    ///     if `remedy` names no option and no command of aprity.
    ///   - evidence: Facts by name.
    public init(
        _ cause: Cause, subject: String? = nil, detail: String? = nil, remedy: String? = nil,
        remedyOnPage: String? = nil, evidence: [String: String] = [:]
    ) {
        self.init(
            cause, subject: subject, connection: nil, detail: detail, remedy: (remedy, remedyOnPage),
            evidence: evidence, circumstance: nil)
    }

    package init(
        _ cause: Cause, subject: String? = nil, detail: String? = nil, remedy: String? = nil,
        remedyOnPage: String? = nil, evidence: [String: String] = [:], circumstance: Circumstance?
    ) {
        self.init(
            cause, subject: subject, connection: nil, detail: detail, remedy: (remedy, remedyOnPage),
            evidence: evidence, circumstance: circumstance)
    }

    /// - Parameter connection: The name of the connection that the error is about, which is also its subject.
    package init(
        _ cause: Cause, connection: String?, detail: String? = nil, remedy: String? = nil, remedyOnPage: String? = nil,
        evidence: [String: String] = [:]
    ) {
        self.init(
            cause, subject: connection, connection: connection, detail: detail, remedy: (remedy, remedyOnPage),
            evidence: evidence, circumstance: nil)
    }

    private init(
        _ cause: Cause, subject: String?, connection: String?, detail: String?,
        remedy: (anywhere: String?, onPage: String?), evidence: [String: String], circumstance: Circumstance?
    ) {
        self.cause = cause
        self.connection = connection
        self.circumstance = circumstance
        // Subject and detail may quote the user's input. A subject may be one word of any length.
        self.subject = subject.map { OrgWords().clean($0) }
        self.detail = detail.map(OrgWords.withoutSecrets)
        self.evidence = evidence.mapValues(OrgWords.withoutSecrets)
        (ownRemedy, ownRemedyOnPage) = remedy
    }

    /// Returns the same error with this subject instead of its own.
    package func about(_ subject: String) -> ConnectedAppError {
        ConnectedAppError(
            cause, subject: subject, connection: connection, detail: detail,
            remedy: (ownRemedy, ownRemedyOnPage), evidence: evidence, circumstance: circumstance)
    }

    /// Returns the same error with this connection, unless it has one. The connection is also the subject of an error that
    /// has none.
    package func concerning(_ connection: String) -> ConnectedAppError {
        ConnectedAppError(
            cause, subject: subject ?? connection, connection: self.connection ?? connection, detail: detail,
            remedy: (ownRemedy, ownRemedyOnPage), evidence: evidence, circumstance: circumstance)
    }

    /// Returns the same error with further facts. The error's own facts win: a fact of the same name and, if the error has a
    /// circumstance, the further circumstance are ignored.
    package func adding(_ facts: [String: String], _ further: Circumstance? = nil) -> ConnectedAppError {
        ConnectedAppError(
            cause, subject: subject, connection: connection, detail: detail,
            remedy: (ownRemedy, ownRemedyOnPage), evidence: evidence.merging(facts) { own, _ in own },
            circumstance: circumstance ?? further)
    }

    /// When aprity sends sign-ins again; `nil` if they are not paused.
    package var pausedUntil: Date? {
        if case .pausedUntil(let time) = circumstance { time } else { nil }
    }

    /// What to do. The name of the error's connection replaces ALIAS in commands.
    public var remedy: String { named(ownRemedy ?? cause.entry.remedy) }

    /// Whether the remedy is not that of the cause.
    package var hasOwnRemedy: Bool { ownRemedy != nil }

    /// What to do on the Settings page, which has fields, buttons and pages instead of options and commands.
    public var remedyOnPage: String {
        named(ownRemedyOnPage ?? ownRemedy ?? cause.remedyOnPage ?? cause.entry.remedy)
    }

    /// The remedy on the Settings page that was given for this case; `nil` if none was.
    package var givenRemedyOnPage: String? { ownRemedyOnPage.map(named) }

    private func named(_ remedy: String) -> String {
        guard let connection, AliasSyntax.isValid(connection) else { return remedy }
        return remedy.replacing("ALIAS", with: connection)
    }

    /// What to show beside the cause's summary: the whole description if there is a detail, otherwise the subject; `nil` if
    /// there is neither.
    package var addition: String? {
        guard let detail, detail != cause.entry.summary else { return subject }
        return description
    }

    /// The subject, if there is one, and the detail or the cause's summary.
    public var description: String {
        let sentence = detail ?? cause.entry.summary
        return subject.map { "\($0): \(sentence)" } ?? sentence
    }

    /// ``description``, the code and the evidence, sorted by name.
    public var debugDescription: String {
        let facts = evidence.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return ([description, "code=\(cause.rawValue)"] + facts).joined(separator: "; ")
    }
}

package import Foundation

extension TestView {
    /// The verdict in one sentence.
    public var headline: String {
        switch outcome {
        case .passes: "The connection works."
        case .fails where connects: "The connection works, but the app or the user is not set up as required."
        case .fails: "The connection does not work."
        case .unknown: "It is not known whether the connection works."
        case .waiting: "Salesforce may still be spreading a change."
        }
    }

    /// How to show the verdict. A failure is only a warning if the connection itself works.
    package var tone: Tone {
        switch outcome {
        case .fails where connects: .warn
        case .passes, .fails, .unknown, .waiting: outcome.tone
        }
    }

    /// What to do while a change may be spreading; `nil` for other outcomes.
    package var advice: WaitingAdvice? {
        guard outcome == .waiting, let waitingUntil else { return nil }
        return WaitingAdvice(until: waitingUntil)
    }
}

/// What to do while a change may be spreading: the text ``before``, the time ``until``, and the text ``after``, in this order.
/// They are separate so that the Settings page can format the time.
package struct WaitingAdvice: Sendable {
    package let before =
        "A change of the app takes 2 to 10 minutes to reach all of Salesforce, a new app up to 30. Test again in a few "
        + "minutes; if it still fails after "
    /// The time after which a spreading change is not the cause.
    package let until: Date
    package let after = ", spreading is not the cause."

    /// The whole passage, with the time in ISO 8601.
    package var sentences: String { before + until.formatted(.iso8601) + after }
}

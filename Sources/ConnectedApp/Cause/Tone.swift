/// How good or bad a result is. The command line shows it as a colour. On the Settings page, the raw value is a CSS class.
package enum Tone: String, Sendable {
    case good, warn, bad, plain
}

extension TestOutcome {
    /// How to show the outcome.
    package var tone: Tone {
        switch self {
        case .passes: .good
        case .fails: .bad
        case .unknown, .waiting: .warn
        }
    }
}

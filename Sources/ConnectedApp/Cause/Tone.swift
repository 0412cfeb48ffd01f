/// How good what is shown is. The command line makes a colour of it, the Settings page a class of its style sheet.
package enum Tone: String, Sendable {
    case good, warn, bad, plain
}

extension TestOutcome {
    package var tone: Tone {
        switch self {
        case .passes: .good
        case .fails: .bad
        case .unknown, .waiting: .warn
        }
    }
}

/// How a run reports its result and its failures.
enum OutputForm: Sendable {
    case text
    /// JSON on stdout (`--json`).
    case json
    /// One line and the exit status of a Nagios plugin (`certificate check --nagios`).
    case nagios
}

/// How a run reports its result and its failures.
enum OutputForm: Sendable {
    case text
    /// JSON on stdout (`--json`).
    case json
    /// One line and the status of a plugin of Nagios (`certificate check --nagios`).
    case nagios
}

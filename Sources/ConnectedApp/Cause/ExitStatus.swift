/// The exit status of the process. All commands use this table, which `--help` prints.
///
/// Scripts rely on the numbers; they must not change. Those from 64 on are the ones of BSD's `sysexits.h`.
public enum ExitStatus: Int32, CaseIterable, Sendable {
    case done = 0
    case refused = 1
    case usage = 64
    case malformed = 65
    case noInput = 66
    case unreachable = 69
    case bug = 70
    case cannotCreate = 73
    case inputOutput = 74
    case busy = 75
    case notPermitted = 77
    case configuration = 78

    /// The text beside the number in `--help`.
    public var meaning: String {
        switch self {
        case .done: "done"
        case .refused: "a check failed, or the org refused"
        case .usage: "wrong usage, unknown alias"
        case .malformed: "input is malformed"
        case .noInput: "input file missing or unreadable"
        case .unreachable: "org unreachable"
        case .bug: "bug in aprity"
        case .cannotCreate: "output cannot be created"
        case .inputOutput: "I/O error, disk full"
        case .busy: "busy or limited, try later"
        case .notPermitted: "blocked or not permitted"
        case .configuration: "wrong configuration"
        }
    }
}

internal import Dispatch
internal import Foundation
internal import Synchronization

/// Catches SIGINT (Ctrl-C) and SIGTERM. The first signal calls a closure; the second one terminates the process at
/// once.
struct Interruption {
    enum Signal: Int32, CaseIterable {
        case interrupt = 2
        case terminate = 15

        var name: String {
            switch self {
            case .interrupt: "SIGINT"
            case .terminate: "SIGTERM"
            }
        }

        /// The exit status that a shell reports for the signal.
        var exitStatus: Int32 { 128 + rawValue }
    }

    private final class Caught: Sendable {
        private let first = Mutex<Signal?>(nil)

        var signal: Signal? { first.withLock { $0 } }

        /// Saves the signal if it is the first one.
        ///
        /// - Returns: Whether it is the first one.
        func keep(_ signal: Signal) -> Bool {
            first.withLock { first in
                guard first == nil else { return false }
                first = signal
                return true
            }
        }
    }

    private let caught = Caught()
    private let sources: [any DispatchSourceSignal]

    /// Catches signals from now on.
    ///
    /// - Parameter onFirst: Called on a thread that commands cannot block.
    init(onFirst: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: "aprity.interruption")
        sources = Signal.allCases.map { [caught] number in
            let source = DispatchSource.makeSignalSource(signal: number.rawValue, queue: queue)
            source.setEventHandler {
                guard !caught.keep(number) else { return onFirst() }
                _exit(number.exitStatus)
            }
            source.activate()
            return source
        }
    }

    /// The first signal that was caught; `nil` if there was none.
    var signal: Signal? { caught.signal }

    /// Stops catching signals. On Linux, a signal that arrives later is ignored.
    func end() { for source in sources { source.cancel() } }
}

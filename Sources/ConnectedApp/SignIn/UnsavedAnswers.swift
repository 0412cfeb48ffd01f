internal import Synchronization

/// The orgs' answers that could not be saved.
///
/// They stay in memory until they are saved in a rotation's record, so that no rotation in this process continues
/// without them. They are lost if the process ends first.
final class UnsavedAnswers: Sendable {
    struct Answer: Sendable, Equatable {
        let appID: String
        /// A connection of the app.
        let alias: String
        /// `nil` if the org answered, but what it said about the key is no longer known.
        let event: Rotation.Event?
    }

    private struct State {
        var nextNumber = 0
        var answers: [Int: Answer] = [:]
    }

    private let state = Mutex(State())

    /// All answers with their numbers, the oldest first. Numbers are not reused.
    var all: [(number: Int, answer: Answer)] {
        state.withLock { $0.answers }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    func add(_ answer: Answer) {
        state.withLock { state in
            // An equal answer gets a new number. A save in progress, which removes the old number at its end, does not
            // include it.
            state.answers = state.answers.filter { $0.value != answer }
            state.answers[state.nextNumber] = answer
            state.nextNumber += 1
        }
    }

    /// Removes answers after they were saved.
    func remove(_ numbers: [Int]) {
        state.withLock { state in for number in numbers { state.answers[number] = nil } }
    }
}

internal import Synchronization

/// Answers of orgs that could not be saved. Memory holds them until a rotation's record has them, so that no rotation of this
/// process goes on as if they had not been given.
final class UnsavedAnswers: Sendable {
    struct Answer: Sendable, Equatable {
        let appID: String
        /// A connection of the app.
        let alias: String
        /// `nil`: the org answered, and what it said about the key is not known any more.
        let event: Rotation.Event?
    }

    private struct State {
        var nextNumber = 0
        var answers: [Int: Answer] = [:]
    }

    private let state = Mutex(State())

    /// By number, oldest first.
    var all: [(number: Int, answer: Answer)] {
        state.withLock { $0.answers }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    func add(_ answer: Answer) {
        state.withLock { state in
            // Given once more, it is a newer one: what is being saved just now does not account for it.
            state.answers = state.answers.filter { $0.value != answer }
            state.answers[state.nextNumber] = answer
            state.nextNumber += 1
        }
    }

    func remove(_ numbers: [Int]) {
        state.withLock { state in for number in numbers { state.answers[number] = nil } }
    }
}

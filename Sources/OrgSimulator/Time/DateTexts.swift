import Foundation
import Synchronization

/// Formats times of whole seconds. Keeps the last text, because formatting takes as long as many an answer.
final class DateTexts: Sendable {
    private let style: Date.VerbatimFormatStyle
    private let last = Mutex<(second: TimeInterval, text: String)?>(nil)

    init(_ style: Date.VerbatimFormatStyle) { self.style = style }

    func text(of time: Date) -> String {
        let second = time.timeIntervalSince1970.rounded(.down)
        return last.withLock { last in
            if let last, last.second == second { return last.text }
            let text = time.formatted(style)
            last = (second, text)
            return text
        }
    }
}

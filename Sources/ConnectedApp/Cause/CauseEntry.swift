extension Cause {
    /// Where a cause lies, and so which others are its neighbours.
    public enum Chapter: String, Codable, CaseIterable, Sendable {
        case typed, files, store, ownRules, reaching, refused, granted, app, everywhere

        public var title: String {
            switch self {
            case .typed: "What was typed"
            case .files: "Files and keys"
            case .store: "Our own store"
            case .ownRules: "What aprity itself does not allow"
            case .reaching: "Reaching the org"
            case .refused: "What the org's token endpoint refused"
            case .granted: "After a token was granted"
            case .app: "The app as the org holds it"
            case .everywhere: "Everywhere"
            }
        }

        /// What sets the whole chapter apart from the others.
        var against: String {
            switch self {
            case .typed: "The input alone decides, whatever the org says."
            case .files: "A file or a key alone decides, whatever the org says."
            case .store: "The store, the master key or a setting alone decides, whatever the org says."
            case .ownRules: "aprity itself said no, and not the org."
            case .reaching: "What failed lies between this machine and the org, below any answer of Salesforce."
            case .refused: "The host answered with an OAuth error, so it was reached."
            case .granted: "A token was granted: key, certificate, Consumer Key, audience and approval are right."
            case .app: "The connection itself works; the org's own settings were read and compared."
            case .everywhere: "It shows in a step of its own."
            }
        }
    }

    /// What is known of a cause.
    public struct Entry: Sendable {
        public let chapter: Chapter
        /// One sentence; what happened.
        public let summary: String
        /// One sentence; what to do.
        public let remedy: String
        public let exit: ExitStatus
        /// Whether the same request may work later with nothing changed.
        public let retry: Bool
        /// What is seen, and what is known of it; for a person.
        public let seen: String
        /// What rules out the neighbours.
        public let against: String
        /// The clicks that mend it.
        public let task: SetupTask?
        /// The command that mends it, or shows more.
        public let command: MendingCommand?

        /// - Parameter against: `nil`: what sets the whole chapter apart.
        init(
            _ chapter: Chapter, _ summary: String, _ remedy: String, _ exit: ExitStatus, retry: Bool = false,
            seen: String, against: String? = nil, task: SetupTask? = nil, command: MendingCommand? = nil
        ) {
            self.chapter = chapter
            self.summary = summary
            self.remedy = remedy
            self.exit = exit
            self.retry = retry
            self.seen = seen
            self.against = against ?? chapter.against
            self.task = task
            self.command = command
        }
    }
}

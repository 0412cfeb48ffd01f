extension Cause {
    /// The part of the table that a cause belongs to. The manual groups causes by it.
    public enum Chapter: String, Codable, CaseIterable, Sendable {
        case typed, files, store, ownRules, access, reaching, refused, granted, app, everywhere

        /// The heading in the manual.
        public var title: String {
            switch self {
            case .typed: "Input"
            case .files: "Files and keys"
            case .store: "aprity's store"
            case .ownRules: "aprity's own rules"
            case .access: "Accounts and API tokens"
            case .reaching: "Reaching the org"
            case .refused: "Refusals by the org's token endpoint"
            case .granted: "After a token was granted"
            case .app: "The app in the org"
            case .everywhere: "Everywhere"
            }
        }

        /// A sentence about what distinguishes all causes of this chapter from those of other chapters.
        var against: String {
            switch self {
            case .typed: "aprity finds this in the input alone; the org plays no part."
            case .files: "aprity finds this in the file or the key alone; the org plays no part."
            case .store: "aprity finds this in its store, master key or settings alone; the org plays no part."
            case .ownRules: "aprity refused this, not the org."
            case .access: "aprity checks its own accounts and tokens; the org plays no part."
            case .reaching: "Something failed between this machine and the org, before Salesforce could answer."
            case .refused: "The host was reached: it answered with an OAuth error."
            case .granted:
                "The org granted a token, so the key, certificate, Consumer Key, audience and approval are right."
            case .app: "The connection works. aprity read the app's settings from the org and compared them."
            case .everywhere: "A separate check finds this."
            }
        }
    }

    /// What aprity knows about a cause: its texts, exit status and remedies.
    ///
    /// Each text consists of whole sentences, without line breaks; tests check this. Backticks mark commands and input.
    /// The manual's page about the cause is generated from the entry.
    public struct Entry: Sendable {
        public let chapter: Chapter
        /// What happened, in one sentence. Also the title of the cause's page in the manual.
        public let summary: String
        /// What to do. The word ALIAS in a command stands for the connection's name.
        public let remedy: String
        /// The exit status of a command that fails with this cause.
        public let exit: ExitStatus
        /// Whether the same request may succeed later although nothing was changed.
        let retry: Bool
        /// What the user sees, with facts and reports: the section "What happened" of the cause's page.
        let seen: String
        /// What distinguishes this cause from similar ones.
        let against: String
        /// The task in Setup that removes the cause; `nil` if there is none.
        public let task: SetupTask?
        /// The command that removes the cause or shows more about it; `nil` if there is none.
        public let command: RemedyCommand?

        /// - Parameter against: `nil` for the chapter's own sentence.
        init(
            _ chapter: Chapter, _ summary: String, _ remedy: String, _ exit: ExitStatus, retry: Bool = false,
            seen: String, against: String? = nil, task: SetupTask? = nil, command: RemedyCommand? = nil
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

/// How the blocks of one page are run: what is there before, and what stands for the page's placeholders.
struct GuidePlan: Sendable {
    let page: String
    /// What is there before the page begins.
    var before: [GuideStep] = []
    var placeholders: [Placeholder] = []
    /// The commands that the page expects to fail. The first that fits counts.
    var statuses: [ExpectedStatus] = []
    /// The blocks that need more than being run, by their first line.
    var blocks: [String: BlockPlan] = [:]

    /// A text of the page that stands for a value of the reader's.
    struct Placeholder: Sendable {
        let text: String
        /// Shell; it is evaluated where the text stands.
        let value: String

        init(_ text: String, _ value: String) {
            self.text = text
            self.value = value
        }
    }

    /// How a command of aprity ends.
    struct ExpectedStatus: Sendable {
        /// The beginning of its command line, after `aprity`.
        let words: String
        let status: Int32

        init(_ words: String, _ status: Int32) {
            self.words = words
            self.status = status
        }
    }
}

/// What is there before a page begins. `page.sh` says what each does.
enum GuideStep: Sendable {
    /// Salesforce, as `https://acme.my.salesforce.com`.
    case org
    /// An empty store.
    case store
    /// A store with the connection `acme`, whose app the org has.
    case connection
    /// A mail server and a receiver of webhooks.
    case receivers
    /// systemd, and `/usr/local/bin/aprity`.
    case serviceManager
    /// Kubernetes, and the folder of examples.
    case cluster
    /// A key and its certificate, `NAME.key` and `NAME.crt`.
    case keyPair(String)
    /// A file that only its owner can read.
    case secretFile(String, String)
    case shell(String)

    var command: String {
        switch self {
        case .org: "org"
        case .store: "aprity init"
        case .connection: "connection"
        case .receivers: "receivers"
        case .serviceManager: "service_manager"
        case .cluster: "cluster"
        case .keyPair(let name): "key_pair \(name)"
        case .secretFile(let path, let content): "(umask 077; printf '%s\\n' '\(content)' >\(path))"
        case .shell(let text): text
        }
    }
}

/// What is done with one block.
struct BlockPlan: Sendable {
    enum Use: Sendable {
        case commands
        /// The content of a file, as the text above it says.
        case file(String)
        /// Lines that are added to a file.
        case appended(String)
    }

    var use = Use.commands
    /// Shell: what happens between the block before and this one, such as an administrator's clicks.
    var before: String?
    /// Whether servers that the block starts go on while the page does. Otherwise each is stopped when it is ready.
    var serversStay = false

    static func file(_ path: String) -> BlockPlan { BlockPlan(use: .file(path)) }
    static func before(_ shell: String) -> BlockPlan { BlockPlan(before: shell) }

    /// What the page's machine runs.
    func shell(_ block: GuidePage.Block) -> String {
        switch use {
        case .commands: block.text
        case .file(let path): Self.write(block.text, ">", path)
        case .appended(let path): Self.write(block.text, ">>", path)
        }
    }

    private static func write(_ text: String, _ operation: String, _ path: String) -> String {
        "mkdir -p \"$(dirname \(path))\"\ncat \(operation)\(path) <<'END OF THE BLOCK'\n\(text)END OF THE BLOCK\n"
    }
}

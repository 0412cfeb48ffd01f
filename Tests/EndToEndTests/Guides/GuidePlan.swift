/// How to run the blocks of one page: what exists before, and the values of the page's placeholders.
struct GuidePlan: Sendable {
    let page: String
    /// What exists before the page begins.
    var before: [GuideStep] = []
    var placeholders: [Placeholder] = []
    /// The commands that the page expects to fail. The first match counts.
    var statuses: [ExpectedStatus] = []
    /// The blocks with special plans, by their first line.
    var blocks: [String: BlockPlan] = [:]

    /// A text on the page that the reader replaces by a value.
    struct Placeholder: Sendable {
        let text: String
        /// A shell expression, evaluated at the position of the text.
        let value: String

        init(_ text: String, _ value: String) {
            self.text = text
            self.value = value
        }
    }

    /// The exit status of a command of aprity.
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

/// What exists before a page begins. `page.sh` describes each case.
enum GuideStep: Sendable {
    /// Salesforce, as `https://acme.my.salesforce.com`.
    case org
    /// An empty store.
    case store
    /// A store with the connection `acme`, whose app exists in the org.
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

/// What to do with one block.
struct BlockPlan: Sendable {
    enum Use: Sendable {
        case commands
        /// The content of a file, which the text above the block names.
        case file(String)
        /// Lines to append to a file.
        case appended(String)
    }

    var use = Use.commands
    /// Shell code that runs before this block, for example an administrator's clicks.
    var before: String?
    /// Whether servers that the block starts keep running. Otherwise each is stopped when it is ready.
    var serversStay = false

    static func file(_ path: String) -> BlockPlan { BlockPlan(use: .file(path)) }
    static func before(_ shell: String) -> BlockPlan { BlockPlan(before: shell) }

    /// Returns the shell code for the page's machine.
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

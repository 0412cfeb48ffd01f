internal import ConnectedApp
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import JWTBearer

/// The audit record as sentences, with filters, and its export.
struct AuditPages: Sendable {
    let service: AppService
    let pages: Pages

    func add(to routes: RouterGroup<ServerContext>) {
        routes.get("audit", use: audit)
        routes.get("audit/export", use: export)
    }

    @Sendable private func audit(_ request: Request, _ context: ServerContext) async throws -> Response {
        let session = try context.signedIn()
        let query = AuditQuery(request)
        let entries = try await service.audit.entries(query.selection, as: session.principal)
        let verification =
            service.audit.signsCheckpoints ? try await service.audit.verify(as: session.principal) : nil
        let page = AuditPage(
            entries, verification, query, known: await service.audit.knownNames(as: session.principal),
            isAdmin: context.viewer?.isAdmin == true)
        return try pages.response(
            .audit, page, frame: Pages.Frame(title: "Audit record", formToken: session.formToken))
    }

    /// Sends every entry, the oldest first, as a line of JSON each: what `aprity audit export` writes.
    @Sendable private func export(_ request: Request, _ context: ServerContext) async throws -> Response {
        let session = try context.signedIn()
        let body = ResponseBody { [audit = service.audit] writer in
            var number: Int64? = 0
            while let after = number {
                var lines = ByteBuffer()
                number = try await audit.portion(after: after, as: session.principal) { portion in
                    for record in portion { lines.writeString(try record.line() + "\n") }
                }
                if lines.readableBytes > 0 { try await writer.write(lines) }
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "application/jsonl; charset=utf-8",
                .contentDisposition: "attachment; filename=\"aprity-audit.jsonl\"",
            ], body: body)
    }
}

/// The filters of the page, as they are in its address. Texts that are no time or act are kept for the form and select
/// nothing.
struct AuditQuery {
    var connection = ""
    var principal = ""
    var act = ""
    /// Days, such as `2026-11-23`, in UTC. The second one is included.
    var from = ""
    var until = ""
    var before: Int64?

    init(_ request: Request) {
        // As browsers send a form: a plus sign stands for a blank.
        let fields = FormFields(request.uri.query ?? "")
        func text(_ name: String) -> String { fields[name].map { String($0.prefix(200)) } ?? "" }
        connection = text("connection").trimmingCharacters(in: .whitespaces)
        principal = text("who").trimmingCharacters(in: .whitespaces)
        act = text("act")
        from = text("from")
        until = text("until")
        before = fields["before"].flatMap { Int64($0) }
    }

    var selection: AuditSelection {
        var selection = AuditSelection(
            connection: connection.isEmpty ? nil : connection, act: AuditEvent.Act(rawValue: act),
            limit: AuditPage.limit + 1)
        selection.principal = principal
        selection.from = Self.day(from)
        selection.until = Self.day(until)?.addingTimeInterval(86_400)
        selection.before = before
        return selection
    }

    private static func day(_ text: String) -> Date? {
        try? Date(text, strategy: .iso8601.year().month().day())
    }

    /// The address of the entries before a number.
    func path(before number: Int64) -> String {
        let fields = [
            ("connection", connection), ("who", principal), ("act", act), ("from", from), ("until", until),
            ("before", String(number)),
        ]
        let query = fields.filter { !$0.1.isEmpty }.map { "\($0)=\(PercentEncoding.escaped($1))" }
        return "\(SettingsPath.audit)?\(query.joined(separator: "&"))"
    }
}

/// One entry. The property names are tags of `auditEntries.mustache`. They must differ from those of the page, because a
/// template looks up a missing name in the enclosing scope.
struct AuditRow {
    let number: Int64
    let time: ShownTime
    let who: String
    let predicate: String
    /// The connection that the act is about; `nil` if it is about none.
    let about: String?
    /// The path of its page; `nil` if the connection was removed.
    let aboutPath: String?
    /// The result in a few words; `nil` if the act was done.
    let result: String?
    let act: String
    /// The facts as `name=value`, sorted.
    let facts: String

    /// - Parameter connections: The names of the present connections; `nil` if they are not known.
    init(_ entry: AuditEntry, connections: Set<String>?) {
        number = entry.number
        time = ShownTime(entry.time)
        who = entry.who
        predicate = entry.predicate
        about = entry.connection
        aboutPath = entry.connection.flatMap { name in
            connections?.contains(name) == false ? nil : SettingsPath.connection(name)
        }
        result = entry.isDone ? nil : entry.cause?.entry.summary ?? entry.outcome
        act = entry.act.rawValue
        facts = entry.facts.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }
}

/// The page's content. The property names are the tags of `audit.mustache`.
struct AuditPage {
    /// The maximum number of rows.
    static let limit = 100

    /// The result of the verification; `nil` if no checkpoints are signed.
    let sentence: String?
    let tone: String
    let findings: [String]
    let connection: String
    let principal: String
    let actGroups: [ActGroup]
    /// The connections that the field suggests.
    let connectionNames: [String]
    /// The people and programs that the field suggests.
    let principals: [FormChoice]
    let from: String
    let until: String
    let rows: [AuditRow]
    /// `nil` if there are no older entries.
    let olderPath: String?
    let isFiltered: Bool

    /// Acts to choose from, under a heading.
    struct ActGroup {
        let title: String
        let acts: [FormChoice]
    }

    /// The maximum number of names that a field suggests.
    private static let suggestionLimit = 1_000

    /// - Parameter known: The names of the present connections and accounts; `nil` if they cannot be read.
    init(
        _ entries: [AuditEntry], _ verification: AuditVerificationView?, _ query: AuditQuery,
        known: (connections: [String], accounts: [String])?, isAdmin: Bool
    ) {
        sentence = verification?.sentence
        tone = verification?.isIntact == false ? "bad" : "good"
        findings = verification?.findings.map(\.sentence) ?? []
        connection = query.connection
        principal = query.principal
        from = query.from
        until = query.until
        actGroups = AuditActGroup.allCases.map { group in
            ActGroup(
                title: group.title,
                acts: group.acts.map {
                    FormChoice(value: $0.rawValue, label: $0.title, isChosen: $0.rawValue == query.act)
                })
        }
        connectionNames = Array((known?.connections ?? []).prefix(Self.suggestionLimit))
        principals = Self.principals(in: entries, accounts: isAdmin ? known?.accounts ?? [] : [])
        let connections = known.map { Set($0.connections) }
        rows = entries.prefix(Self.limit).map { AuditRow($0, connections: connections) }
        olderPath = entries.count > Self.limit ? rows.last.map { query.path(before: $0.number) } : nil
        isFiltered = ![query.connection, query.principal, query.act, query.from, query.until].allSatisfy(\.isEmpty)
    }

    /// What the field for people and programs suggests: the ways to act, the accounts, and those of the shown entries.
    private static func principals(in entries: [AuditEntry], accounts: [String]) -> [FormChoice] {
        let ways: [(value: String, label: String)] = [
            ("commandLine:", "everybody on the command line"), ("settingsPage:", "everybody on the Settings page"),
            ("settingsPage:unknown", "refused sign-ins to the Settings page"), ("api:", "all programs at the API"),
            ("schedule:", "aprity itself"), ("start token", "the start token"),
        ]
        let shown = entries.map(\.principal.nameWithoutSession).filter { name in
            !name.hasPrefix("session ") && !["unknown", "start token"].contains(name)
        }
        let names = Set(shown + accounts.prefix(suggestionLimit)).sorted()
        return (ways + names.map { ($0, $0) }).map { FormChoice(value: $0.value, label: $0.label, isChosen: false) }
    }
}

internal import ConnectedApp
internal import HTTPTypes
internal import Hummingbird

/// The page with the clients of a connection, on which an admin adds and revokes them.
struct ClientPages: Sendable {
    /// The raw values are those of the field `act`.
    enum Act: String {
        case add, revoke, removePolicy
    }

    static let name = "clients"

    let service: AppService
    let pages: Pages

    func add(to routes: RouterGroup<ServerContext>) {
        let path = RouterPath("connections/:alias/\(Self.name)")
        routes.get(path) { _, context in try await page(context.captured("alias"), context.signedIn()) }
        routes.post(path, use: submit)
    }

    @Sendable private func submit(_ request: Request, _ context: ServerContext) async throws -> Response {
        let form = context.form
        return try await context.submit { alias, session in
            let act: Act = try form.act()
            switch act {
            case .add:
                let added = try await service.clients.add(Self.client(form), to: alias, as: session.principal)
                return try await page(alias, session, added: added)
            case .revoke:
                try await service.clients.revoke(form["name"] ?? "", of: alias, as: session.principal)
            case .removePolicy:
                try await service.trustPolicies.remove(form["name"] ?? "", of: alias, as: session.principal)
            }
            return .redirect(to: SettingsPath.clients(alias), type: .normal)
        } refused: { alias, session, problem in
            try await page(alias, session, entered: form, problem: problem)
        }
    }

    private static func client(_ form: FormFields) throws -> NewClient {
        func names(_ field: String) -> [String]? {
            form.text(field).map { $0.split { $0 == "," || $0.isWhitespace }.map(String.init) }
        }
        let mostDays = NewClient.lifetimes.upperBound / 86_400
        return NewClient(
            name: form["name"] ?? "",
            lifetime: try form.number("days", labelled: "Expires after", in: 1...mostDays) * 86_400,
            rights: ClientRights(
                types: names("types"), objects: names("objects"),
                callsPerHour: try form.limit("callsPerHour", labelled: "Calls per hour"),
                callsPerDay: try form.limit("callsPerDay", labelled: "Calls per day"),
                addresses: names("addresses") ?? []))
    }

    private func page(
        _ alias: String, _ session: Session, added: NewClientView? = nil, entered: FormFields? = nil,
        problem: Problem? = nil
    ) async throws -> Response {
        let shown = try await service.overviews.clients(of: alias, as: session.principal)
        let page = ClientsPage(
            shown, alias, session, added: added, entered: entered, problem: problem.map(ProblemCard.init))
        return try pages.response(
            .clients, page,
            frame: Pages.Frame(title: "Clients of \(alias)", formToken: session.formToken, copies: true),
            status: problem?.status ?? .ok)
    }
}

extension FormFields {
    /// Returns a limit; `nil` if the field is empty.
    ///
    /// - Throws: ``ConnectedAppError`` with `.usage` and the label if it is no number.
    fileprivate func limit(_ name: String, labelled label: String) throws(ConnectedAppError) -> Int? {
        text(name) == nil ? nil : try number(name, labelled: label, in: 1...10_000_000)
    }
}

/// The property names are the tags of `clients.mustache`. The names of inner values differ from those of the page.
struct ClientsPage {
    struct Row {
        let client: String
        let id: String
        let reads: String
        let from: String
        let expiresAt: ShownTime
        let isExpired: Bool
        let createdBy: String
        let policy: String?
        let lastUsedAt: ShownTime?
        let lastUsedFrom: String?
        let calls: String
        let refusals: Int
        let lastRefusedAt: ShownTime?
    }

    struct Policy {
        let trusted: String
        let issuer: String
        let subject: String
        let audience: String
        let claims: String?
        let reads: String
    }

    /// The latest test of the gateway.
    struct Probe {
        let result: String
        let tone: Tone
        let detail: String?
        let probedAt: ShownTime
    }

    let place: ConnectionPlace
    /// The new handle, a secret. No other page shows it.
    let handle: String?
    let handleName: String?
    let rows: [Row]
    let policies: [Policy]
    /// The ids of altered records.
    let alteredClients: [String]
    let alteredPolicies: [String]
    let probe: Probe?
    let allowsTokens: Bool
    let days: String
    let mostDays = NewClient.lifetimes.upperBound / 86_400
    let newName, types, objects, callsPerHour, callsPerDay, addresses: String?
    let problem: ProblemCard?

    /// - Parameter entered: The values of a form that failed.
    init(
        _ shown: ClientOverview, _ alias: String, _ session: Session, added: NewClientView?, entered: FormFields?,
        problem: ProblemCard?
    ) {
        place = ConnectionPlace(alias, page: ClientPages.name, session: session)
        handle = added?.handle
        handleName = added?.name
        rows = shown.clients.map(Row.init)
        policies = shown.policies.map(Policy.init)
        alteredClients = shown.alteredClients
        alteredPolicies = shown.alteredPolicies
        probe = shown.probe.map(Probe.init)
        allowsTokens = shown.allowsTokens
        days = entered?.text("days") ?? "90"
        let form = entered?.value("act", as: ClientPages.Act.self) == .add ? entered : nil
        newName = form?.text("name")
        types = form?.text("types")
        objects = form?.text("objects")
        callsPerHour = form?.text("callsPerHour")
        callsPerDay = form?.text("callsPerDay")
        addresses = form?.text("addresses")
        self.problem = problem
    }

    fileprivate static func reads(_ types: [String]?, _ objects: [String]?) -> String {
        let types = types.map { "types: " + $0.joined(separator: ", ") } ?? "all types without secrets"
        return types + "; " + (objects.map { "objects: " + $0.joined(separator: ", ") } ?? "all objects")
    }
}

extension ClientsPage.Row {
    fileprivate init(_ view: ClientView) {
        client = view.name
        id = view.id
        reads = ClientsPage.reads(view.types, view.objects)
        from = view.addresses.isEmpty ? "any address" : view.addresses.joined(separator: ", ")
        expiresAt = ShownTime(view.expiresAt)
        isExpired = view.isExpired
        createdBy = Principal.words(for: view.createdBy)
        policy = view.trustPolicy
        lastUsedAt = view.lastUsedAt.map(ShownTime.init)
        lastUsedFrom = view.lastUsedFrom
        func used(_ calls: Int, _ limit: Int?) -> String { "\(calls)" + (limit.map { " of \($0)" } ?? "") }
        calls =
            "\(used(view.callsInLastHour, view.callsPerHour)) in the last hour, "
            + "\(used(view.callsInLastDay, view.callsPerDay)) in the last day"
        refusals = view.refusals
        lastRefusedAt = view.lastRefusedAt.map(ShownTime.init)
    }
}

extension ClientsPage.Probe {
    fileprivate init(_ probe: GatewayProbe) {
        probedAt = ShownTime(probe.probedAt)
        detail = probe.isUnsafe ? nil : probe.readFailure?.entry.summary
        (result, tone) =
            if probe.isUnsafe {
                ("The gateway did not refuse what it must refuse. Stop the server, and report this as a bug.", .bad)
            } else if probe.readFailure != nil {
                ("cannot read", .warn)
            } else {
                ("reads; refuses strangers and writes", .good)
            }
    }
}

extension ClientsPage.Policy {
    fileprivate init(_ view: TrustPolicyView) {
        trusted = view.name
        issuer = view.issuer
        subject = view.subject
        audience = view.audience
        let further = view.claims.map { "\($0)=\($1)" }.sorted().joined(separator: ", ")
        claims = further.isEmpty ? nil : further
        reads = ClientsPage.reads(view.types, view.objects)
    }
}

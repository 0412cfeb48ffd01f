internal import ConnectedApp
internal import Hummingbird

/// The page that takes a connection out of use or removes it, and shows what is left to remove in Salesforce.
struct RemovalPages: Sendable {
    /// The raw values are those of the field `act`.
    enum Act: String {
        /// For the last connection of an app: blocks the app and revokes its tokens; the connection and its keys stay. If
        /// other connections use the app: removes only this connection.
        case takeOutOfUse = "take-out-of-use"
        /// Also destroys the keys and removes the connection.
        case destroy
    }

    static let name = "removal"

    let service: AppService
    let pages: Pages

    func add(to routes: RouterGroup<ServerContext>) {
        let path = RouterPath("connections/:alias/\(Self.name)")
        routes.get(path) { _, context in
            let session = try context.signedIn()
            return try pages.response(try await form(context.captured("alias"), session, nil))
        }
        routes.post(path) { _, context in
            try await context.submit { alias, session in
                let act: Act = try context.form.act()
                try context.form.checkConfirmation(names: alias)
                let revision = context.form["revision"].flatMap { Int($0) } ?? 0
                let done = try await service.blocks.offboard(
                    alias, destroysKeys: act == .destroy, expectedRevision: revision, as: session.principal)
                return try pages.response(
                    .removal, RemovalPage(done, session: session),
                    frame: Pages.Frame(title: "Removal of \(alias)", formToken: session.formToken))
            } refused: { alias, session, problem in
                try await refusal(alias, session, problem)
            }
        }
    }

    /// Shows the failure above the form. If a key could not be destroyed, the connection is removed nevertheless, and the
    /// failure is shown with the remaining key.
    private func refusal(_ alias: String, _ session: Session, _ problem: Problem) async throws -> Response {
        do {
            return try pages.response(try await form(alias, session, problem), status: problem.status)
        } catch let error as ConnectedAppError where error.cause == .unknownAlias {
            let remaining = RemainingKeyPages(service: service, pages: pages)
            return try pages.response(try await remaining.shown(session, problem), status: problem.status)
        }
    }

    private func form(_ alias: String, _ session: Session, _ problem: Problem?) async throws -> ShownPage {
        let view = try await service.connections.named(alias, as: session.principal)
        return ShownPage(
            template: .removal, content: RemovalPage(view, session: session, problem: problem),
            frame: Pages.Frame(title: "Remove \(alias)", formToken: session.formToken))
    }
}

/// The page's content. The property names are the tags of `removal.mustache`.
struct RemovalPage {
    /// The form.
    struct Form {
        let revision: Int
        /// The `act` of each button.
        let takeOutOfUse = RemovalPages.Act.takeOutOfUse.rawValue
        let destroy = RemovalPages.Act.destroy.rawValue
        /// Whether other connections use the app, so that only the connection is removed.
        let isShared: Bool
        /// Their aliases, separated by commas.
        let others: String
        let keyStore: String
    }

    /// What was done.
    struct Done {
        let heading: String
        let sentences: [String]
        let warnings: [String]
        let remains: [Clicks]
        let isRemoved: Bool
    }

    let place: ConnectionPlace
    var form: Form?
    var done: Done?
    var problem: ProblemCard?

    init(_ view: ConnectionView, session: Session, problem: Problem?) {
        place = ConnectionPlace(view.alias, page: RemovalPages.name, session: session)
        form = Form(
            revision: view.revision, isShared: !view.sharesAppWith.isEmpty,
            others: view.sharesAppWith.joined(separator: ", "), keyStore: view.keyStore.label)
        self.problem = problem.map(ProblemCard.init)
    }

    init(_ view: OffboardingView, session: Session) {
        place = ConnectionPlace(view.connection, page: RemovalPages.name, session: session)
        done = Done(
            heading: view.isRemoved ? "\(view.connection) is removed" : "\(view.connection) is blocked",
            sentences: Self.sentences(view), warnings: view.warnings, remains: view.remains.map(Clicks.init),
            isRemoved: view.isRemoved)
    }

    private static func sentences(_ view: OffboardingView) -> [String] {
        var sentences: [String] = []
        if view.keysDestroyed > 0 {
            sentences.append(view.keysDestroyed == 1 ? "Its key is destroyed." : "Its keys are destroyed.")
        } else if view.isRemoved {
            sentences.append("The app and its key stay, because other connections use them.")
        } else {
            sentences.append("Nothing was destroyed: the connection can be unblocked, or removed later.")
        }
        switch view.refusal.state {
        case .refused: sentences.append("The org refused the last sign-in. \(view.refusal.cause?.entry.summary ?? "")")
        case .accepted, .unanswered, .notTried: break
        }
        return sentences
    }
}

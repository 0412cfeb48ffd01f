internal import ConnectedApp
internal import Foundation
internal import Hummingbird

/// The page of keys that are no longer needed, but not destroyed yet, for example because their token is not plugged in.
struct RemainingKeyPages: Sendable {
    let service: AppService
    let pages: Pages

    func add(to routes: RouterGroup<ServerContext>) {
        let path = RouterPath(SettingsPath.remainingKeys)
        routes.get(path) { _, context in try pages.response(try await shown(context.signedIn(), nil)) }
        routes.post(path) { _, context -> Response in
            let session = try context.signedIn()
            do {
                try await service.connections.destroyRemainingKeys(as: session.principal)
                return .redirect(to: SettingsPath.remainingKeys, type: .normal)
            } catch let error as ConnectedAppError {
                let problem = Problem(error)
                return try pages.response(try await shown(session, problem), status: problem.status)
            }
        }
    }

    /// - Parameter problem: Why a key could not be destroyed just now; `nil` if nobody tried.
    func shown(_ session: Session, _ problem: Problem?) async throws -> ShownPage {
        let keys = try await service.connections.remainingKeys(as: session.principal)
        return ShownPage(
            template: .remainingKeys, content: RemainingKeysPage(keys, session: session, problem: problem),
            frame: Pages.Frame(title: "Keys to destroy", formToken: session.formToken))
    }
}

/// The page's content. The property names are the tags of `remainingKeys.mustache`.
struct RemainingKeysPage {
    struct Row {
        let alias: String
        /// `nil` if the connection is removed.
        let connectionPath: String?
        let keyStore: String
        let since: ShownTime
    }

    let path = SettingsPath.remainingKeys
    let formToken: String
    let rows: [Row]
    let problem: ProblemCard?

    init(_ keys: [RemainingKey], session: Session, problem: Problem?) {
        formToken = session.formToken
        rows = keys.map { key in
            Row(
                alias: key.alias,
                connectionPath: key.isConnectionRemoved ? nil : SettingsPath.connection(key.alias),
                keyStore: key.keyStore.label, since: ShownTime(key.since))
        }
        self.problem = problem.map(ProblemCard.init)
    }
}

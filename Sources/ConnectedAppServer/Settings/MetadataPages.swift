internal import ConnectedApp
internal import Foundation
internal import Hummingbird

/// The page about the pulls of an org's metadata that aprity makes by itself.
struct MetadataPages: FormPage {
    /// The raw values are those of the field `act`.
    enum Act: String {
        case schedule, start
    }

    static let name = "metadata"

    let service: AppService
    let pages: Pages

    func perform(_ act: Act, _ form: FormFields, on alias: String, as principal: Principal) async throws {
        switch act {
        case .schedule:
            let interval = try form.text("every").map { try PullInterval($0) }
            _ = try await service.pulls.schedule(alias, every: interval, as: principal)
        case .start: _ = try await service.pulls.start(alias, as: principal)
        }
    }

    func shown(_ alias: String, _ session: Session, _ problem: Problem?) async throws -> ShownPage {
        let view = try await service.pulls.status(of: alias, as: session.principal)
        return ShownPage(
            template: .metadata, content: MetadataPage(view, session: session, problem: problem),
            frame: Pages.Frame(
                title: "Metadata of \(alias)", formToken: session.formToken,
                events: problem == nil ? LivePages.path(SettingsPath.connection(alias), Self.name) : nil,
                reloads: problem == nil && (view.state == .running || view.state == .waiting)))
    }
}

/// The page's content. The property names are the tags of `metadata.mustache`. The names of inner values must differ from
/// those of the page, because a template looks up a missing name in the enclosing scope.
struct MetadataPage {
    /// The `act` that each form sends.
    struct Acts {
        let schedule = MetadataPages.Act.schedule.rawValue
        let start = MetadataPages.Act.start.rawValue
    }

    /// What the latest complete pull has found.
    struct Found {
        let pulledAt: ShownTime
        let delivered: String
        let files: Int
        let apiCalls: Int
        /// `nil` for the first pull.
        let difference: String?
        /// The numbers of what the tables do not show; `nil` if they show everything.
        let moreLeftOut: Int?
        let moreChanges: Int?
        let keptAside: [String]
        let leftOut: [LeftOut]
        let changes: [Change]
        let newlyLeftOut: Int?
    }

    struct LeftOut {
        let type: String
        let component: String
        let because: String
    }

    struct Change {
        let kind: String
        let type: String
        let component: String
        let by: String
        let at: String
    }

    let place: ConnectionPlace
    let acts = Acts()
    let stateLabel: String
    let tone: Tone
    /// How far a running pull is; `nil` if that is not known.
    let progress: String?
    let isBusy: Bool
    let intervals: [FormChoice]
    let folder: String
    let startedAt: ShownTime?
    let endedAt: ShownTime?
    let isInterrupted: Bool
    let nextAt: ShownTime?
    /// Why scheduled pulls pause; `nil` if they do not.
    let pause: String?
    /// Why the latest pull failed; `nil` if it did not.
    let failure: Failure?
    let found: Found?
    let problem: ProblemCard?

    struct Failure {
        let detail: String
        let whatToDo: String
        let code: String
        let manual: String?
    }

    init(_ view: PullStatusView, session: Session, problem: Problem?) {
        place = ConnectionPlace(view.connection, page: MetadataPages.name, session: session)
        (stateLabel, tone) = Self.label(of: view)
        progress = view.progress.map { "\($0.entries) of \($0.of) entries delivered" }
        isBusy = view.state == .running || view.state == .waiting
        intervals = Self.choices(view.every)
        folder = view.folder
        startedAt = view.startedAt.map(ShownTime.init)
        endedAt = view.endedAt.map(ShownTime.init)
        isInterrupted = view.startedAt != nil && view.endedAt == nil && view.state != .running
        nextAt = view.nextAt.map(ShownTime.init)
        pause = view.pausedBecause.map(Self.text)
        failure = view.problem.map(Failure.init)
        found = view.result.map(Found.init)
        self.problem = problem.map(ProblemCard.init)
    }

    /// The state in a few words.
    static func label(of view: PullStatusView) -> (String, Tone) {
        switch view.state {
        case .running: ("Pulling", .plain)
        case .waiting: ("Waiting for other pulls", .plain)
        case .scheduled, .off:
            if view.problem != nil {
                ("The latest pull failed", .bad)
            } else if view.result?.newlyLeftOut ?? 0 > 0 {
                ("Pulled, but something was newly left out", .warn)
            } else if view.result != nil {
                ("Pulled", .good)
            } else {
                ("Not pulled yet", .plain)
            }
        }
    }

    private static func text(_ pause: PullStatusView.Pause) -> String {
        switch pause {
        case .blocked: "Pulls pause, because the app is blocked in aprity."
        case .consumerKeyMissing: "Pulls begin when the Consumer Key is set and the connection is tested."
        case .notSignedIn: "Pulls begin after the first sign-in. Test the connection."
        }
    }

    private static func choices(_ present: PullInterval?) -> [FormChoice] {
        var values = [("", "never"), ("1h", "every hour"), ("6h", "every 6 hours"), ("12h", "every 12 hours")]
        values += [("1d", "every day"), ("7d", "every week")]
        let chosen = present?.description ?? ""
        if !values.contains(where: { $0.0 == chosen }) { values.append((chosen, "every \(chosen)")) }
        return values.map { FormChoice(value: $0.0, label: $0.1, isChosen: $0.0 == chosen) }
    }
}

extension MetadataPage.Failure {
    fileprivate init(_ problem: ProblemView) {
        let cause = Cause(rawValue: problem.code)
        detail = problem.detail
        whatToDo = cause?.remedyOnPage ?? problem.remedy
        code = problem.code
        manual = cause.map(SettingsPath.cause)
    }
}

extension MetadataPage.Found {
    fileprivate init(_ result: PullResult) {
        pulledAt = ShownTime(result.startedAt)
        delivered = "\(result.delivered) of \(result.listed)"
        (files, apiCalls) = (result.files, result.apiCalls)
        difference = result.since.map { _ in result.difference }
        keptAside = result.keptAside
        leftOut = result.firstLeftOut.map {
            .init(type: $0.type, component: $0.fullName ?? "the whole type", because: $0.because)
        }
        changes = result.firstChanges.map { row in
            .init(
                kind: row.kind.rawValue, type: row.change.type, component: row.change.fullName,
                by: row.change.lastModifiedBy ?? "", at: row.change.lastModifiedDate ?? "")
        }
        let (moreLeft, moreChanged) = (
            result.leftOut - leftOut.count, result.added + result.changed + result.removed - changes.count
        )
        moreLeftOut = moreLeft > 0 ? moreLeft : nil
        moreChanges = moreChanged > 0 ? moreChanged : nil
        newlyLeftOut = result.newlyLeftOut > 0 ? result.newlyLeftOut : nil
    }
}

extension PullResult {
    /// The numbers of changes, as a text.
    var difference: String { "\(added) added, \(changed) changed, \(removed) removed" }
}

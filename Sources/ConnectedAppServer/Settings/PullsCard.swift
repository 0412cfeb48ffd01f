internal import ConnectedApp

/// The pulls of the org's metadata that aprity makes by itself, on a connection's page. Its names must differ from those
/// of the page.
struct PullsCard {
    let pullLabel: String
    let pullTone: Tone
    /// `nil` if none is scheduled.
    let interval: String?
    let pulledAt: ShownTime?
    let summary: String?

    init(_ view: PullStatusView) {
        (pullLabel, pullTone) = MetadataPage.label(of: view)
        interval = view.every?.description
        pulledAt = (view.problem == nil ? view.result?.startedAt : view.endedAt).map(ShownTime.init)
        summary = view.result.map { result in
            "\(result.delivered) of \(result.listed) components" + (result.since == nil ? "" : "; " + result.difference)
        }
    }
}

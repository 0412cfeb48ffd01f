internal import ConnectedApp

/// The clients of the gateway, on a connection's page. Its names must differ from those of the page.
struct ClientsCard {
    let summary: String
    let lastRefusal: ShownTime?

    init(_ clients: [ClientView]) {
        let valid = clients.count { !$0.isExpired }
        let calls = clients.reduce(0) { $0 + $1.callsInLastDay }
        summary =
            clients.isEmpty
            ? "No other tool reads metadata through aprity. A client gets a handle in place of a token, and can only read."
            : "\(valid) \(valid == 1 ? "client reads" : "clients read") metadata through the gateway: \(calls) calls in the last day."
        lastRefusal = clients.compactMap(\.lastRefusedAt).max().map(ShownTime.init)
    }
}

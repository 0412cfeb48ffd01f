import Foundation

/// *Login History*: the sign-ins of the org, newest first.
enum LoginHistoryPage {
    /// The number of sign-ins shown. The number in a real org is not known.
    private static let limit = 500

    static func outcome(of visit: SetupVisit) throws(SetupRefusal) -> SetupOutcome {
        guard visit.isHome else { throw .notFound }
        let rows = visit.logins.reversed().prefix(limit).map { login in
            [
                HTML(login.orgTime.formatted(.iso8601)), HTML(login.username ?? ""), HTML(login.application ?? ""),
                HTML(login.status + (login.synthetic ? " *" : "")), HTML(login.loginType),
                HTML(login.sourceAddress),
            ]
        }
        return .page(
            SetupPage(
                "Login History", .loginHistory,
                .section(
                    "Login History",
                    .table(
                        ["Login Time", "Username", "Application", "Status", "Login Type", "Source IP"], rows,
                        empty: "Nobody has signed in yet."),
                    .note("* The closest published text, not confirmed on a real org."),
                    .note("Times are org time in UTC. The page shows the newest \(limit) sign-ins."))))
    }
}

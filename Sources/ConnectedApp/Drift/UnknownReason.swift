/// Why something of an app could not be read. Each reason has a sentence of its own, so views can be grouped by it.
package enum UnknownReason: Hashable, Sendable {
    /// A Connected App lacks what an External Client App has.
    case noSuchSetting
    /// Nothing was looked for, or a file of the folder is not there.
    case notLookedAt, partNotRead
    case fileDoesNotSay, noConsumerKeyInFile
    /// The org gives no certificate back.
    case certificateKeptBack
    /// The token works for REST only.
    case soapRefused
    /// The token's user may not see an app's own settings.
    case rightMissing(AppKind)
    /// The token's user may not see Setup's objects.
    case viewSetupMissing
    /// None of the apps that the org shows is ours.
    case notAmong(count: Int)
    /// The org was not found to list the app under any name.
    case nameNotFound
    /// Files list permission sets, but not who has them.
    case usersNotInFiles
    /// A query has more pages than are read.
    case tooManyRows

    package var sentence: String {
        switch self {
        case .noSuchSetting: "A Connected App has no such setting."
        case .notLookedAt: "It was not looked at."
        case .partNotRead: "The part of the app's metadata that tells it could not be read."
        case .fileDoesNotSay: "The file does not say."
        case .noConsumerKeyInFile: "The file has no Consumer Key."
        case .certificateKeptBack:
            "This org gives an External Client App's certificate back to nobody; that does not mean it has none."
        case .soapRefused: "The SOAP API refused the token, so the app's metadata was not read."
        // Which right it is, is not confirmed for External Client Apps.
        case .rightMissing(.connectedApp): "The org shows its apps' settings to users with Customize Application only."
        case .rightMissing(.externalClientApp):
            """
            The org shows its apps' settings to users with Customize Application, or with View all External Client Apps \
            (which of the two is not confirmed on a real org).
            """
        case .viewSetupMissing: "The org shows this to users with View Setup and Configuration only."
        case .notAmong(let count): "None of the \(count) apps that the org shows has this Consumer Key."
        case .nameNotFound: "Under which name the org lists the app could not be found out."
        case .usersNotInFiles: "Files do not tell which users have a permission set."
        case .tooManyRows: "The org has more rows about this than aprity reads."
        }
    }
}

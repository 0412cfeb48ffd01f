/// The reason why a setting of an app could not be read. Views group settings by the reason's sentence, so no two
/// reasons may have the same one.
enum UnknownReason: Hashable, Sendable {
    /// Only External Client Apps have the setting.
    case noSuchSetting
    /// Nothing was read about the setting.
    case notRead
    /// The part of an External Client App that contains the setting was not read, or its file is missing.
    case partNotRead
    /// The file or the metadata has no element for the setting, and no default is known.
    case fileDoesNotSay
    case noConsumerKeyInFile
    /// The org does not return the certificate.
    case certificateWithheld
    /// The SOAP API refuses the token, although the REST API accepts it.
    case soapRefused
    /// The token's user cannot see the settings of apps.
    case rightMissing(AppKind)
    /// The token's user cannot see the objects of Setup.
    case viewSetupMissing
    /// None of the apps that were read has the connection's Consumer Key.
    case notAmong(count: Int)
    /// The name under which the org lists the app could not be found.
    case nameNotFound
    /// Files list permission sets, but not the users that have them.
    case usersNotInFiles
    /// A query has more pages than aprity reads.
    case tooManyRows

    /// The reason for people. If a right is missing, the sentence names it.
    var sentence: String {
        switch self {
        case .noSuchSetting: "A Connected App has no such setting."
        case .notRead: "It was not read."
        case .partNotRead: "The part of the app's metadata that contains it could not be read."
        case .fileDoesNotSay: "The file does not contain it."
        case .noConsumerKeyInFile: "The file has no Consumer Key."
        case .certificateWithheld:
            "This org does not return the certificate of an External Client App. The app may have one nevertheless."
        case .soapRefused: "The SOAP API refused the token, so the app's metadata was not read."
        // For External Client Apps, it is not confirmed which right is needed.
        case .rightMissing(.connectedApp): "The org shows its apps' settings to users with Customize Application only."
        case .rightMissing(.externalClientApp):
            """
            The org shows its apps' settings to users with Customize Application, or with View all External Client Apps \
            (which of the two is not confirmed on a real org).
            """
        case .viewSetupMissing: "The org shows this to users with View Setup and Configuration only."
        case .notAmong(1): "The one app that aprity read from the org does not have this Consumer Key."
        case .notAmong(let count): "None of the \(count) apps that aprity read from the org has this Consumer Key."
        case .nameNotFound: "aprity could not find out under which name the org lists the app."
        case .usersNotInFiles: "Files do not list the users that have a permission set."
        case .tooManyRows: "The org has more rows about this than aprity reads."
        }
    }
}

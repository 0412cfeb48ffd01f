internal import Foundation
internal import JWTBearer

/// The app in an org through which people sign in to aprity.
///
/// It is not an ``AppRecord``: it has no key, and blocks, rotations and app checks do not concern it. So a block of a
/// connection's app never keeps people out.
///
/// Stored as a record; the names of properties must not change.
struct SignInAppRecord: RemovableRecord, Equatable {
    static let kind = RecordKind.signInApp
    /// A store has at most one such record.
    static let onlyID = "salesforce"

    /// 32 hexadecimal digits. Each setup of the app has its own id, so a new setup ends the sessions of the former one.
    let id: String
    /// The ``LoginHost/description`` of the org's My Domain.
    let loginHost: String
    /// Hosts that are not Salesforce's and that aprity may use nevertheless.
    let allowedHosts: [AllowedHost]
    /// PEM text of further certificate authorities for TLS to the org; `nil` for none.
    let certificateAuthoritiesPEM: String?
    let consumerKey: String
    /// The only org whose people may sign in.
    let pinnedOrganizationID: OrganizationID
    /// Who ended all of their sessions lately.
    var signOuts: [SignOut]
    let createdAt: Date
    let createdBy: Principal

    var recordID: String { Self.onlyID }

    /// That a person ended all of their sessions.
    struct SignOut: Codable, Sendable, Equatable {
        /// With 15 characters.
        let userID: String
        /// A random word. Sessions that began later know it.
        let mark: String
        let time: Date
    }

    /// The mark of the person's latest sign-out; `nil` if there was none, or if every earlier session has expired.
    func signOutMark(of userID: String) -> String? { signOuts.last { $0.userID == userID }?.mark }
}

extension SignInAppRecord {
    /// Checks that no people sign in through the app with this Consumer Key. People and machine access must not share
    /// an app: a block of the connection's app would keep the people out who have to lift it.
    ///
    /// - Parameter records: The intact record, if there is one. An altered record does not count, because nobody can
    ///   sign in with it.
    /// - Throws: ``ConnectedAppError`` with `.signInAppShared`.
    fileprivate static func check(
        _ consumerKey: String, of alias: String, against records: [Revisioned<SignInAppRecord>]
    ) throws(ConnectedAppError) {
        guard records.contains(where: { $0.value.consumerKey == consumerKey }) else { return }
        throw ConnectedAppError(
            .signInAppShared, connection: alias,
            detail: "People sign in to aprity through the app with this Consumer Key.",
            remedy: "Create another app in Salesforce for this connection, and give its Consumer Key.")
    }
}

extension CheckedReading {
    /// Checks that no people sign in through the app with this Consumer Key.
    ///
    /// - Throws: ``ConnectedAppError`` with `.signInAppShared`.
    func checkIsNotSignInApp(_ consumerKey: String, of alias: String) throws {
        try SignInAppRecord.check(consumerKey, of: alias, against: intact(SignInAppRecord.self))
    }
}

extension CheckedWriting {
    /// As ``CheckedReading/checkIsNotSignInApp(_:of:)``.
    func checkIsNotSignInApp(_ consumerKey: String, of alias: String) throws {
        try SignInAppRecord.check(consumerKey, of: alias, against: intact(SignInAppRecord.self))
    }

    /// Checks that no connection uses the app with this Consumer Key, neither now nor after its rotation.
    ///
    /// - Throws: ``ConnectedAppError`` with `.signInAppShared`.
    func checkIsNoConnectionsApp(_ consumerKey: ConsumerKey) throws {
        let key = consumerKey.description
        var apps = Set(try intact(AppRecord.self).map(\.value).filter { $0.consumerKey == key }.map(\.id))
        for rotation in try intact(RotationRecord.self) where rotation.value.otherApp?.consumerKey == key {
            apps.insert(rotation.value.appID)
        }
        guard !apps.isEmpty else { return }
        let aliases = try intact(ConnectionRecord.self).map(\.value).filter { apps.contains($0.appID) }
            .map(\.alias.description)
        throw ConnectedAppError(.signInAppShared, subject: aliases.prefix(3).joined(separator: ", "))
    }
}

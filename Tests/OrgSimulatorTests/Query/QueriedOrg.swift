import Foundation
import SOQL

@testable import OrgSimulator

/// An org with both kinds of app, a group and three users. It is queried without HTTP.
struct QueriedOrg {
    static let now = Date(timeIntervalSince1970: 1_790_000_000)

    var state = SimulatorState.harbourBikes
    var user = "integration@harbour-bikes.example"
    var endpoint = QueryEndpoint.data
    var logins: [LoginRecord] = []
    var audit = SetupAudit(since: now)
    var source = OrgSource.none

    var org: Org { state.orgs[0] }

    init() throws {
        var reader = App(name: "Metadata_Reader")
        reader.kind = .connectedApp
        reader.label = "Metadata Reader"
        reader.scopes = ["Api", "RefreshToken"]
        reader.permittedUsers = .adminApprovedPreAuthorized
        reader.permissionSets = ["Aprity_Integration", "Readers"]
        reader.profiles = [Profile.systemAdministrator]
        var approval = Approval(username: "clerk@harbour-bikes.example")
        approval.scopes = ["Api", "RefreshToken"]
        var other = approval
        other.username = user
        reader.approvals = [approval, other]
        var external = App(name: "Aprity")
        external.scopes = ["Api"]
        external.permissionSets = ["Aprity_Integration"]
        external.requiredSessionLevel = .highAssurance
        external.ipRelaxation = .enforceButRelaxForRefresh
        var group = PermissionSetGroup(name: "Readers")
        group.permissionSets = ["Aprity_Integration", "Aprity_Admin"]
        state.orgs[0].apps = [external, reader]
        state.orgs[0].groups = [group]
        state.orgs[0].users[2].groups = ["Readers"]
        var random = SeededRandom(seed: 1)
        state.generateMissingValues(using: &random)
        try state.validate()
        for user in org.users {
            logins.append(
                LoginRecord(
                    orgTime: Self.now - 3_600, orgID: org.id, userID: user.id, username: user.username,
                    application: "Metadata Reader", sourceAddress: "192.0.2.7",
                    loginURL: org.myDomain, status: "Success", synthetic: false))
        }
    }

    /// The same org, queried by a user whose profile and permission sets grant only these permissions.
    func permitting(_ permissions: String...) -> QueriedOrg {
        var copy = self
        copy.state.orgs[0].permissionSets[0].userPermissions = ["ApiEnabled"] + permissions
        return copy
    }

    func result(_ text: String) throws -> QueryEvaluation.Result {
        let tables = OrgTables(
            org, for: org.user(named: user) ?? org.users[0], logins: logins, audit: audit, source: source)
        let evaluation = QueryEvaluation(tables: tables, endpoint: endpoint, now: Self.now, dataPath: "/v67.0")
        return try evaluation.result(of: try SOQLQuery(parsing: text))
    }

    /// The rows as short JSON, without `attributes`; `$user` and the like stand for ids.
    func rows(_ text: String) throws -> [String] {
        try result(replacingIDs(in: text)).records.map { $0.plain.text }
    }

    /// Returns the `totalSize` of a query.
    func count(_ text: String) throws -> Int { try result(replacingIDs(in: text)).totalSize }

    /// Returns the error code and message of a query, or `rows` if it succeeds.
    func refusal(_ text: String) -> String {
        do {
            _ = try result(replacingIDs(in: text))
            return "rows"
        } catch let refusal as QueryRefusal {
            return "\(refusal.code): \(refusal.message)"
        } catch {
            return "\(error)"
        }
    }

    private func replacingIDs(in text: String) -> String {
        let ids = [
            "$admin": org.users[0].id, "$user": org.users[1].id, "$clerk": org.users[2].id,
            "$reader": org.apps[1].id, "$external": org.apps[0].id, "$set": org.permissionSets[0].id,
        ]
        return ids.reduce(text) { $0.replacing($1.key, with: $1.value) }
    }
}

extension JSONValue {
    /// Without the `attributes` of records, at any depth.
    fileprivate var plain: JSONValue {
        switch self {
        case .object(let members):
            .object(members.filter { $0.key != "attributes" }.map { .init(key: $0.key, value: $0.value.plain) })
        case .array(let values): .array(values.map(\.plain))
        default: self
        }
    }
}

internal import Foundation

/// The embedded org's state document, which a test changes to inject faults.
struct OrgDocument {
    private(set) var state: [String: Any]

    static let consumerKey = "3MVG9harbour.Bikes_0123456789abcdefABCDEF"
    static let organizationID = "00D000000000062EAA"
    static let user = ManagedOrg.integrationUser

    /// Creates an org as the admin guide describes it, with changes in force at once.
    init(kind: String, certificatePEM: String) {
        state = [
            "switches": ["propagation": "instant"],
            "orgs": [
                [
                    "name": "Harbour Bikes", "id": Self.organizationID, "myDomain": "harbour-bikes.my.salesforce.com",
                    "permissionSets": [
                        [
                            "name": "Aprity_Integration",
                            "userPermissions": ["ApiEnabled", "ModifyMetadata", "ViewSetup", "ViewRoles"],
                        ] as [String: Any],
                        ["name": "Aprity_Admin"],
                    ] as [Any],
                    "users": [
                        [
                            "username": Self.user, "profile": "Minimum Access - API Only Integrations",
                            "permissionSets": ["Aprity_Integration"],
                        ] as [String: Any],
                        ["username": "admin@harbour-bikes.example", "profile": "System Administrator"],
                        ["username": "clerk@harbour-bikes.example"],
                    ] as [Any],
                    "apps": [
                        [
                            "name": "aprity", "label": "aprity", "kind": kind, "consumerKey": Self.consumerKey,
                            "certificatePEM": certificatePEM, "scopes": ["Api", "RefreshToken"],
                            "permittedUsers": "adminApprovedPreAuthorized", "permissionSets": ["Aprity_Integration"],
                        ] as [String: Any]
                    ],
                ] as [String: Any]
            ],
        ]
    }

    // MARK: Changing it

    // These set a key of the aprity app, of the integration user, and of its permission set.
    mutating func app(_ key: String, _ value: Any) { change("apps", 0, key, value) }
    mutating func user(_ key: String, _ value: Any) { change("users", 0, key, value) }
    mutating func permissionSet(_ key: String, _ value: Any) { change("permissionSets", 0, key, value) }

    mutating func org(_ key: String, _ value: Any) {
        var orgs = state["orgs"] as? [[String: Any]] ?? []
        orgs[0][key] = value
        state["orgs"] = orgs
    }

    mutating func appSwitch(_ key: String, _ value: Any) {
        var switches = state["switches"] as? [String: Any] ?? [:]
        switches[key] = value
        state["switches"] = switches
    }

    /// Sets one key of the clock, and returns all others to their defaults.
    mutating func clock(_ key: String, _ value: Any) { state["clock"] = [key: value] }

    mutating func fault(_ fault: [String: Any]) {
        state["faults"] = (state["faults"] as? [Any] ?? []) + [fault]
    }

    /// Makes the token endpoint give this answer to every sign-in.
    mutating func tokenAnswer(
        status: Int = 200, body: String, contentType: String = "application/json", headers: [String: String] = [:]
    ) {
        fault([
            "kind": "answer", "path": "/services/oauth2/token", "status": status, "contentType": contentType,
            "body": body, "headers": headers, "count": 1000,
        ])
    }

    /// Makes the token endpoint give every sign-in the refusal with this number in the embedded org's list
    /// `KnownTokenRefusal`.
    mutating func tokenRow(_ row: Int) {
        fault(["kind": "refusal", "path": "/services/oauth2/token", "row": row, "count": 1000])
    }

    private mutating func change(_ list: String, _ index: Int, _ key: String, _ value: Any) {
        var orgs = state["orgs"] as? [[String: Any]] ?? []
        var members = orgs[0][list] as? [[String: Any]] ?? []
        members[index][key] = value
        orgs[0][list] = members
        state["orgs"] = orgs
    }
}

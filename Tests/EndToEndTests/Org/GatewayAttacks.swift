import Foundation

/// Requests that succeed with a token and must fail with a handle. Each can be sent to the embedded org, where it shows what a token
/// can do.
struct GatewayAttack: Sendable, Hashable, CustomStringConvertible {
    var method = "GET"
    /// The path and query.
    let target: String
    var contentType = "application/json"
    /// `SESSION` stands for the token or handle.
    var body: String?

    var description: String { "\(method) \(target.removingPercentEncoding ?? target) \(body?.prefix(300) ?? "")" }

    static let all: [GatewayAttack] = rows + composite + code + search + deployments + queries

    private static func base(_ version: Int) -> String { "/services/data/v\(version).0" }
    private static let versions = [31, 45, 52, 58, 60, 63, 66, 67]
    private static let id = "001000000000001AAA"

    // MARK: REST

    private static let rows: [GatewayAttack] = versions.flatMap { version in
        let data = ["Account", "Contact", "account"].flatMap { name -> [GatewayAttack] in
            let path = base(version) + "/sobjects/\(name)"
            return [
                GatewayAttack(method: "POST", target: path, body: #"{"Name":"x"}"#),
                GatewayAttack(method: "POST", target: path + "/", body: #"{"Name":"x"}"#),
                GatewayAttack(method: "PATCH", target: "\(path)/\(id)", body: #"{"Name":"x"}"#),
                GatewayAttack(method: "DELETE", target: "\(path)/\(id)"),
                GatewayAttack(method: "POST", target: "\(path)/\(id)?_HttpMethod=PATCH", body: #"{"Name":"x"}"#),
                GatewayAttack(method: "POST", target: "\(path)/\(id)?_HttpMethod=DELETE"),
            ]
        }
        let metadata = ["ApexClass", "ApexTrigger", "CustomField", "ValidationRule", "Layout"].flatMap { name in
            let path = base(version) + "/tooling/sobjects/\(name)"
            return [
                GatewayAttack(method: "POST", target: path, body: "{}"),
                GatewayAttack(method: "PATCH", target: "\(path)/\(id)", body: "{}"),
                GatewayAttack(method: "DELETE", target: "\(path)/\(id)"),
            ]
        }
        return data + metadata
    }

    private static let composite: [GatewayAttack] = versions.flatMap { version in
        ["", "/batch", "/tree/Account", "/sobjects", "/graph"].map { place in
            GatewayAttack(
                method: "POST", target: base(version) + "/composite" + place,
                body: #"{"batchRequests":[{"method":"GET","url":"v66.0/limits"}]}"#)
        }
    }

    private static let code: [GatewayAttack] = [60, 66].flatMap { version in
        [
            "delete%20[SELECT%20Id%20FROM%20Account];", "insert%20new%20Account(Name%3D'x');", "System.debug(1);",
            "%2F*%20limits%20*%2F%20update%20new%20Account();",
        ].map { GatewayAttack(target: base(version) + "/tooling/executeAnonymous?anonymousBody=\($0)") }
    }

    private static let search: [GatewayAttack] = versions.flatMap { version in
        ["FIND%20%7BCANARY%7D", "FIND+%7BCANARY*%7D+IN+ALL+FIELDS+RETURNING+Account(Name)"].map {
            GatewayAttack(target: base(version) + "/search?q=\($0)")
        }
    }

    private static let deployments: [GatewayAttack] = versions.map { version in
        GatewayAttack(method: "POST", target: base(version) + "/metadata/deployRequest", body: "{}")
    }

    // MARK: SOQL

    private static let places = [
        ("query", 66), ("queryAll", 66), ("query", 45), ("query/", 60), ("query", 67), ("query", 58),
    ]

    private static let queries: [GatewayAttack] = soql.flatMap { text in
        places.map { place, version in
            GatewayAttack(target: base(version) + "/\(place)?q=" + escaped(text))
        }
    }

    static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text
    }

    private static let soql = [
        "SELECT Id FROM Account", "select name from account", "SeLeCt NAME FrOm ACCOUNT",
        "SELECT Name FROM Account LIMIT 1",
        "SELECT Name FROM Account ORDER BY Name DESC", "SELECT Name FROM Account OFFSET 1",
        "SELECT COUNT() FROM Account",
        "SELECT COUNT(Id) FROM Account", "SELECT COUNT(Id) c FROM Account", "SELECT MIN(Name) FROM Account",
        "SELECT MAX(Name) m FROM Account", "SELECT Name, COUNT(Id) FROM Account GROUP BY Name",
        "SELECT Name FROM Account GROUP BY Name HAVING COUNT(Id) > 0", "SELECT SUM(AnnualRevenue) FROM Account",
        "SELECT Phone FROM Account", "SELECT Website, BillingStreet FROM Account", "SELECT a.Name FROM Account a",
        "SELECT a.Phone FROM Account a", "SELECT Organization.Name FROM Account Organization",
        "SELECT ApexClass.Name FROM Account ApexClass",
        "SELECT Account.Name FROM Account", "SELECT Name FROM Contact", "SELECT Email FROM Contact",
        "SELECT FirstName, LastName, MobilePhone FROM Contact", "SELECT Account.Name FROM Contact",
        "SELECT c.Account.Name FROM Contact c", "SELECT c.Account.Phone FROM Contact c WHERE c.Account.Name != null",
        "SELECT Id, Account.Owner.Name FROM Contact", "SELECT Owner.Name FROM Account",
        "SELECT Id FROM Contact WHERE Account.Name LIKE 'CANARY%'",
        "SELECT Id FROM Contact WHERE AccountId IN (SELECT Id FROM Account)",
        "SELECT Id FROM Contact WHERE AccountId IN (SELECT Id FROM Account WHERE Name LIKE 'CANARY%')",
        "SELECT Id FROM Contact WHERE AccountId NOT IN (SELECT Id FROM Account WHERE Name = 'x')",
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact)",
        "SELECT Id, (SELECT Name FROM Contacts) FROM Account", "SELECT (SELECT Email FROM Contacts) FROM Account",
        "SELECT (SELECT c.Email FROM Account.Contacts c) FROM Account",
        "SELECT Id FROM Account WHERE Name LIKE 'CANARY%'",
        "SELECT Id FROM Account WHERE NOT Name = 'x'", "SELECT Id FROM Account WHERE (Name = 'x' OR Name != 'x')",
        "SELECT Id FROM Account WHERE Name IN ('x','CANARYACCOUNTNAME1')",
        "SELECT Id FROM Account WHERE AnnualRevenue > 0",
        "SELECT Id FROM Account WHERE CreatedDate < TOMORROW",
        "SELECT Id FROM User WHERE Id IN (SELECT OwnerId FROM Account)",
        "SELECT Name FROM User WHERE Id IN (SELECT OwnerId FROM Contact WHERE Email LIKE '%canary%')",
        "SELECT Id FROM User WHERE Id NOT IN (SELECT OwnerId FROM Account WHERE Phone = 'x')",
        "SELECT Id, Email FROM User", "SELECT Id FROM User WHERE Email != null",
        "SELECT Username FROM User ORDER BY Email",
        "SELECT COUNT(Id) FROM User WHERE Email LIKE '%a%'",
    ]

    // MARK: SOAP

    static func soap(_ call: String, _ version: Int = 66) -> GatewayAttack {
        GatewayAttack(
            method: "POST", target: "/services/Soap/m/\(version).0", contentType: "text/xml",
            body: """
                <e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" \
                xmlns="http://soap.sforce.com/2006/04/metadata"><e:Header><SessionHeader><sessionId>SESSION</sessionId>\
                </SessionHeader></e:Header><e:Body>\(call)</e:Body></e:Envelope>
                """)
    }
}

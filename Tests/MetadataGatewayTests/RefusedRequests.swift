@testable import MetadataGateway

/// Requests that the gateway must refuse: every spelling of a forbidden request, and of an allowed one in a form that two servers
/// could read differently.
enum RefusedRequests {
    struct REST: Sendable {
        var method = "GET"
        var target: String
        var hasBody = false
        var overridesMethod = false
    }

    // MARK: REST

    private static let base = "/services/data/v66.0"

    static let reading = [
        "/services/data", base, base + "/limits", base + "/sobjects", base + "/sobjects/Account/describe",
        base + "/tooling/sobjects", base + "/tooling/sobjects/ApexClass/describe",
        base + "/query/" + Ticket(.sample).text(for: "01gD0000002HU6KIAW-2000", .page),
    ]

    private static let writing = [
        "/sobjects/Account", "/sobjects/Account/001000000000001AAA", "/sobjects/Account/Key__c/1", "/composite",
        "/composite/batch", "/composite/tree/Account", "/composite/sobjects", "/composite/graph", "/jobs/ingest",
        "/jobs/query", "/tooling/executeAnonymous/?anonymousBody=x", "/tooling/runTestsAsynchronous/",
        "/tooling/runTestsSynchronous/?tests=x", "/tooling/sobjects/ApexClass",
        "/tooling/sobjects/ApexClass/01p000000000001AAA",
        "/tooling/composite", "/metadata/deployRequest", "/metadata/deployRequest/0Af000000000001AAA",
        "/actions/standard/chatterPost",
        "/process/approvals", "/ui-api/records/001000000000001AAA", "/connect/communities", "/chatter/feed-elements",
        "/analytics/reports/query", "/search?q=FIND%20%7Bx%7D", "/queryAll?q=SELECT%20Id%20FROM%20ApexClass",
        "/parameterizedSearch?q=x", "/recent", "/appMenu/AppSwitcher", "/support/knowledgeArticles",
        "/event/eventSchema/x",
        "/async-queries", "/scheduling", "/consent/action/x", "/dedupe/job", "/wave/query",
        "/smartdatadiscovery/predict",
    ]

    private static let elsewhere = [
        "/", "*", "/services", "/services/oauth2/token", "/services/oauth2/revoke?token=x",
        "/services/oauth2/introspect",
        "/services/oauth2/singleaccess", "/secur/frontdoor.jsp?sid=x", "/secur/logout.jsp", "/services/apexrest/Bikes",
        "/services/Soap/u/66.0", "/services/Soap/c/66.0", "/services/Soap/T/66.0", "/services/Soap/s/66.0",
        "/services/Soap/class/Bikes", "/services/async/66.0/job", "/services/wsdl/metadata", "/setup/home",
        "/home/home.jsp",
        "/_ui/common/apex/debug/ApexCSIPage", "/sobjects", "/services/data.json", "/services/dataset",
        "/services/data2/v66.0",
    ]

    /// Changes of a path after which it is another one, or none, for some server.
    private static let disguises: [@Sendable (String) -> String] = [
        { "/" + $0 }, { $0 + "//" }, { $0 + "/." }, { $0 + "/.." }, { $0 + "/../sobjects/Account" }, { $0 + ";x=1" },
        { $0 + "%00" }, { $0 + "%2f" }, { $0 + "%2e%2e" }, { $0 + "%0d%0aX:1" }, { $0 + "\u{0}" }, { $0 + " " },
        { $0 + "\t" }, { $0 + "\r\nX: 1" }, { $0 + "\\..\\x" }, { $0 + "#x" }, { $0 + "?_HttpMethod=DELETE" },
        { $0 + "?_HttpMethod=PATCH&x=1" }, { $0 + "?x" }, { $0 + "?a=1&b=2" },
        { $0.replacing("/data", with: "/data/.") },
        { $0.replacing("/data", with: "/data/x/..") }, { $0.replacing("/data", with: "//data") },
        { $0.replacing("/data", with: "/%64ata") }, { $0.replacing("/data", with: "/Data") },
        { $0.replacing("/services", with: "/services;x") }, { $0.replacing("/services", with: "\\services") },
        { $0.replacing("/services", with: "/\u{FF53}ervices") }, { $0.replacing("services", with: "servi\u{0}ces") },
        { "http://acme.my.salesforce.com" + $0 }, { "//evil.example" + $0 }, { "@evil.example" + $0 },
    ]

    private static let methods = [
        "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "MERGE", "get", "Get", "GET\t",
        "QUERY", "PROPFIND",
    ]

    static var rest: [REST] {
        methods.flatMap { method in reading.map { REST(method: method, target: $0) } }
            + writing.flatMap { path in
                [
                    REST(target: base + path), REST(method: "POST", target: base + path),
                    REST(target: base + path, hasBody: true),
                ]
            }
            + elsewhere.map { REST(target: $0) }
            + reading.flatMap { path in disguises.map { REST(target: $0(path)) } }
            + reading.flatMap { [REST(target: $0, hasBody: true), REST(target: $0, overridesMethod: true)] }
            + (1...30).map { REST(target: "/services/data/v\($0).0/limits") }
            + (68...99).map { REST(target: "/services/data/v\($0).0/limits") }
    }

    // MARK: Queries

    /// What no client may read: an object, and one of its fields.
    private static let secrets = [
        ("User", "Email"), ("User", "Phone"), ("User", "MobilePhone"), ("User", "Street"), ("User", "Contact.Name"),
        ("OauthToken", "AccessToken"), ("OauthToken", "DeleteToken"), ("OauthToken", "RequestToken"),
        ("ApexClass", "CreatedBy.Email"), ("ApexClass", "LastModifiedBy.Manager.Name"), ("StaticResource", "Body"),
        ("LoginHistory", "SourceIp"), ("Organization", "PrimaryContact"), ("Group", "Email"),
        ("PermissionSetAssignment", "Assignee.Email"), ("Account", "Name"), ("Contact", "Email"), ("Bike__c", "Name"),
        ("Key__mdt", "Value__c"), ("AuthProvider", "ConsumerSecret"), ("NamedCredential", "Endpoint"),
    ]

    /// Places in which a field tells its values.
    private static let places: [@Sendable (_ object: String, _ field: String) -> String] = [
        { "SELECT \($1) FROM \($0)" }, { "SELECT Id, \($1) FROM \($0) LIMIT 1" },
        { "SELECT Id FROM \($0) WHERE \($1) = 'x'" },
        { "SELECT Id FROM \($0) WHERE \($1) LIKE 'x%'" }, { "SELECT Id FROM \($0) WHERE NOT (\($1) > 'x')" },
        { "SELECT Id FROM \($0) WHERE Id != null AND (Id = 'a' OR \($1) IN ('x'))" },
        { "SELECT Id FROM \($0) WHERE \($1) INCLUDES ('x')" }, { "SELECT Id FROM \($0) ORDER BY \($1) LIMIT 1" },
        { "SELECT COUNT(Id) FROM \($0) GROUP BY \($1)" }, { "SELECT COUNT(Id) FROM \($0) GROUP BY ROLLUP(\($1))" },
        { "SELECT COUNT(Id) FROM \($0) HAVING MIN(\($1)) > 'x'" }, { "SELECT MIN(\($1)), MAX(\($1)) FROM \($0)" },
        { "SELECT COUNT_DISTINCT(\($1)) FROM \($0)" }, { "SELECT toLabel(\($1)) FROM \($0)" },
        { "SELECT FORMAT(\($1)) f FROM \($0)" }, { "SELECT a.\($1) FROM \($0) a" }, { "SELECT \($0).\($1) FROM \($0)" },
        { "select id from \($0.lowercased()) where \($1.uppercased()) = 'x'" },
        { "SELECT Id FROM ApexClass WHERE CreatedById IN (SELECT Id FROM \($0) WHERE \($1) = 'x')" },
        { "SELECT Id FROM ApexClass WHERE Id NOT IN (SELECT \($1) FROM \($0))" },
        { "SELECT Id, (SELECT \($1) FROM \($0)s) FROM EntityDefinition" },
        { "SELECT TYPEOF CreatedBy WHEN \($0) THEN \($1) END FROM ApexClass" },
    ]

    static var queries: [String] {
        secrets.flatMap { secret in places.map { $0(secret.0, secret.1) } }
            + ["ALL", "STANDARD", "CUSTOM"].flatMap { set in
                ["User", "ApexClass", "Organization"].map { "SELECT FIELDS(\(set)) FROM \($0) LIMIT 200" }
            }
            + [
                "FOR UPDATE", "FOR VIEW", "FOR REFERENCE", "UPDATE TRACKING", "UPDATE VIEWSTAT", "ALL ROWS", "; DELETE",
                "-- x", "/* x */", "UNION SELECT Id FROM Account", "LIMIT 1 LIMIT 2", "\u{0}", "\u{A0}", "'",
                "WITH SYSTEM_MODE",
            ].map { "SELECT Id FROM ApexClass \($0)" }
    }

    // MARK: SOAP

    private static let operations = [
        "deploy", "deployRecentValidation", "cancelDeploy", "createMetadata", "updateMetadata", "upsertMetadata",
        "deleteMetadata", "renameMetadata", "create", "update", "delete", "upsert", "checkDeployStatus", "query",
        "login",
        "executeAnonymous", "describeGlobal", "Deploy", "DEPLOY", "describemetadata", "retrieveAll", "newCallOf2030",
    ]

    static func envelope(_ body: String) -> String {
        """
        <e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="http://soap.sforce.com/2006/04/metadata">\
        <e:Header/><e:Body>\(body)</e:Body></e:Envelope>
        """
    }

    /// Ways to hide a call behind another one.
    private static let covers: [@Sendable (String) -> String] = [
        { envelope("<\($0)/>") }, { envelope("<!-- describeMetadata --><\($0)/>") },
        { envelope("<\($0)/><describeMetadata/>") },
        { envelope("<describeMetadata/><\($0)/>") }, { envelope("<x:\($0) xmlns:x=\"urn:x\"/>") },
        { envelope("<describeMetadata><\($0)/></describeMetadata>") },
        { envelope("<describeMetadata/>").replacing("<e:Header/>", with: "<e:Body><\($0)/></e:Body>") },
        { envelope("<describeMetadata/>") + envelope("<\($0)/>") },
        { "<!DOCTYPE x [<!ENTITY a '<\($0)/>'>]>" + envelope("&a;") },
        { "<?xml-stylesheet href='x'?>" + envelope("<\($0)/>") },
        { envelope("<![CDATA[<describeMetadata/>]]><\($0)/>") }, { envelope("<\($0) href=\"#1\"/>") },
    ]

    static var soap: [String] {
        operations.flatMap { operation in covers.map { $0(operation) } }
            + ReadableTypesOfOthers.all.map {
                envelope("<readMetadata><type>\($0)</type><fullNames>A</fullNames></readMetadata>")
            }
    }

    private enum ReadableTypesOfOthers {
        static let all = [
            "AuthProvider", "Certificate", "CustomMetadata", "ExternalCredential", "ExternalDataSource",
            "ExtlClntAppGlobalOauthSettings", "NamedCredential", "SamlSsoConfig", "*", "", "a b", "Apex-Class",
            "{x}ApexClass",
        ]
    }
}

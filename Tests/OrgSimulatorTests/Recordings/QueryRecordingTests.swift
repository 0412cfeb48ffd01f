import Foundation
import SOQL
import Testing

@testable import OrgSimulator

/// Compares answers and errors of queries with recordings that each test names.
@Suite("Recordings of queries")
struct QueryRecordingTests {
    private static let noColumn =
        "If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please "
        + "reference your WSDL or the describe call for the appropriate names."
    private static let noObject =
        "If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please "
        + "reference your WSDL or the describe call for the appropriate names."

    private func refusal(_ query: String) async throws -> (code: String?, message: String?, answer: OrgAnswer) {
        let answer = await (try await RecordedOrg()).query(query)
        guard case .array(let errors)? = answer.value, let first = errors.first, case .object(let members) = first
        else {
            return (nil, nil, answer)
        }
        #expect(members.map(\.key) == ["message", "errorCode"])
        #expect(answer.status == 400)
        return (first["errorCode"]?.string, first["message"]?.string, answer)
    }

    // MARK: Errors

    @Test("INVALID_FIELD quotes the query with a caret (heroku/sf-functions-python query-unknown-column.json)")
    func unknownField() async throws {
        let refusal = try await refusal("SELECT Bacon__c FROM User LIMIT 2")
        #expect(refusal.code == "INVALID_FIELD")
        #expect(
            refusal.message
                == "\nSELECT Bacon__c FROM User LIMIT 2\n       ^\nERROR at Row:1:Column:8\n"
                + "No such column 'Bacon__c' on entity 'User'. \(Self.noColumn)")
        #expect(!refusal.answer.isSynthetic)
    }

    @Test("INVALID_TYPE quotes it too (SFDO-Tooling/CumulusCI TestCountSObjects.test_count_sobjects__errors.yaml)")
    func unknownObject() async throws {
        let refusal = try await refusal("select count() from XYZZY")
        #expect(refusal.code == "INVALID_TYPE")
        #expect(
            refusal.message
                == "\nselect count() from XYZZY\n                    ^\nERROR at Row:1:Column:21\n"
                + "sObject type 'XYZZY' is not supported. \(Self.noObject)")
        #expect(!refusal.answer.isSynthetic)
    }

    @Test(
        "A literal that is not an id is refused at its field (openstax/accounts cannot_be_set_if_the_ID_is_malformed.yml)"
    )
    func malformedID() async throws {
        let refusal = try await refusal(
            "SELECT Id, Name, CommunityNickname FROM User WHERE (Id = 'somethingwonky') LIMIT 1")
        #expect(refusal.code == "INVALID_QUERY_FILTER_OPERATOR")
        #expect(
            refusal.message
                == "\nCommunityNickname FROM User WHERE (Id = 'somethingwonky') LIMIT 1\n"
                + String(repeating: " ", count: 35) + "^\nERROR at Row:1:Column:53\ninvalid ID field: somethingwonky")
        #expect(!refusal.answer.isSynthetic)
    }

    @Test(
        "A text in another form is not accepted as an id",
        arguments: ["", "x", "00500000000000", "0050000000000000", "005000000000000AA-", "００５０００００００００００１"])
    func otherIDs(_ text: String) async throws {
        for condition in ["Id = '\(text)'", "ProfileId IN ('005000000000000AAA', '\(text)')", "NOT (Id != '\(text)')"] {
            #expect(try await refusal("SELECT Id FROM User WHERE \(condition)").code == "INVALID_QUERY_FILTER_OPERATOR")
        }
    }

    @Test(
        "A wrong first word is reported without quotes and excerpt (heroku/sf-functions-python query-malformed-soql.json)"
    )
    func firstWord() async throws {
        let refusal = try await refusal("SELEKT Name FROM Account")
        #expect(
            refusal.answer.text == #"[{"message":"unexpected token: SELEKT","errorCode":"MALFORMED_QUERY"}]"#)
        #expect(!refusal.answer.isSynthetic)
        #expect(try await self.refusal("SELECT FROM User").message == "unexpected token: 'FROM'")
    }

    static let excerpts: [(query: String, place: QueryPlace, text: String?)] = [
        // The two ends of a list are cut off, with the commas (recorded in openstax/accounts without a comma at the end).
        (
            "SELECT A,B,C,D,E,F,G FROM User", .init(name: "D"),
            "\nB,C,D,E,F\n    ^\nERROR at Row:1:Column:14\n"
        ),
        (
            "SELECT Id\nFROM\tNo", .init(name: "No", clause: .from),
            "\nSELECT Id FROM No\n               ^\nERROR at Row:2:Column:6\n"
        ),
        (
            "SELECT Id FROM User WHERE Id = '005000000000000AAA' OR Id = 'it'",
            .init(name: "Id", clause: .condition, literal: "it"),
            "\nWHERE Id = '005000000000000AAA' OR Id = 'it'\n                                   ^\nERROR at Row:1:Column:56\n"
        ),
        (
            "SELECT Name FROM User WHERE Name = 'No' ORDER BY No", .init(name: "No", clause: .order),
            "\nName = 'No' ORDER BY No\n                     ^\nERROR at Row:1:Column:50\n"
        ),
        (
            "SELECT u.Profile.No FROM User u", .init(name: "u.Profile.No"),
            "\nSELECT u.Profile.No FROM User u\n       ^\nERROR at Row:1:Column:8\n"
        ),
        ("SELECT Id FROM User", .init(name: "No"), nil),
        ("SELECT Id FROM User", .init(name: "Id", clause: .condition), nil),
        ("", .init(name: "Id"), nil),
        (
            "SELECT Id FROM User WHERE Name = 'open", .init(name: "Name", clause: .condition),
            "\nSELECT Id FROM User WHERE Name = 'open\n                          ^\nERROR at Row:1:Column:27\n"
        ),
    ]

    @Test("An excerpt has five words or symbols on either side, with row and column", arguments: excerpts)
    func excerpt(_ row: (query: String, place: QueryPlace, text: String?)) {
        #expect(QueryExcerpt(of: row.query, at: row.place)?.text == row.text)
    }

    static let placed: [(query: String, column: Int)] = [
        ("SELECT Id FROM User WHERE No = 1", 27), ("SELECT Id FROM User ORDER BY No", 30),
        ("SELECT Id, Profile.No FROM User", 12), ("SELECT Id FROM User WHERE Profile.No = 'x'", 27),
        ("SELECT COUNT(No) FROM User", 14), ("SELECT No, COUNT(Id) FROM User GROUP BY Name", 8),
        ("SELECT COUNT(Id) FROM User GROUP BY No", 37),
        ("SELECT Name FROM User GROUP BY Name HAVING MAX(No) > 'x'", 48),
        ("SELECT Id FROM User WHERE Id IN (SELECT No FROM User)", 41),
        ("SELECT Id FROM User WHERE Id IN (SELECT Id FROM No)", 49),
        ("SELECT (SELECT No FROM PermissionSetAssignments) FROM User", 16),
        ("SELECT COUNT() FROM SetupAuditTrail WHERE Section = 'x'", 43), ("SELECT No.Name FROM User", 8),
    ]

    @Test("Each error about a field or an object points to it", arguments: placed)
    func column(_ row: (query: String, column: Int)) throws {
        let org = try QueriedOrg()
        let refusal = #expect(throws: QueryRefusal.self) { try org.result(row.query) }
        let message = refusal?.message(about: row.query) ?? ""
        #expect(message.contains("\nERROR at Row:1:Column:\(row.column)\n"), "\(message)")
    }

    // MARK: Answers

    @Test("A result without rows is an empty list (openstax/accounts spec/cassettes, heroku/sf-functions-python)")
    func nothing() async throws {
        let recorded = try await RecordedOrg()
        let answer = await recorded.query("SELECT Id FROM User WHERE Name = 'nobody'")
        #expect(answer.text == #"{"totalSize":0,"done":true,"records":[]}"#)
        #expect(await recorded.get("/services/data/v67.0/query/?q=SELECT+Id+FROM+Organization").status == 200)
    }

    @Test("The Tooling API names no type when there are no rows (SFDO-Tooling/CumulusCI cumulusci/**/cassettes)")
    func noToolingRows() async throws {
        let answer = await (try await RecordedOrg()).query("SELECT Id FROM ApexClass", at: .tooling)
        #expect(
            answer.text
                == #"{"size":0,"totalSize":0,"done":true,"queryLocator":null,"entityTypeName":null,"records":[]}"#)
    }

    @Test("The result of COUNT() is in totalSize (SFDO-Tooling/CumulusCI TestCountSObjects)")
    func count() async throws {
        let answer = await (try await RecordedOrg()).query("SELECT COUNT() FROM User")
        #expect(answer.text == #"{"totalSize":3,"done":true,"records":[]}"#)
    }

    @Test("An aggregate has attributes without an address (SFDO-Tooling/CumulusCI TestSnowfakery)")
    func aggregate() async throws {
        let answer = await (try await RecordedOrg()).query("SELECT COUNT(Id) n FROM User")
        #expect(
            answer.text
                == #"{"totalSize":1,"done":true,"records":[{"attributes":{"type":"AggregateResult"},"n":3}]}"#)
    }

    @Test("Times have whole seconds, .000 and +0000 (SFDO-Tooling/CumulusCI, openstax/accounts)")
    func moments() async throws {
        let recorded = try await RecordedOrg()
        await recorded.org.simulation.adjustClock { clock, wall in clock.step(by: 0.789, wall: wall) }
        let request = try TokenCase()
        _ = await recorded.org.signIn(request, assertion: try await request.assertion())
        for query in ["SELECT LoginTime FROM LoginHistory", "SELECT CreatedDate, LastLoginDate FROM User"] {
            let text = await recorded.query(query).text
            let moments = text.matches(of: /\d{4}-\d\d-\d\dT[^"]*/).map { String($0.output) }
            #expect(!moments.isEmpty)
            #expect(moments.allSatisfy { $0.hasSuffix(".000+0000") }, "\(moments)")
        }
    }

    /// heroku/sf-functions-python query-with-next-records-url.json and -2.json.
    @Test(
        "A large result comes in pages of 2,000 rows, in the order and with the address of heroku/sf-functions-python")
    func pages() async throws {
        let recorded = try await RecordedOrg { request in
            for number in 0..<4_500 { request.state.orgs[0].users.append(User(username: "u\(number)@x.example")) }
        }
        let first = await recorded.query("SELECT Id FROM User")
        #expect(first.memberNames == ["totalSize", "done", "nextRecordsUrl", "records"])
        #expect(first.value?["totalSize"] == 4_503)
        let next = try #require(first.value?["nextRecordsUrl"]?.string)
        #expect(next.wholeMatch(of: /\/services\/data\/v67\.0\/query\/01g\w{15}-2000/) != nil)
        let second = await recorded.get(next)
        #expect(second.memberNames == first.memberNames)
        #expect(second.value?["totalSize"] == 4_503)
        #expect(second.value?["nextRecordsUrl"]?.string == next.replacing("-2000", with: "-4000"))
        let third = await recorded.get(next.replacing("-2000", with: "-4000"))
        #expect(third.memberNames == ["totalSize", "done", "records"])
        #expect(third.value?["done"] == true)
        var ids: Set<String> = []
        for answer in [first, second, third] {
            guard case .array(let records)? = answer.value?["records"] else { continue }
            ids.formUnion(records.compactMap { $0["Id"]?.string })
        }
        #expect(ids.count == 4_503)
        #expect(await recorded.org.simulation.history.requests.last?.verdict == .readsMetadata)
        for stranger in [
            next + "0", next.replacing("01g", with: "01h"), next.replacing("/query/", with: "/tooling/query/"),
        ] {
            let answer = await recorded.get(stranger)
            #expect(answer.error == "INVALID_QUERY_LOCATOR: invalid query locator", "\(stranger)")
        }
    }

    @Test("A result that fits one page has no locator")
    func onePage() async throws {
        let answer = await (try await RecordedOrg()).query("SELECT Id FROM User")
        #expect(answer.memberNames == ["totalSize", "done", "records"])
    }

    // MARK: Fields

    static let fields: [(object: String, fields: String)] = [
        // SFDO-Tooling/CumulusCI cumulusci/tests/shared_cassettes/GET_sobjects_Organization.yaml
        (
            "Organization",
            """
            Id, Name, Division, Street, City, State, PostalCode, Country, Latitude, Longitude, GeocodeAccuracy, Phone, Fax, \
            PrimaryContact, DefaultLocaleSidKey, TimeZoneSidKey, LanguageLocaleKey, FiscalYearStartMonth, \
            UsesStartDateAsFiscalYearName, SystemModstamp, UiSkin, SignupCountryIsoCode, TrialExpirationDate, \
            OrganizationType, NamespacePrefix, InstanceName, IsSandbox, MonthlyPageViewsUsed, \
            MonthlyPageViewsEntitlement, IsReadOnly, CreatedDate, CreatedById, LastModifiedDate, LastModifiedById
            """
        ),
        (
            "User",
            """
            Id, Username, LastName, FirstName, Name, Email, Alias, CommunityNickname, IsActive, TimeZoneSidKey, UserRoleId, \
            LocaleSidKey, EmailEncodingKey, ProfileId, UserType, LanguageLocaleKey, LastLoginDate, FederationIdentifier, \
            CreatedDate, CreatedById, LastModifiedDate, LastModifiedById, SystemModstamp
            """
        ),
        (
            "Profile",
            "Id, Name, UserType, UserLicenseId, Description, PermissionsApiEnabled, CreatedDate, CreatedById, "
                + "LastModifiedDate, LastModifiedById, SystemModstamp"
        ),
        (
            "PermissionSet",
            "Id, Name, Label, NamespacePrefix, IsCustom, Description, LicenseId, HasActivationRequired, CreatedDate, "
                + "CreatedById, LastModifiedDate, LastModifiedById, SystemModstamp"
        ),
        (
            "PermissionSetGroup",
            "Id, DeveloperName, MasterLabel, Language, NamespacePrefix, Description, Status, CreatedDate, CreatedById, "
                + "LastModifiedDate, LastModifiedById, SystemModstamp"
        ),
        ("PermissionSetAssignment", "Id, AssigneeId, PermissionSetId, SystemModstamp"),
        ("SetupEntityAccess", "Id, ParentId, SetupEntityId, SetupEntityType, SystemModstamp"),
        (
            "ConnectedApplication",
            "Id, Name, CreatedDate, CreatedById, LastModifiedDate, LastModifiedById, SystemModstamp"
        ),
        (
            "ApexClass",
            "Id, Name, NamespacePrefix, ApiVersion, Status, LengthWithoutComments, CreatedDate, CreatedById, "
                + "LastModifiedDate, LastModifiedById, SystemModstamp"
        ),
        ("ApexPage", "Id, Name, NamespacePrefix, ApiVersion, MasterLabel, Description, ControllerType, SystemModstamp"),
    ]

    @Test("Objects have the fields that clients select", arguments: fields)
    func selectable(_ row: (object: String, fields: String)) throws {
        #expect(try QueriedOrg().refusal("SELECT \(row.fields) FROM \(row.object)") == "rows")
    }

    @Test("The creator of a record is the administrator, and LastLoginDate is the last successful sign-in")
    func values() throws {
        let org = try QueriedOrg()
        let row = try #require(
            try org.result("SELECT CreatedById, LastLoginDate, FirstName, LastName FROM User").records.last)
        #expect(row["CreatedById"]?.string == org.org.users[0].id)
        #expect(row["LastLoginDate"] == "2026-09-21T13:13:20.000+0000")
        #expect(row["FirstName"] == "Cleo")
        #expect(row["LastName"] == "Brandt")
    }
}

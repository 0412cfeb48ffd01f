import Testing

@testable import SOQL

@Suite("What a query reads")
struct QueryReachTests {
    /// `A` is an object, `A^B` the parent by the relationship B, `A>B` the children by B; a field follows `/`.
    static let reaches: [(text: String, objects: [String], fields: [String])] = [
        ("SELECT COUNT() FROM Account", ["Account"], []),
        (
            "SELECT Id FROM Account WHERE Name = 'x' ORDER BY Rank", ["Account"],
            ["Account/Id", "Account/Rank", "Account/Name"]
        ),
        (
            "SELECT Parent.Profile.Name FROM SetupEntityAccess",
            ["SetupEntityAccess", "SetupEntityAccess^Parent", "SetupEntityAccess^Parent^Profile"],
            ["SetupEntityAccess^Parent^Profile/Name"]
        ),
        (
            "SELECT a.Id, Account.Name FROM Account a WHERE A.Owner.Email != null",
            ["Account", "Account^Owner"], ["Account/Id", "Account/Name", "Account^Owner/Email"]
        ),
        (
            "SELECT COUNT() FROM Contact c, c.Account a, a.Owner o WHERE a.Name = 'x' AND o.Email = 'y'",
            ["Contact", "Contact^Account", "Contact^Account^Owner"],
            ["Contact^Account/Name", "Contact^Account^Owner/Email"]
        ),
        (
            "SELECT Id, (SELECT Email, Owner.Name FROM a.Contacts WHERE Secret__c = 1) FROM Account a",
            ["Account", "Account>Contacts", "Account>Contacts^Owner"],
            ["Account/Id", "Account>Contacts/Email", "Account>Contacts^Owner/Name", "Account>Contacts/Secret__c"]
        ),
        (
            "SELECT Id FROM A WHERE NOT (B = 1 OR (C IN (SELECT D FROM E WHERE F NOT IN (SELECT G FROM H))))",
            ["A", "E", "H"], ["A/Id", "A/B", "A/C", "E/D", "E/F", "H/G"]
        ),
        (
            "SELECT TYPEOF What WHEN Account THEN Phone, Owner.Name ELSE Title END FROM Event",
            ["Event", "Event^What", "Account", "Account^Owner"],
            ["Account/Phone", "Account^Owner/Name", "Event^What/Title"]
        ),
        (
            "SELECT CALENDAR_YEAR(convertTimezone(A)), MAX(B) m FROM X GROUP BY CALENDAR_YEAR(A), C HAVING MIN(D) > 1 "
                + "ORDER BY SUM(E.F)",
            ["X", "X^E"], ["X/A", "X/B", "X/C", "X^E/F", "X/D"]
        ),
        (
            "SELECT Id FROM X WHERE A LIKE 'a' AND B INCLUDES ('b') AND C EXCLUDES ('c') AND DISTANCE(G, GEOLOCATION(1, 2), 'km') < 1",
            ["X"], ["X/Id", "X/A", "X/B", "X/C", "X/G"]
        ),
        // The alias is reported as a field: reporting too much is safe.
        ("SELECT Id m FROM X ORDER BY m", ["X"], ["X/Id", "X/m"]),
    ]

    @Test("Every object and field is found, in any clause", arguments: reaches)
    func reach(_ row: (text: String, objects: [String], fields: [String])) throws {
        let reach = try SOQLQuery(parsing: row.text).reach
        #expect(reach.objects.map(Self.spelling) == row.objects)
        #expect(reach.fields.map { Self.spelling($0.object) + "/" + $0.name } == row.fields)
    }

    @Test("Fields that are selected by FIELDS() are found")
    func fieldSets() throws {
        let reach = try SOQLQuery(parsing: "SELECT FIELDS(CUSTOM), (SELECT FIELDS(ALL) FROM B) FROM A").reach
        #expect(reach.fieldSets.map { Self.spelling($0.object) } == ["A", "A>B"])
        #expect(reach.fieldSets.map(\.set) == [.custom, .all])
    }

    private static func spelling(_ object: QueriedObject) -> String {
        switch object {
        case .named(let name): name
        case .parent(let relationship, let child): spelling(child) + "^" + relationship
        case .children(let relationship, let parent): spelling(parent) + ">" + relationship
        }
    }
}

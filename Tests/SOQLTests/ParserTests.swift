import Testing

@testable import SOQL

@Suite("Parsing queries")
struct ParserTests {
    static let valid = [
        "SELECT Id FROM Account",
        "select id, name from account limit 5 offset 10",
        "SELECT COUNT() FROM Contact c, c.Account a WHERE a.Name = 'MyriadPubs'",
        "SELECT a.Owner.Manager.Manager.Manager.Manager.Name FROM Account a",
        "SELECT Name, (SELECT LastName, (SELECT Id FROM Cases) FROM a.Contacts LIMIT 2) FROM Account a",
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Opportunity WHERE StageName = 'Lost') AND NOT Name LIKE 'A%'",
        "SELECT Id FROM Account WHERE Id NOT IN (SELECT AccountId FROM Contact)",
        "SELECT TYPEOF What WHEN Account THEN Phone, Owner.Name WHEN Opportunity THEN Amount ELSE Name END FROM Event",
        "SELECT FIELDS(ALL), FIELDS( standard ) FROM Account LIMIT 200",
        "SELECT LeadSource, COUNT(Id) total, COUNT_DISTINCT(Company), MIN(CreatedDate), AVG(A), SUM(B) FROM Lead "
            + "GROUP BY LeadSource HAVING COUNT(Id) > 1 AND LeadSource LIKE 'W_b' ORDER BY COUNT(Id) DESC NULLS LAST, LeadSource",
        "SELECT toLabel(Status), FORMAT(MIN(Amount)) f FROM Lead",
        "SELECT CALENDAR_YEAR(convertTimezone(CreatedDate)), SUM(Amount) FROM Opportunity GROUP BY CALENDAR_YEAR(CreatedDate)",
        "SELECT A, GROUPING(A), COUNT(Id) FROM X GROUP BY ROLLUP(A, B)",
        "SELECT COUNT(Id) FROM X GROUP BY CUBE (A)",
        "SELECT Id FROM X WHERE (A = 1 OR B != 2) AND (C <> -3.5 OR D < 1e3) AND E <= null AND F > TRUE AND G >= false",
        "SELECT Id FROM X WHERE NOT(NOT A = 1)",
        "SELECT Id FROM X WHERE A INCLUDES ('a;b', 'c') AND B EXCLUDES ('d')",
        "SELECT Id FROM X WHERE A = 2026-02-28 AND B > 2026-01-01T00:00:00Z AND C < 2026-01-01T00:00:00.123+01:00",
        "SELECT Id FROM X WHERE A = LAST_N_DAYS:7 AND B < TODAY AND C > n_days_ago:30",
        "SELECT Id FROM X WHERE A > USD5000 AND B < EUR10.50 AND C IN ('a', 'b')",
        #"SELECT Id FROM X WHERE A = 'it\'s \\ \n \u00e9 %' AND B LIKE '100\%\_%'"#,
        "SELECT Id FROM X WHERE DISTANCE(Place, GEOLOCATION(37.7, -122.4), 'mi') < 20",
        "SELECT Id FROM Account USING SCOPE mine WHERE A = 1 WITH SECURITY_ENFORCED",
        "SELECT Id FROM Q WITH DATA CATEGORY Geo__c AT (usa__c, uk__c) AND Product__c ABOVE_OR_BELOW all__c",
        "SELECT Id FROM X WITH RecordVisibilityContext (maxDescriptorPerRecord=100, supportsDomains=true)",
        "SELECT Id FROM X LIMIT 1 FOR VIEW, REFERENCE UPDATE TRACKING, VIEWSTAT ALL ROWS",
        "SELECT Id FROM X FOR UPDATE",
        "SELECT Group.Name, Id FROM GroupMember ORDER BY Group.Name ASC NULLS FIRST",
        "SELECT Id FROM Order",
        "SELECT Id FROM Group GROUP BY Id",
        "\t\r\nSELECT\nId\tFROM X\n",
    ]

    @Test("Every part of the language is parsed", arguments: valid)
    func reads(_ text: String) {
        #expect(throws: Never.self) { try SOQLQuery(parsing: text) }
    }

    /// The unexpected token, and its offset in Unicode scalars.
    static let invalid: [(text: String, token: String, offset: Int)] = [
        ("", "<EOF>", 0), ("SELECT", "<EOF>", 6), ("SELECT FROM X", "FROM", 7), ("SELECT Id, FROM X", "FROM", 11),
        ("SELECT Id X", "<EOF>", 11), ("SELECT Id FROM WHERE A = 1", "WHERE", 15), ("SELECT Id FROM X y z", "z", 19),
        ("SELECT Id FROM X WHERE", "<EOF>", 22), ("SELECT Id FROM X WHERE A", "<EOF>", 24),
        ("SELECT Id FROM X WHERE A = ", "<EOF>", 27), ("SELECT Id FROM X WHERE A = b", "b", 27),
        ("SELECT Id FROM X WHERE A = :b", ":", 27), ("SELECT Id FROM X WHERE A == 1", "=", 26),
        ("SELECT Id FROM X WHERE A ! 1", "!", 25), ("SELECT Id FROM X WHERE A = 'b", "'b", 27),
        ("SELECT Id FROM X WHERE A = 'b\\'", "'b\\'", 27), ("SELECT Id FROM X WHERE A = 'b\\q'", "'b\\q'", 27),
        ("SELECT Id FROM X WHERE A = '\\u12'", "'\\u12'", 27), ("SELECT Id FROM X WHERE A LIKE 1", "1", 30),
        ("SELECT Id FROM X WHERE A = 1 AND B = 2 OR C = 3", "OR", 39), ("SELECT Id FROM X WHERE (A = 1", "<EOF>", 29),
        ("SELECT Id FROM X WHERE A = 1)", ")", 28), ("SELECT Id FROM X WHERE A IN ()", ")", 29),
        ("SELECT Id FROM X WHERE A IN (1,)", ")", 31), ("SELECT Id FROM X WHERE A IN SELECT", "SELECT", 28),
        ("SELECT Id FROM X WHERE A = 2026-02-29", "2026-02-29", 27), ("SELECT Id FROM X WHERE A = 0x10", "0x10", 27),
        ("SELECT Id FROM X WHERE A = 2026-01-01T00:00:00", "2026-01-01T00:00:00", 27),
        ("SELECT Id FROM X WHERE A = 1e999", "1e999", 27), ("SELECT Id FROM X WHERE A = LAST_N_DAYS", "<EOF>", 38),
        ("SELECT Id FROM X WHERE A = NONSENSE:7", "NONSENSE", 27), ("SELECT Id FROM X LIMIT -1", "-1", 23),
        ("SELECT Id FROM X LIMIT 1.5", "1.5", 23),
        ("SELECT Id FROM X LIMIT 99999999999999999999", "99999999999999999999", 23),
        ("SELECT Id FROM X ORDER Id", "Id", 23), ("SELECT Id FROM X ORDER BY Id NULLS", "<EOF>", 34),
        ("SELECT Id FROM X LIMIT 1 WHERE A = 1", "WHERE", 25), ("SELECT Id FROM X; DELETE", ";", 16),
        ("SELECT Id FROM X FOR DELETE", "DELETE", 21), ("SELECT UNKNOWN(Id) FROM X", "(", 14),
        ("SELECT MAX() FROM X", ")", 11), ("SELECT FIELDS(SOME) FROM X", "SOME", 14), ("SELECT * FROM X", "*", 7),
        ("SELECT TYPEOF What END FROM X", "END", 19), ("SELECT Id FROM X -- y", "-", 17), ("SELECT Ä FROM X", "Ä", 7),
        ("SELECT Id FROM X WHERE A = 'ä' é", "é", 31), ("SELECT A.B.C.D.E.F.G.H FROM X", "H", 21),
        ("DELETE FROM X", "DELETE", 0),
        ("SELECT Id FROM X x, x.A.B.C.D.E y, y.F z", "<EOF>", 40),
    ]

    @Test("The first unexpected token is reported with its position", arguments: invalid)
    func refuses(_ row: (text: String, token: String, offset: Int)) {
        let error = #expect(throws: SyntaxError.self) { try SOQLQuery(parsing: row.text) }
        #expect(error?.token == row.token, "\(row.text): \(String(describing: error))")
        #expect(error?.offset == row.offset, "\(row.text): \(String(describing: error))")
    }

    @Test("Depth and length are bounded")
    func bounds() {
        func nested(_ depth: Int) -> String {
            "SELECT Id FROM X WHERE " + String(repeating: "(", count: depth) + "A = 1"
                + String(repeating: ")", count: depth)
        }
        let deep = [
            nested(21), nested(40_000), "SELECT Id FROM X WHERE " + String(repeating: "NOT ", count: 20_000) + "A = 1",
            "SELECT " + String(repeating: "MAX(", count: 20_000), String(repeating: "SELECT (", count: 10_000),
            String(repeating: "SELECT Id FROM X WHERE A IN (", count: 3_000),
        ]
        #expect(throws: Never.self) { try SOQLQuery(parsing: nested(20)) }
        for text in deep {
            #expect(throws: SyntaxError.self) { try SOQLQuery(parsing: text) }
        }
        let spaces = String(repeating: " ", count: 100_000 - 16)
        #expect(throws: Never.self) { try SOQLQuery(parsing: "SELECT Id FROM X" + spaces) }
        let error = #expect(throws: SyntaxError.self) { try SOQLQuery(parsing: "SELECT Id FROM X " + spaces) }
        #expect(error?.reason == .tooLong)
    }

    @Test("A query of the maximum length is parsed quickly")
    func speed() throws {
        let literals = Array(repeating: "'005000000000000AAA'", count: 4_700).joined(separator: ",")
        let fields = Array(repeating: "A.B.C.D", count: 12_000).joined(separator: ",")
        let elapsed = try ContinuousClock().measure {
            _ = try SOQLQuery(parsing: "SELECT Id FROM X WHERE A IN (\(literals))").reach
            _ = try SOQLQuery(parsing: "SELECT \(fields) FROM X").reach
        }
        #expect(elapsed < .seconds(5))
    }

    @Test("Each clause becomes its value")
    func clauses() throws {
        let query = try SOQLQuery(
            parsing: "SELECT Name n, COUNT(Id) FROM X x WHERE A LIKE 'a_\\_%' OR B = 'x\\'\\u0041' "
                + "GROUP BY Name ORDER BY Name DESC NULLS LAST LIMIT 3 OFFSET 4 ALL ROWS")
        #expect(query.from.path == ["X"])
        #expect(query.from.alias == "x")
        #expect(query.select[0] == .field(.path(try #require(FieldPath.of("Name"))), alias: "n"))
        guard case .or(let parts)? = query.condition, case .like(_, let pattern) = parts[0],
            case .comparison(_, .equal, let literal) = parts[1]
        else {
            Issue.record("\(String(describing: query.condition))")
            return
        }
        #expect(pattern.elements == [.text("a"), .anyCharacter, .text("_"), .anyText])
        #expect(literal == .string("x'A"))
        #expect(query.order.first?.descends == true)
        #expect(query.order.first?.nullsLast == true)
        #expect(query.limit == 3)
        #expect(query.offset == 4)
        #expect(query.options == [.allRows])
        #expect(!query.isCount)
        #expect(try SOQLQuery(parsing: "SELECT count() FROM X").isCount)
        #expect(try !SOQLQuery(parsing: "SELECT count(Id) FROM X").isCount)
    }

    static let moments: [(text: String, seconds: Double)] = [
        ("1970-01-01T00:00:00Z", 0), ("2026-11-25T05:00:00Z", 1_795_582_800),
        ("2026-11-25T05:00:00.250Z", 1_795_582_800.25), ("2026-11-25T05:00:00+01:00", 1_795_579_200),
        ("2026-11-25T05:00:00-0130", 1_795_588_200), ("2024-02-29T23:59:59Z", 1_709_251_199),
        ("1969-12-31T23:59:59Z", -1), ("2000-03-01T00:00:00Z", 951_868_800),
    ]

    @Test("Times are seconds since 1970", arguments: moments)
    func moment(_ row: (text: String, seconds: Double)) throws {
        let query = try SOQLQuery(parsing: "SELECT Id FROM X WHERE A = \(row.text)")
        guard case .comparison(_, _, .dateTime(let seconds))? = query.condition else {
            Issue.record("The literal is not a time.")
            return
        }
        #expect(seconds == row.seconds)
    }
}

extension FieldPath {
    fileprivate static func of(_ text: String) -> FieldPath? {
        let query = try? SOQLQuery(parsing: "SELECT \(text) FROM X")
        guard case .field(.path(let path), nil)? = query?.select.first else { return nil }
        return path
    }
}

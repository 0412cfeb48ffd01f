import Testing

@testable import SOQL

@Suite("Printing queries")
struct PrinterTests {
    @Test("A printed query is parsed as the same query", arguments: ParserTests.valid)
    func roundTrip(_ text: String) throws {
        let query = try SOQLQuery(parsing: text)
        #expect(try SOQLQuery(parsing: query.text) == query, "\(query.text)")
    }

    @Test(
        "A query has one form, whatever it was written like",
        arguments: [
            ("select\tId ,Name from Account", "SELECT Id, Name FROM Account"),
            (
                "SELECT Id FROM X WHERE ((A = 1)) AND (B <> 2.50 OR (C = 3))",
                "SELECT Id FROM X WHERE A = 1 AND (B != 2.5 OR C = 3)"
            ),
            ("SELECT Id FROM X WHERE NOT(NOT A = 1)", "SELECT Id FROM X WHERE NOT (NOT A = 1)"),
            (#"SELECT Id FROM X WHERE A = '\u0041\'\n'"#, #"SELECT Id FROM X WHERE A = 'A\'\u000a'"#),
            (#"SELECT Id FROM X WHERE A LIKE 'a\_b_%'"#, #"SELECT Id FROM X WHERE A LIKE 'a\_b_%'"#),
            (
                "SELECT Id FROM X WHERE C < 2026-01-01T00:00:00.5+01:00 AND D = 2026-01-02 AND E > EUR10.50",
                "SELECT Id FROM X WHERE C < 2025-12-31T23:00:00.500Z AND D = 2026-01-02 AND E > EUR10.5"
            ),
            ("SELECT tolabel(A) FROM X ORDER BY A asc nulls first", "SELECT TOLABEL(A) FROM X ORDER BY A"),
        ])
    func form(_ text: String, _ printed: String) throws {
        #expect(try SOQLQuery(parsing: text).text == printed)
    }
}

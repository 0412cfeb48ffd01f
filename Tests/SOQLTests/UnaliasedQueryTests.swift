import Testing

@testable import SOQL

@Suite("Queries without aliases")
struct UnaliasedQueryTests {
    @Test("A query without aliases reads the same", arguments: ParserTests.valid)
    func sameReach(_ text: String) throws {
        let query = try SOQLQuery(parsing: text)
        let plain = try SOQLQuery(parsing: query.unaliased.text)
        #expect(plain.reach == query.reach, "\(plain.text)")
        #expect(plain.unaliased == plain)
    }

    @Test(
        "Aliases, and the object's own name, are replaced by paths",
        arguments: [
            (
                "SELECT a.Id, o.Name FROM Account a, a.Owner o WHERE o.Title = 'x' AND Account.Name LIKE 'a%'",
                "SELECT Id, Owner.Name FROM Account WHERE Owner.Title = 'x' AND Name LIKE 'a%'"
            ),
            (
                "SELECT (SELECT c.Id FROM a.Contacts c ORDER BY c.Name) FROM Account a",
                "SELECT (SELECT Id FROM Contacts ORDER BY Name) FROM Account"
            ),
            (
                "SELECT Owner.Name FROM Group Owner WHERE Id IN (SELECT g.GroupId FROM GroupMember g)",
                "SELECT Name FROM Group WHERE Id IN (SELECT GroupId FROM GroupMember)"
            ),
            (
                "SELECT COUNT(x.Id) n FROM ApexClass x GROUP BY x.Status HAVING COUNT(x.Id) > 1",
                "SELECT COUNT(Id) n FROM ApexClass GROUP BY Status HAVING COUNT(Id) > 1"
            ),
        ])
    func paths(_ text: String, _ plain: String) throws {
        #expect(try SOQLQuery(parsing: text).unaliased.text == plain)
    }
}

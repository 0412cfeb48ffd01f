import Foundation
import JWTBearer
import MetadataAPI
import Testing

@testable import ConnectedApp

/// Who removed components, from rows of the Setup Audit Trail.
@Suite("Who removed components") struct RemovalTrailTests {
    private static func rows(_ all: [(action: String, display: String, by: String)]) throws -> [QueryRow] {
        let rows = all.enumerated().map { index, row in
            [
                "Action": row.action, "Display": row.display, "CreatedBy": ["Name": row.by],
                "CreatedDate": "2026-11-0\(9 - index)T00:00:00.000+0000",
            ] as [String: Any]
        }
        return try JSONDecoder().decode([QueryRow].self, from: JSONSerialization.data(withJSONObject: rows))
    }

    private static func authors(
        of components: [(String, String)], in rows: [(action: String, display: String, by: String)]
    ) throws -> [String?] {
        let changes = components.map { ComponentChange(.removed, type: $0.0, fullName: $0.1) }
        return RemovalTrail(try self.rows(rows)).completing(changes).map(\.author)
    }

    @Test(
        "The text of each action names the component",
        arguments: [
            ("deletedApexClass", "Deleted Rentals Apex Class code", "ApexClass", "Rentals"),
            ("deletedApexComponent", "Deleted Component bikeList", "ApexComponent", "bikeList"),
            ("deletedApexPage", "Deleted Page Bikes", "ApexPage", "Bikes"),
            ("deletedApexTrigger", "Deleted Bike Trigger code: BikeTrigger", "ApexTrigger", "BikeTrigger"),
            (
                "deletedinteractiondefinition",
                #"Deleted flow with Name "Rent a bike" and Unique Name "Rent_a_bike""#, "Flow", "Rent_a_bike"
            ),
        ])
    func named(_ action: String, _ display: String, _ type: String, _ name: String) throws {
        #expect(try Self.authors(of: [(type, name)], in: [(action, display, "Ada Admin")]) == ["Ada Admin"])
        #expect(try Self.authors(of: [(type, name + "x")], in: [(action, display, "Ada Admin")]) == [nil])
    }

    @Test("The newest removal counts, and a text of another form or about an object of the same name does not")
    func doubts() throws {
        let rows = [
            ("deletedApexClass", "Deleted Rentals Apex Class code", "Ada"),
            ("deletedApexClass", "Deleted Rentals Apex Class code", "Bob"),
            ("deletedApexClass", "Klasse Rentals gelöscht", "Cy"),
            ("deletedApexTrigger", "Deleted Bike Trigger code: BikeTrigger", "Dee"),
            ("changedApexClass", "Changed Stations Apex Class code", "Eve"),
        ]
        let asked = [("ApexClass", "Rentals"), ("ApexTrigger", "Bike"), ("ApexClass", "Stations")]
        #expect(try Self.authors(of: asked, in: rows) == ["Ada", nil, nil])
    }

    @Test("The trail is asked only about removed components of a type that it names")
    func covered() {
        #expect(RemovalTrail.covers([ComponentChange(.removed, type: "Flow", fullName: "A")]))
        #expect(!RemovalTrail.covers([ComponentChange(.changed, type: "Flow", fullName: "A")]))
        #expect(!RemovalTrail.covers([ComponentChange(.removed, type: "CustomField", fullName: "A.B")]))
    }
}

import Foundation
import Testing

@testable import OrgSimulator

@Suite("Queries of Apex and Visualforce")
struct ApexQueryTests {
    private static func source() throws -> OrgSource {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Examples/harbour-bikes")
        return OrgSource(
            repository: try MetadataRepository(sourceDirectory: folder.path),
            origin: .init(MetadataServiceSettings()))
    }

    private static func org(_ endpoint: QueryEndpoint = .data) throws -> QueriedOrg {
        var org = try QueriedOrg()
        org.endpoint = endpoint
        org.source = try source()
        return org
    }

    @Test(
        "The classes are those of the folder, with code, version and the id of the Metadata API",
        arguments: [
            QueryEndpoint.data, .tooling,
        ])
    func classes(_ endpoint: QueryEndpoint) throws {
        let org = try Self.org(endpoint)
        let names = try Self.source().repository.components(ofType: "ApexClass").map(\.fullName)
        #expect(try org.result("SELECT Id, Name FROM ApexClass").totalSize == names.count)
        let row = try #require(
            try org.result("SELECT Id, Name, Body, Status, IsValid FROM ApexClass WHERE Name = 'LostBikeBatch'").records
                .first)
        #expect(row["Name"] == "LostBikeBatch")
        #expect(row["Id"]?.string?.hasPrefix("01p") == true)
        #expect(row["Body"]?.string?.contains("class LostBikeBatch") == true)
        #expect(row["Status"] == "Active")
    }

    @Test(
        "Triggers, pages and components are found in the same way",
        arguments: ["ApexTrigger", "ApexPage", "ApexComponent"])
    func others(_ type: String) throws {
        let names = try Self.source().repository.components(ofType: type).map(\.fullName)
        #expect(try Self.org().count("SELECT Id FROM \(type)") == names.count)
    }
}

import Foundation
import Testing

@testable import OrgSimulator

@Suite("Retrieve jobs")
struct MetadataJobTests {
    let org = MetadataTestOrg(.empty)

    private func status(_ org: MetadataTestOrg, _ id: String, zip: String = "false", session: String = "good")
        async throws
        -> MetadataAnswer
    {
        try await org.call(
            "checkRetrieveStatus", "<asyncProcessId>\(id)</asyncProcessId><includeZip>\(zip)</includeZip>",
            session: session)
    }

    @Test("A job is Queued, Pending, InProgress and Succeeded as org time advances")
    func states() async throws {
        let start = try await org.call("retrieve", "<retrieveRequest><apiVersion>66.0</apiVersion></retrieveRequest>")
        let result = try #require(start.content.child("result"))
        #expect(result.children.map(\.name) == ["done", "id", "state"])
        #expect(result.value("state") == "Queued")
        let id = try #require(result.value("id"))
        #expect(id.hasPrefix("09S"))
        #expect(id.count == 18)
        var seen: [String?] = []
        for _ in 0..<4 {
            seen.append(try await status(org, id).content.child("result")?.value("status"))
            org.time.advance(0.7)
        }
        #expect(seen == ["Pending", "Pending", "InProgress", "Succeeded"])
    }

    @Test("The status of an unfinished job follows the schema, without properties")
    func unfinished() async throws {
        let id = try await org.startRetrieve([])
        let result = try await status(org, id, zip: "true").content.child("result")
        #expect(result?.children.map(\.name) == ["done", "id", "status", "success", "zipFile"])
        #expect(result?.child("zipFile")?.attributes["xsi:nil"] == "true")
    }

    @Test("With a number of polls, the clock does not matter")
    func polls() async throws {
        var settings = MetadataServiceSettings()
        settings.retrievePolls = 2
        let org = MetadataTestOrg(.empty, settings)
        let id = try await org.startRetrieve([])
        org.time.advance(1000)
        var seen: [String?] = []
        for _ in 0..<3 { seen.append(try await status(org, id).content.child("result")?.value("status")) }
        #expect(seen == ["Pending", "InProgress", "Succeeded"])
        settings.retrievePolls = 0
        let quick = MetadataTestOrg(.empty, settings)
        let first = try await quick.startRetrieve([])
        #expect(try await status(quick, first).content.child("result")?.value("done") == "true")
    }

    @Test("The archive is returned once, and only if requested")
    func once() async throws {
        let id = try await org.startRetrieve([])
        org.time.advance(10)
        for _ in 0..<2 {
            let poll = try await status(org, id)
            #expect(poll.content.child("result")?.child("zipFile")?.attributes["xsi:nil"] == "true")
        }
        let fetched = try await org.call("checkRetrieveStatus", "<asyncProcessId>\(id)</asyncProcessId>")
        #expect(fetched.content.child("result")?.value("zipFile") != nil)
        let again = try await status(org, id, zip: "true")
        #expect(again.faultText == "INVALID_LOCATOR: Retrieve result has been deleted.")
    }

    @Test("Only the user who started a job can read it, by its id of 15 or 18 characters")
    func owner() async throws {
        let id = try await org.startRetrieve([])
        #expect(try await status(org, id, session: "other").faultCode == "sf:INVALID_ID_FIELD")
        #expect(try await status(org, "09S000000000000AAA").faultCode == "sf:INVALID_ID_FIELD")
        #expect(try await status(org, "").faultCode == "sf:INVALID_ID_FIELD")
        #expect(try await status(org, String(id.prefix(15))).reply.status == 200)
    }

    @Test("The org can fail the next job, and delete all jobs")
    func faults() async throws {
        var settings = MetadataServiceSettings()
        settings.failNextRetrieve = .init(statusCode: "UNKNOWN_EXCEPTION", message: "UNKNOWN_EXCEPTION: oops")
        let org = MetadataTestOrg(.empty, settings)
        let failed = try await org.retrieve([])
        #expect(failed.result.value("status") == "Failed")
        #expect(failed.result.value("errorMessage") == "UNKNOWN_EXCEPTION: oops")
        #expect(try await org.retrieve([]).result.value("status") == "Succeeded")
        let id = try await org.startRetrieve([])
        await org.service.deleteJobs()
        #expect(try await status(org, id).faultCode == "sf:INVALID_ID_FIELD")
    }

    @Test("checkStatus works, with the older names of the states")
    func checkStatus() async throws {
        let id = try await org.startRetrieve([])
        let early = try await org.call("checkStatus", "<asyncProcessId>\(id)</asyncProcessId>")
        #expect(early.content.child("result")?.value("state") == "Queued")
        org.time.advance(10)
        let late = try await org.call("checkStatus", "<asyncProcessId>\(id)</asyncProcessId>")
        #expect(late.content.child("result")?.value("state") == "Completed")
        #expect(late.content.child("result")?.value("done") == "true")
    }

    @Test("A job keeps its result when the org serves another folder")
    func snapshot() async throws {
        let org = try MetadataTestOrg(["roles/Boss.role-meta.xml": metadataXML("Role")])
        let id = try await org.startRetrieve([("Role", ["*"])])
        await org.service.serve(.empty)
        org.time.advance(10)
        let answer = try await org.call("checkRetrieveStatus", "<asyncProcessId>\(id)</asyncProcessId>")
        #expect(try Retrieved(answer).paths == ["package.xml", "roles/Boss.role"])
    }
}

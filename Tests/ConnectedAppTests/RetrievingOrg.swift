import ConnectedAppTesting
import Foundation
import HTTPTypes
import JWTBearer
import Synchronization
import Testing

@testable import ConnectedApp
@testable import MetadataAPI

/// An org that runs retrieves. A test configures how it answers each call.
final class RetrievingOrg: Sendable {
    struct Calls {
        var retrieves = 0
        var polls = 0
        /// Calls that ask for the archive, by the job that they name.
        var deliveries: [String] = []
        var signIns = 0
    }

    /// What happens before a call is answered. Numbers count from 1.
    struct Trouble: Sendable {
        var onRetrieve: @Sendable (Int) -> TransportFailure.Kind? = { _ in nil }
        var onPoll: @Sendable (Int) -> TransportFailure.Kind? = { _ in nil }
        /// The reply breaks off after this many bytes.
        var onDelivery: @Sendable (Int) -> Int? = { _ in nil }
        /// The number of polls whose answer is that the job is still running.
        var pendingPolls = 1
        /// The job fails with this code.
        var failsWith: String?
        var files = RetrievingOrg.files
        /// The reply has an archive without any bytes.
        var hasEmptyArchive = false
        /// The reply to the call that delivers the archive.
        var problems = ["a warning of the org"]
    }

    static let files: [(name: String, text: String)] = [
        ("package.xml", manifest), ("classes/A.cls", "class A {}"), ("classes/A.cls-meta.xml", "<ApexClass/>"),
    ]
    static let manifest = """
        <?xml version="1.0" encoding="UTF-8"?>
        <Package xmlns="http://soap.sforce.com/2006/04/metadata">
            <types><members>A</members><name>ApexClass</name></types>
            <version>67.0</version>
        </Package>
        """

    private let state = Mutex(Calls())
    private let trouble: Trouble

    init(_ trouble: Trouble = Trouble()) { self.trouble = trouble }

    var calls: Calls { state.withLock { $0 } }

    var transport: any HTTPTransport { Answering(org: self) }

    /// A transport that, unlike the scripted one, can break off a reply in the middle.
    private struct Answering: HTTPTransport {
        let org: RetrievingOrg

        func send(_ request: OutgoingRequest, within limits: ExchangeLimits) async throws -> IncomingResponse {
            let (answer, cut) = try org.answer(to: request)
            let bytes = answer.pieces.flatMap { $0 }
            let body = AsyncThrowingStream<[UInt8], any Error> { continuation in
                for start in stride(from: 0, to: cut ?? bytes.count, by: 100) {
                    continuation.yield(Array(bytes[start..<min(start + 100, cut ?? bytes.count)]))
                }
                continuation.finish(throwing: cut.map { _ in TransportFailure(.connectionLost, detail: "cut") })
            }
            return IncomingResponse(
                HTTPResponse(status: .init(code: answer.status), headerFields: answer.headers), body: body)
        }
    }

    private func answer(to request: OutgoingRequest) throws -> (ScriptedAnswer, cutAt: Int?) {
        let host = "https://acme.my.salesforce.com"
        switch request.head.path {
        case "/services/data/": return (.json(#"[{"version":"67.0"}]"#), nil)
        case "/services/oauth2/token":
            state.withLock { $0.signIns += 1 }
            return (.json(#"{"access_token":"00D000000000001!t","instance_url":"\#(host)","scope":"api"}"#), nil)
        case "/services/data/v67.0/limits":
            return (.json(#"{"DailyApiRequests":{"Max":15000,"Remaining":14998}}"#), nil)
        default: return try soap(String(decoding: request.body, as: UTF8.self))
        }
    }

    private func soap(_ body: String) throws -> (ScriptedAnswer, cutAt: Int?) {
        if body.contains("<describeMetadata") { return (Self.reply("describeMetadata", Self.types), nil) }
        if body.contains("<listMetadata") { return (Self.reply("listMetadata", Self.list), nil) }
        if body.contains("<retrieve ") {
            let number = state.withLock { state in
                state.retrieves += 1
                return state.retrieves
            }
            if let kind = trouble.onRetrieve(number) { throw TransportFailure(kind, detail: "") }
            return (
                Self.reply("retrieve", "<result><done>false</done><id>\(Self.job(number))</id></result>"), nil
            )
        }
        let job = state.withLock { Self.job($0.retrieves) }
        #expect(body.contains("<asyncProcessId>\(job)</asyncProcessId>"))
        return body.contains("<includeZip>true") ? delivery(job) : try poll(job)
    }

    private func poll(_ job: String) throws -> (ScriptedAnswer, cutAt: Int?) {
        let number = state.withLock { state in
            state.polls += 1
            return state.polls
        }
        if let kind = trouble.onPoll(number) { throw TransportFailure(kind, detail: "") }
        if number <= trouble.pendingPolls { return (status(job, "<done>false</done><status>InProgress</status>"), nil) }
        if let code = trouble.failsWith {
            return (
                status(
                    job,
                    "<done>true</done><status>Failed</status><success>false</success><errorStatusCode>\(code)"
                        + "</errorStatusCode><errorMessage>words of the org</errorMessage>"), nil
            )
        }
        return (status(job, "<done>true</done><status>Succeeded</status><success>true</success>"), nil)
    }

    private func delivery(_ job: String) -> (ScriptedAnswer, cutAt: Int?) {
        let number = state.withLock { state in
            state.deliveries.append(job)
            return state.deliveries.count
        }
        let zip = trouble.hasEmptyArchive ? "" : Data(StoredZip.archive(trouble.files)).base64EncodedString()
        let messages = trouble.problems.map { "<messages><problem>\($0)</problem></messages>" }.joined()
        return (
            status(
                job,
                "<done>true</done><status>Succeeded</status><success>true</success>"
                    + "\(messages)<zipFile>\(zip)</zipFile>"),
            trouble.onDelivery(number)
        )
    }

    private func status(_ job: String, _ fields: String) -> ScriptedAnswer {
        Self.reply("checkRetrieveStatus", "<result><id>\(job)</id>\(fields)</result>")
    }

    private static func job(_ number: Int) -> String { "09S00000000000\(number)AAA" }

    private static func reply(_ call: String, _ content: String) -> ScriptedAnswer {
        .xml(
            """
            <?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope \
            xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="http://soap.sforce.com/2006/04/metadata">\
            <soapenv:Body><\(call)Response>\(content)</\(call)Response></soapenv:Body></soapenv:Envelope>
            """)
    }

    private static let types = """
        <result><metadataObjects><directoryName>classes</directoryName><inFolder>false</inFolder><metaFile>true</metaFile>\
        <suffix>cls</suffix><xmlName>ApexClass</xmlName></metadataObjects><organizationNamespace></organizationNamespace>\
        <partialSaveAllowed>true</partialSaveAllowed><testRequired>false</testRequired></result>
        """
    private static let list = """
        <result><createdById>005000000000001AAA</createdById><createdByName>me</createdByName>\
        <createdDate>2026-01-01T00:00:00.000Z</createdDate><fileName>classes/A.cls</fileName><fullName>A</fullName>\
        <id>01p000000000001AAA</id><lastModifiedById>005000000000001AAA</lastModifiedById>\
        <lastModifiedByName>me</lastModifiedByName><lastModifiedDate>2026-01-01T00:00:00.000Z</lastModifiedDate>\
        <manageableState>unmanaged</manageableState><type>ApexClass</type></result>
        """
}

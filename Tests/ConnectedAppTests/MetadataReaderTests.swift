import ConnectedAppTesting
import Foundation
import HTTPTypes
import JWTBearer
import Synchronization
import Testing

@testable import ConnectedApp
@testable import MetadataAPI

@Suite("Retried calls to the Metadata API")
struct MetadataReaderTests {
    /// A reader over the transport that a connection has.
    private struct Reading {
        let passing = PassingTime()
        let transport: ScriptedTransport
        let tokens: TokenSource
        let reader: MetadataReader

        /// - Parameter answer: The org's answer to each call.
        init(_ answer: @escaping @Sendable (TokenSource) async throws -> ScriptedAnswer) {
            let surroundings = passing.surroundings()
            let source = Mutex<TokenSource?>(nil)
            let count = Counter()
            transport = ScriptedTransport { _ in
                guard let tokens = source.withLock({ $0 }) else { throw ConnectedAppError(.internalError) }
                return try await answer(tokens)
            }
            tokens = TokenSource {
                count.add()
                return GrantedToken(
                    token: AccessToken(
                        secret: "00D000000000001!t", scope: nil, instanceURL: "https://acme.my.salesforce.com",
                        identityURL: nil, tokenType: nil),
                    instance: try LoginHost("https://acme.my.salesforce.com"),
                    organizationID: try #require(OrganizationID("00D000000000001")))
            }
            source.withLock { [tokens] held in held = tokens }
            self.count = count
            reader = MetadataReader(
                api: OrgAPI(
                    transport: RepeatingTransport(transport, surroundings: surroundings), tokens: tokens),
                surroundings: surroundings)
        }

        let count: Counter

        func describe() async throws { _ = try await reader.description(asOf: try #require(APIVersion(number: 67))) }
    }

    private final class Counter: Sendable {
        private let count = Mutex(0)
        var value: Int { count.withLock { $0 } }
        func add() { count.withLock { $0 += 1 } }
    }

    private static let unavailable = ScriptedAnswer.xml(
        """
        <?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">\
        <soapenv:Body><soapenv:Fault><faultcode>SERVER_UNAVAILABLE</faultcode><faultstring>later</faultstring>\
        </soapenv:Fault></soapenv:Body></soapenv:Envelope>
        """, status: 500)

    @Test("A call is made three times at most, whatever the reason for the retry")
    func thrice() async throws {
        for answer in [ScriptedAnswer.json("", status: 503), .json("", status: 429), Self.unavailable] {
            let reading = Reading { _ in answer }
            await #expect(throws: ConnectedAppError.self) { try await reading.describe() }
            #expect(reading.transport.requests.count == 3, "\(answer.status)")
        }
        let lost = Reading { _ in throw TransportFailure(.connectionLost, detail: "scripted") }
        #expect(await thrownByAwaiting { try await lost.describe() }?.cause == .connectionLost)
        #expect(lost.transport.requests.count == 3)
    }

    @Test("Retry-After is respected; the call fails if it is more than a minute")
    func retryAfter() async throws {
        for (text, requests) in [("7", 3), ("3600", 1)] {
            let reading = Reading { _ in
                var answer = ScriptedAnswer.json("", status: 503)
                answer.headers[.retryAfter] = text
                return answer
            }
            await #expect(throws: ConnectedAppError.self) { try await reading.describe() }
            #expect(reading.transport.requests.count == requests, "\(text)")
            #expect(reading.passing.waits.allSatisfy { $0 >= 7 })
        }
    }

    @Test("An error of the network names the host, without another sign-in")
    func noSignInForAnError() async throws {
        let reading = Reading { tokens in
            await tokens.clear()
            throw TransportFailure(.nameNotResolved, detail: "scripted")
        }
        let error = await thrownByAwaiting { try await reading.describe() }
        #expect(error?.cause == .nameNotResolved)
        #expect(error?.subject == "acme.my.salesforce.com")
        #expect(reading.count.value == 1)
    }
}

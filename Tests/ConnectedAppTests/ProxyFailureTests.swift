import ConnectedAppTesting
import JWTBearer
import Testing

@testable import ConnectedApp

@Suite("Causes of a proxy's failures")
struct ProxyFailureTests {
    private static func error(
        _ reason: ProxyFailure.Reason, hasLogin: Bool = false
    ) throws -> ConnectedAppError {
        let failure = ProxyFailure(address: "proxy.example:3128", hasLogin: hasLogin, reason: reason)
        return ConnectedAppError(
            TransportFailure(specifics: .proxy(failure), detail: ""),
            host: try LoginHost("https://acme.my.salesforce.com"))
    }

    private static func answered(
        _ status: Int, _ schemes: [String] = [], redirectHost: String? = nil
    ) -> ProxyFailure.Reason {
        .refused(ProxyAnswer(status: status, schemes: schemes, redirectHost: redirectHost))
    }

    @Test(
        "Each kind of failure has its cause, which says whether trying again may help",
        arguments: [
            (.nameNotResolved, .proxyUnreachable, true), (.connectionRefused, .proxyUnreachable, true),
            (.timedOut, .proxyUnreachable, true), (.closedWithoutAnswer, .proxyFailed, true),
            (.answerTimedOut, .proxyFailed, true), (.page(status: 200), .proxyRefused, false),
            (.notReproduced, .proxyFailed, true),
            (.answerNotHTTP, .proxyRefused, false), (answered(407), .proxyLoginRefused, false),
            (answered(407, ["NTLM"]), .proxyLoginRefused, false), (answered(302), .proxyRedirected, false),
            (answered(403), .proxyRefused, false), (answered(405), .proxyRefused, false),
            (answered(429), .proxyFailed, true), (answered(502), .proxyFailed, true),
            (answered(504), .proxyFailed, true),
        ] as [(ProxyFailure.Reason, Cause, Bool)])
    func causes(_ reason: ProxyFailure.Reason, _ cause: Cause, _ retry: Bool) throws {
        let error = try Self.error(reason)
        #expect(error.cause == cause)
        #expect(cause.entry.retry == retry)
        #expect(cause.entry.exit == .unreachable)
        #expect(error.subject == "proxy.example:3128")
        #expect(error.evidence["proxy"] == "proxy.example:3128")
        #expect(error.evidence["host"] == "acme.my.salesforce.com")
    }

    @Test("The detail and the evidence contain the proxy's answer")
    func answer() throws {
        let login = try Self.error(Self.answered(407, ["NTLM", "Negotiate"]))
        #expect(login.description.contains("NTLM, Negotiate (status 407)"))
        #expect(login.evidence["status"] == "407")
        #expect(login.evidence["proxyAuthenticate"] == "NTLM, Negotiate")
        #expect(!login.remedy.contains("PASSWORD"))
        let portal = try Self.error(Self.answered(302, redirectHost: "portal.example"))
        #expect(portal.description.contains("to portal.example (status 302)"))
        #expect(portal.evidence["redirectHost"] == "portal.example")
        #expect(portal.remedy.contains("https://portal.example"))
        #expect(try Self.error(Self.answered(403)).description.contains("status 403"))
    }

    @Test("A refused password and a missing one have different messages")
    func login() throws {
        let missing = try Self.error(Self.answered(407, ["Basic"]))
        let wrong = try Self.error(Self.answered(407, ["Basic"]), hasLogin: true)
        #expect(missing.description.contains("requires a username and a password"))
        #expect(missing.remedy.contains("USER:PASSWORD"))
        #expect(wrong.description.contains("does not accept"))
        #expect(wrong.remedy.contains("%23"))
    }

    @Test(
        "In a connection test, the step of the proxy fails and not the step of the name, which the proxy resolves",
        arguments: [.nameNotResolved, answered(407), answered(302), answered(403), answered(502)]
            as [ProxyFailure.Reason])
    func step(_ reason: ProxyFailure.Reason) throws {
        let way = WayToTheOrg(
            host: try LoginHost("https://acme.my.salesforce.com"), egress: "proxy.example:3128",
            outcome: .failure(try Self.error(reason)))
        guard case .fails(let error) = way.proxy else {
            Issue.record("The proxy failed")
            return
        }
        #expect(error.subject == "proxy.example:3128")
        guard case .unknown = way.name else {
            Issue.record("It is not known whether the proxy resolved the name")
            return
        }
    }

    @Test(
        "Each failure of TLS has its cause and its remedy",
        arguments: [
            (nil, .serverNotTrusted, "--ca-file"),
            (.certificateOfAnotherName, .serverNotTrusted, "host's name"),
            (.tlsVersionTooOld, .tlsFailed, "TLS 1.2"), (.noTLS(), .tlsFailed, "port"),
            (.noTLS(proxy: "proxy.example:3128"), .tlsFailed, "sign-in page"),
            (.clientCertificateWanted, .tlsFailed, "inspects TLS"),
        ] as [(TransportFailure.Specifics?, Cause, String)])
    func tls(_ specifics: TransportFailure.Specifics?, _ cause: Cause, _ remedy: String) throws {
        let failure =
            specifics.map { TransportFailure(specifics: $0, detail: "") }
            ?? TransportFailure(.serverNotTrusted, detail: "")
        let host = try LoginHost("https://acme.my.salesforce.com")
        let error = ConnectedAppError(failure, host: host)
        #expect(error.cause == cause)
        #expect(error.remedy.contains(remedy))
        #expect(error.remedy.contains("--ca-file") == (remedy == "--ca-file"))
        let way = WayToTheOrg(host: host, egress: "direct", outcome: .failure(error))
        guard case .fails = way.tls else {
            Issue.record("TLS failed")
            return
        }
    }

    @Test(
        "If a proxy closes without an answer, the message says that it may require TLS, and that aprity speaks plain HTTP"
    )
    func unanswered() throws {
        let error = try Self.error(.closedWithoutAnswer)
        #expect(error.description.contains("requires TLS"))
        #expect(error.remedy.contains("plain HTTP"))
    }

    @Test("A proxy that does not answer in time has a message of its own")
    func late() throws {
        let sentence = try Self.error(.answerTimedOut).description
        #expect(sentence.hasSuffix("did not answer the request for a tunnel (CONNECT) in time."))
    }

    @Test("A proxy that may have answered instead of the host is named, and the steps about the host do not pass")
    func inPlaceOfTheHost() throws {
        let (host, proxy) = (try LoginHost("https://acme.my.salesforce.com"), "proxy.example:3128")
        let error = ConnectedAppError(
            TransportFailure(specifics: .noTLS(proxy: proxy), detail: ""), host: host)
        #expect(error.evidence["proxy"] == proxy)
        #expect(error.description.contains("The proxy \(proxy) may have answered"))
        let way = WayToTheOrg(host: host, egress: proxy, outcome: .failure(error))
        for verdict in [way.name, way.proxy, way.connection] {
            guard case .unknown = verdict else {
                Issue.record("It is not known: \(verdict)")
                continue
            }
        }
    }

    @Test("The remedy for an unknown authority names the setting of each place")
    func authoritySettings() {
        let remedy = Cause.serverNotTrusted.entry.remedy
        for setting in ["--ca-file", "APRITY_SMTP_CA_FILE", "APRITY_NOTIFY_WEBHOOK_CA_FILE", "SSL_CERT_FILE"] {
            #expect(remedy.contains(setting))
        }
    }
}

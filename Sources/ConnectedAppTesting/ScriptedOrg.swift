package import Foundation
internal import HTTPTypes
internal import JWTBearer

/// The few responses of an org that a connection test needs. It verifies nothing, and its metadata can be described but
/// not listed or retrieved.
package struct ScriptedOrg: Sendable {
    package var organizationID = "00D000000000001EAA"
    /// Replaces the token endpoint's response; `nil` for a token.
    package var tokenAnswer: ScriptedAnswer?
    package var scope = "api"
    /// The user's sign-ins in the last hour, as Login History counts them.
    package var loginHistoryRows = 0
    /// The org's clock, for the `Date` header.
    package var now: @Sendable () -> Date
    /// Suspends the token endpoint's response until it is open; `nil` for none.
    package var gate: Gate?

    package init(now: @escaping @Sendable () -> Date) { self.now = now }

    /// Returns an org whose token endpoint refuses with this error and description.
    package func refusing(_ error: String, _ description: String) -> ScriptedOrg {
        var org = self
        let members = ["error": error, "error_description": description]
        let body = (try? JSONSerialization.data(withJSONObject: members, options: .sortedKeys)) ?? Data()
        org.tokenAnswer = .json(String(decoding: body, as: UTF8.self), status: 400)
        return org
    }

    /// A new transport with this org's present settings. A request for anything else fails the test.
    package var transport: ScriptedTransport {
        ScriptedTransport { request in
            var answer = try await self.answer(to: request)
            answer.headers[.date] = Self.httpDate(now())
            return answer
        }
    }

    private func answer(to request: OutgoingRequest) async throws -> ScriptedAnswer {
        let path = request.head.path ?? ""
        let host = "\(request.head.scheme ?? "https")://\(request.head.authority ?? "")"
        if path == "/services/data/" {
            return .json("[{\"label\":\"Summer '26\",\"url\":\"/services/data/v67.0\",\"version\":\"67.0\"}]")
        }
        if path == "/services/oauth2/token" {
            await gate?.pass()
            return tokenAnswer
                ?? .json(
                    """
                    {"access_token":"\(organizationID.prefix(15))!scripted","scope":"\(scope)","instance_url":"\(host)",\
                    "id":"\(host)/id/\(organizationID)/005000000000001AAA","token_type":"Bearer"}
                    """)
        }
        if path.contains("/query?q=SELECT%20COUNT%28%29%20FROM%20LoginHistory%20") {
            return .json("{\"totalSize\":\(loginHistoryRows),\"done\":true,\"records\":[]}")
        }
        if path == "/.well-known/auth-configuration" { return .json("{\"OrgId\":\"\(organizationID)\"}") }
        if path.contains("/query?q=") {
            let words = "sObject type 'X' is not supported."
            return .json("[{\"errorCode\":\"INVALID_TYPE\",\"message\":\"\(words)\"}]", status: 400)
        }
        if path.hasSuffix("/limits") { return .json("{\"DailyApiRequests\":{\"Max\":15000,\"Remaining\":14998}}") }
        if path.hasPrefix("/services/Soap/m/") {
            let asks = String(decoding: request.body, as: UTF8.self)
            return asks.contains("<describeMetadata") ? .xml(Self.description) : .xml(Self.hidden, status: 500)
        }
        throw ScriptedTransport.unexpected(request)
    }

    /// The fault for a user without access to metadata.
    private static let hidden = """
        <?xml version="1.0" encoding="UTF-8"?>\
        <soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" \
        xmlns:sf="http://soap.sforce.com/2006/04/metadata"><soapenv:Body><soapenv:Fault>\
        <faultcode>sf:INSUFFICIENT_ACCESS</faultcode><faultstring>INSUFFICIENT_ACCESS: hidden</faultstring>\
        </soapenv:Fault></soapenv:Body></soapenv:Envelope>
        """

    private static let description = """
        <?xml version="1.0" encoding="UTF-8"?>\
        <soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" \
        xmlns="http://soap.sforce.com/2006/04/metadata"><soapenv:Body><describeMetadataResponse><result>\
        <metadataObjects><directoryName>classes</directoryName><inFolder>false</inFolder><metaFile>true</metaFile>\
        <suffix>cls</suffix><xmlName>ApexClass</xmlName></metadataObjects>\
        <metadataObjects><childXmlNames>CustomField</childXmlNames><directoryName>objects</directoryName>\
        <inFolder>false</inFolder><metaFile>false</metaFile><suffix>object</suffix><xmlName>CustomObject</xmlName>\
        </metadataObjects><organizationNamespace></organizationNamespace><partialSaveAllowed>true</partialSaveAllowed>\
        <testRequired>false</testRequired></result></describeMetadataResponse></soapenv:Body></soapenv:Envelope>
        """

    /// RFC 9110 §5.6.7.
    private static func httpDate(_ date: Date) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return formatter.string(from: date)
    }
}

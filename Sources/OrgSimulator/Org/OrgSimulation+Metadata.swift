import Crypto
import Foundation
import Synchronization

extension OrgSimulation {
    /// `POST /services/Soap/m/{version}[/…]`: the org id may follow, and simple-salesforce appends `deployRequest/ID`, which
    /// orgs take too. The session is looked up here, the rest is the Metadata API's.
    func metadata(_ exchange: Exchange, version: String) async -> OrgAnswer {
        guard exchange.request.method == "POST", let id = exchange.orgID, let org = org(id, on: exchange.server),
            let service = metadataService(of: org)
        else { return .notFoundPage }
        let seen = Mutex<Caller?>(nil)
        let reply = await service.respond(
            to: exchange.request.body ?? [], versionInPath: version,
            session: { token in
                do throws(Inadmissible) {
                    let caller = try await self.apiCaller(token, exchange)
                    // The tokens of the format JWT are for REST only; how SOAP words it is not confirmed on a real org.
                    if caller.session.isJWT { return .refused(.notForAPI, await self.illegalSession(token)) }
                    seen.withLock { $0 = caller }
                    return .valid(await self.metadataCaller(caller))
                } catch {
                    return .refused(error, await self.illegalSession(token))
                }
            })
        let caller = seen.withLock { $0 }
        var answer = OrgAnswer(
            status: reply.status, operation: reply.operation ?? "unknown", verdict: reply.verdict, reason: reply.reason)
        answer.synthetic = reply.isSynthetic
        answer.contentType = SOAPReply.contentType
        answer.body = reply.body
        answer.username = caller?.user.username
        answer.consumerKey = caller?.session.consumerKey
        return answer
    }

    private func metadataCaller(_ caller: Caller) -> MetadataCaller {
        let org = caller.org
        return MetadataCaller(
            userID: caller.user.id, userName: caller.user.shownName, organizationID: org.id,
            mayUseMetadataAPI: org.mayUseMetadataAPI(caller.user),
            live: LiveMetadata(of: org, for: caller.user, state.switches),
            deployment: org.mayDeploy(caller.user) ? .granted { await self.deploy($0, into: org.id) } : .forbidden)
    }
}

extension OrgSimulation {
    /// The words for a token that is no session. The longer form has a second line and a space at its end.
    private func illegalSession(_ token: String) -> String {
        let text = "Invalid Session ID found in SessionHeader: Illegal Session"
        switch state.switches.illegalSession {
        case .short: return text
        case .long:
            let hash = Data(SHA256.hash(data: Data(token.utf8))).base64EncodedString()
            return text + ". Session not found, missing session hash: \(hash)\n"
                + "This error usually occurs after a session expires or a user logs out. "
        }
    }
}

extension SessionLookup {
    /// The fault of each cause, as the SOAP APIs word it.
    fileprivate static func refused(_ cause: Inadmissible, _ illegalSession: String) -> SessionLookup {
        let (code, text) =
            switch cause {
            case .sessionInvalid:
                ("INVALID_SESSION_ID", illegalSession)
            case .notForAPI: ("INVALID_SESSION_ID", "This session is not valid for use with the API")
            case .apiDisabled: ("API_DISABLED_FOR_ORG", "API is disabled for this User")
            case .requestLimitExceeded: ("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
            }
        return .refused(faultCode: "sf:\(code)", faultString: "\(code): \(text)")
    }
}

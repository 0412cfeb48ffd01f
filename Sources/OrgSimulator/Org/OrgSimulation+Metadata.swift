import Crypto
import Foundation
import Synchronization

extension OrgSimulation {
    /// `POST /services/Soap/m/{version}[/…]`: looks up the session, then calls the Metadata API. Any path may follow
    /// the version: clients append an org id, and simple-salesforce appends `deployRequest/ID`.
    func metadata(_ exchange: Exchange, version: String) async -> OrgAnswer {
        guard exchange.request.method == "POST", let id = exchange.orgID, let org = org(id, on: exchange.server),
            let service = metadataService(of: org)
        else { return .notFoundPage }
        // The service finds the token in the body and asks for its session. The caller is needed afterwards.
        let seen = Mutex<Caller?>(nil)
        let reply = await service.respond(
            to: exchange.request.body ?? [], versionInPath: version,
            session: { token in
                do throws(TokenRejection) {
                    let caller = try await self.apiCaller(token, exchange)
                    // JWT-based access tokens work with REST only. SOAP's error text for them is not confirmed on a
                    // real org.
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
        answer.isSynthetic = reply.isSynthetic
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
    /// Returns the error text for a token without a session. The long form has a second line, which ends in a space in
    /// recordings too.
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
    /// Returns the SOAP fault for a rejected token, with the texts of the SOAP APIs.
    fileprivate static func refused(_ cause: TokenRejection, _ illegalSession: String) -> SessionLookup {
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

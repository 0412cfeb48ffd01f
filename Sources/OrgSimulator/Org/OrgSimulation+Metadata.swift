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
                    return .valid(await self.metadataCaller(caller.user, of: caller.org))
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

    /// Returns what an org has, and what becomes of it if a user reads it.
    ///
    /// - Parameters:
    ///   - name: The org's name.
    ///   - username: The user; `nil` for the org's first user.
    /// - Throws: ``StateProblem`` if there is no such org or user.
    func metadataTruth(ofOrg name: String, for username: String? = nil) async throws(StateProblem) -> MetadataTruth {
        guard let org = state.orgs.first(where: { $0.name == name }), let service = metadataService(of: org) else {
            throw StateProblem("There is no org \(name).")
        }
        guard let user = username.map(org.user(named:)) ?? org.users.first else {
            throw StateProblem("\(name) has no user \(username ?? "at all").")
        }
        return await service.truth(for: metadataCaller(user, of: org))
    }

    /// Reads an org's source folder again. What is new or different gets the current org time as its date.
    ///
    /// - Throws: ``StateProblem`` if there is no such org, or the folder can no longer be read. Nothing has changed
    ///   then.
    func rereadSource(ofOrg name: String) async throws(StateProblem) {
        guard let org = state.orgs.first(where: { $0.name == name }), let service = metadataService(of: org) else {
            throw StateProblem("There is no org \(name).")
        }
        let repository = try MetadataServices.repository(of: org)
        let origin = await service.serve(repository)
        setMetadataSource(OrgSource(repository: repository, origin: origin), of: org)
    }

    private func metadataCaller(_ user: User, of org: Org) -> MetadataCaller {
        MetadataCaller(
            userID: user.id, userName: user.shownName, organizationID: org.id,
            mayUseMetadataAPI: org.mayUseMetadataAPI(user), live: LiveMetadata(of: org, for: user, state.switches),
            permissions: org.permissions(of: user), conditions: org.metadata, faults: faultCounter(of: org.id),
            deployment: org.mayDeploy(user) ? .granted { await self.deploy($0, into: org.id) } : .forbidden)
    }
}

// MARK: Faults that pass

extension OrgSimulation {
    private func faultCounter(of orgID: String) -> MetadataFaultCounter {
        MetadataFaultCounter(
            listing: { await self.takeFault(of: orgID, \.listing.faults, types: $0) },
            reading: { await self.takeFault(of: orgID, \.read.faults, types: [$0]) },
            rotten: { await self.takeRotten($0, of: orgID) })
    }

    /// Returns the first fault of one of the types, and counts the hit.
    private func takeFault(
        of orgID: String, _ place: any WritableKeyPath<MetadataConditions, [TypeFault]> & Sendable, types: [String]
    ) -> TypeFault? {
        var taken: TypeFault?
        changeConditions(of: orgID) { conditions in
            let faults = conditions[keyPath: place]
            guard let index = faults.firstIndex(where: { types.contains($0.type) }) else { return }
            taken = faults[index]
            conditions[keyPath: place][index].count = faults[index].count.map { $0 - 1 }
            conditions[keyPath: place].removeAll { $0.count == 0 }
        }
        return taken
    }

    /// Returns those components that are still rotten, and counts the hits.
    private func takeRotten(_ components: [RottenComponent], of orgID: String) -> [RottenComponent] {
        var taken: [RottenComponent] = []
        changeConditions(of: orgID) { conditions in
            for index in conditions.retrieve.rotten.indices {
                let component = conditions.retrieve.rotten[index]
                guard components.contains(where: component.isSame) else { continue }
                taken.append(component)
                conditions.retrieve.rotten[index].count = component.count.map { $0 - 1 }
            }
            conditions.retrieve.rotten.removeAll { $0.count == 0 }
        }
        return taken
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

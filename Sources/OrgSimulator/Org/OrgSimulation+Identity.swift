import Foundation

extension OrgSimulation {
    /// `POST` or `GET /services/oauth2/revoke`: ends the session of a token, on every server at once. Needs no client
    /// authentication.
    func revoke(_ exchange: Exchange) -> OrgAnswer {
        guard ["GET", "POST"].contains(exchange.request.method) else { return .notFoundPage }
        let operation = OrgAnswer(status: 400, operation: "revoke", verdict: .signIn, reason: "The token is unknown.")
        guard let token = exchange.request.form["token"] else {
            return operation.oauthError("unsupported_token_type", "token type not supported")
        }
        guard sessions.revoke(token) else { return operation.oauthError("invalid_token", "token was invalid") }
        return OrgAnswer(status: 200, operation: "revoke", verdict: .signIn, reason: "The token was revoked.")
    }

    /// `GET /services/oauth2/userinfo`.
    func userInfo(_ exchange: Exchange) -> OrgAnswer {
        identified(exchange, "userinfo") { caller in
            let user = caller.user
            let base = instanceURL(of: caller.org, calledBy: exchange.request)
            let description: JSONValue = [
                "sub": .string("\(base)/id/\(caller.org.id)/\(user.id)"),
                "user_id": .string(user.id), "organization_id": .string(caller.org.id),
                "preferred_username": .string(user.username), "nickname": .string(user.username),
                "name": .string(user.shownName), "email": .string(user.mailAddress), "email_verified": true,
                "given_name": .string(user.givenName), "family_name": .string(user.familyName), "zoneinfo": "GMT",
                "photos": photos(base), "profile": .string("\(base)/\(user.id)"),
                "picture": .string("\(base)/profilephoto/005/F"), "address": .object([]),
                "urls": urls(caller, exchange.request), "active": .bool(user.isActive),
                "user_type": "STANDARD", "language": "en_US", "locale": "en_US", "utcOffset": 0,
                "updated_at": lastModified, "is_app_installed": .bool(isInstalled(caller)),
            ]
            return state.switches.userInfoListsCustomPermissions
                ? description.listing(customPermissions(of: caller)) : description
        }
    }

    /// `GET /id/{org}/{user}`: the address in the member `id` of a token answer. Member order and date format are those
    /// of a recording (mike4aday/SwiftlySalesforce, MockIdentity.json, 2022).
    func identity(_ exchange: Exchange, orgID: String, userID: String) -> OrgAnswer {
        identified(exchange, "identity") { caller in
            guard caller.org.id == orgID, caller.user.id == userID else { return nil }
            let user = caller.user
            let base = instanceURL(of: caller.org, calledBy: exchange.request)
            let description: JSONValue = [
                "id": .string("\(base)/id/\(orgID)/\(userID)"), "asserted_user": true,
                "user_id": .string(userID), "organization_id": .string(orgID), "username": .string(user.username),
                "nick_name": .string(user.username), "display_name": .string(user.shownName),
                "email": .string(user.mailAddress), "email_verified": true, "first_name": .string(user.givenName),
                "last_name": .string(user.familyName), "timezone": "GMT",
                "photos": photos(base), "addr_street": .null, "addr_city": .null, "addr_state": .null,
                "addr_country": .null, "addr_zip": .null, "mobile_phone": .null, "mobile_phone_verified": false,
                "is_lightning_login_user": false, "status": ["created_date": .null, "body": .null],
                "urls": urls(caller, exchange.request), "active": .bool(user.isActive), "user_type": "STANDARD",
                "language": "en_US", "locale": "en_US", "utcOffset": 0, "last_modified_date": lastModified,
                "is_app_installed": .bool(isInstalled(caller)),
            ]
            return description.listing(customPermissions(of: caller))
        }
    }

    /// The org's custom permissions, and whether the caller has each; `nil` unless the token has the scope
    /// `custom_permissions`.
    ///
    /// A real org lists those that are associated with the app ("Scope Parameter Values"). Custom permissions of the
    /// simulation have no app, so all are listed.
    private func customPermissions(of caller: Caller) -> JSONValue? {
        guard caller.session.scopes.contains("custom_permissions") else { return nil }
        let own = caller.org.customPermissions(of: caller.user)
        return .record(caller.org.customPermissions.sorted().map { ($0, .bool(own.contains($0))) })
    }

    /// Answers a request about the caller. Without a valid token the answer is 403 with plain text, not 401 as in the
    /// data API.
    ///
    /// - Parameter describe: Returns the answer's JSON, or `nil` if the token is not valid for this request.
    private func identified(
        _ exchange: Exchange, _ operation: String, _ describe: (Caller) -> JSONValue?
    ) -> OrgAnswer {
        let refused = OrgAnswer(status: 403, operation: operation, reason: "The token is missing or is not valid here.")
        guard let header = exchange.request.authorization else { return refused.plain("Missing_OAuth_Token") }
        guard let token = BearerToken(header)?.value, let caller = try? caller(token, exchange),
            let description = describe(caller)
        else { return refused.plain("Bad_OAuth_Token") }
        var answer = OrgAnswer(status: 200, operation: operation, reason: "Describes the caller.").json(description)
        answer.username = caller.user.username
        answer.consumerKey = caller.session.consumerKey
        return answer
    }

    /// A fixed time, because the state document has no dates for users. Unlike times in the data API, it has no
    /// fraction and ends in `Z`.
    private var lastModified: JSONValue { "2022-02-15T23:21:10Z" }

    private func isInstalled(_ caller: Caller) -> Bool {
        caller.org.apps.first { $0.id == caller.session.appID }?.installed ?? false
    }

    private func photos(_ base: String) -> JSONValue {
        ["picture": .string("\(base)/profilephoto/005/F"), "thumbnail": .string("\(base)/profilephoto/005/T")]
    }

    private func urls(_ caller: Caller, _ request: OrgRequest) -> JSONValue {
        let base = instanceURL(of: caller.org, calledBy: request)
        let org = caller.org.id.prefix(15)
        let data = base + "/services/data/v{version}"
        let members: JSONValue = [
            "enterprise": .string("\(base)/services/Soap/c/{version}/\(org)"),
            "metadata": .string("\(base)/services/Soap/m/{version}/\(org)"),
            "partner": .string("\(base)/services/Soap/u/{version}/\(org)"), "rest": .string("\(data)/"),
            "sobjects": .string("\(data)/sobjects/"), "search": .string("\(data)/search/"),
            "query": .string("\(data)/query/"), "recent": .string("\(data)/recent/"),
            "tooling_soap": .string("\(base)/services/Soap/T/{version}/\(org)"),
            "tooling_rest": .string("\(data)/tooling/"), "profile": .string("\(base)/\(caller.user.id)"),
            "feeds": .string("\(data)/chatter/feeds"), "groups": .string("\(data)/chatter/groups"),
            "users": .string("\(data)/chatter/users"), "feed_items": .string("\(data)/chatter/feed-items"),
            "feed_elements": .string("\(data)/chatter/feed-elements"),
        ]
        guard case .object(var urls) = members, !caller.org.myDomain.isEmpty else { return members }
        urls.append(.init(key: "custom_domain", value: .string("https://\(caller.org.myDomain)")))
        return .object(urls)
    }
}

extension JSONValue {
    /// Returns the description of a caller with the custom permissions, if there are any to list.
    fileprivate func listing(_ customPermissions: JSONValue?) -> JSONValue {
        guard let customPermissions, case .object(var members) = self else { return self }
        members.append(.init(key: "custom_permissions", value: customPermissions))
        return .object(members)
    }
}

extension User {
    /// The full name without its last word; empty if it has only one.
    var givenName: String { shownName.split(separator: " ").dropLast().joined(separator: " ") }
    /// The last word of the full name.
    var familyName: String { shownName.split(separator: " ").last.map(String.init) ?? "" }
}

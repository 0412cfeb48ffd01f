import Foundation

extension OrgRequest {
    /// Whether the request is for a page below `/setup` or `/lightning/setup`.
    var isForSetup: Bool {
        let segments = segments
        return segments.first == "setup" || segments.prefix(2) == ["lightning", "setup"]
    }

    /// Whether the page of another site sent the request, according to the `Origin` header. False without this header,
    /// which browsers omit from GET requests. Schemes are not compared.
    var isFromElsewhere: Bool {
        guard let origin else { return false }
        let authority = origin.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: true).last ?? ""
        return authority.drop { $0 == "/" }.lowercased() != host.lowercased()
    }
}

extension OrgSimulation {
    /// Answers a request for a Setup page or form. Only orgs have Setup; the shared login hosts do not. The history
    /// shows the org's administrator as the user.
    func setup(_ exchange: Exchange) -> OrgAnswer {
        guard let id = exchange.orgID, let org = state.orgs.first(where: { $0.id == id }) else { return .notFoundPage }
        let request = exchange.request
        if [["setup"], ["lightning", "setup"]].contains(request.segments) {
            return OrgAnswer.setup(303, changing: false, "Redirects to Setup.").leading(to: SetupPlace.home.path)
        }
        var answer: OrgAnswer
        do {
            let visit = try visit(exchange, org)
            answer = carryOut(try SetupRoutes.outcome(of: visit), of: visit, at: exchange.orgTime)
        } catch {
            answer = .refusing(error, of: org, changing: request.method == "POST")
        }
        answer.username = org.administrator?.username
        return answer
    }

    /// Collects what the pages can read, and refuses a form that another site may have sent.
    private func visit(_ exchange: Exchange, _ org: Org) throws(SetupRefusal) -> SetupVisit {
        let request = exchange.request
        guard ["GET", "HEAD", "POST"].contains(request.method) else {
            throw SetupRefusal("Setup pages accept only GET and POST.", status: 405)
        }
        guard request.body != nil else {
            throw SetupRefusal(
                "Nothing was saved: the form is too large. A certificate can have at most 4 KB.", status: 413)
        }
        let form = SetupForm(request)
        let isPost = request.method == "POST"
        if isPost, request.isFromElsewhere || form[SetupForm.tokenField] != setupDesk.formToken {
            throw SetupRefusal(
                "Nothing was saved: the form is not from a page of this Setup, or the simulator was restarted since. "
                    + "Open the page again.", status: 403)
        }
        let segments = request.segments
        let isLightning = segments.prefix(2) == ["lightning", "setup"]
        guard isLightning, segments.count >= 3, let place = SetupPlace(rawValue: segments[2]) else { throw .notFound }
        return SetupVisit(
            org: org, place: place, pathSegments: Array(segments.dropFirst(3)), isPost: isPost, form: form,
            formToken: setupDesk.formToken, management: management,
            clock: clockView(), propagatesGradually: state.switches.propagation == .spread,
            pendingChanges: spreadingChanges(of: org),
            logins: history.logins.filter { $0.orgID == org.id },
            sessions: sessions.sessions(ofOrg: org.id, at: exchange.orgTime))
    }

    /// Does what a page asked for, and returns the answer.
    private func carryOut(_ outcome: SetupOutcome, of visit: SetupVisit, at time: Date) -> OrgAnswer {
        switch outcome {
        case .page(let page):
            return .setup(200, changing: false, "An admin opened a Setup page: \(page.title).").showing(page, to: visit)
        case .redirect(let path):
            return .setup(303, changing: false, "Redirects to another Setup page.").leading(to: path)
        case .save(let patch, let what, let next):
            do {
                try save(patch)
            } catch {
                let refusal = SetupRefusal("Nothing was saved: \(error.description)")
                return .refusing(refusal, of: visit.org, changing: true)
            }
            let org = state.orgs.first { $0.id == visit.org.id } ?? visit.org
            return .setup(303, changing: true, "An admin saved in Setup: \(what).").leading(to: next(org))
        case .sendCode(let app, let next):
            setupDesk.sendCode(for: app, of: visit.org, at: time, using: &random)
            return .setup(303, changing: false, "An admin asked for consumer details.").leading(to: next)
        case .checkCode(let app, let code):
            guard setupDesk.redeem(code, for: app) else {
                let refusal = SetupRefusal(
                    "The verification code is wrong, was already used, or was never sent. Request a new code.",
                    status: 403,
                    page: ConsumerDetailsPages.verification(app, visit))
                return .refusing(refusal, of: visit.org, changing: false)
            }
            return .setup(200, changing: false, "An admin opened consumer details.")
                .showing(ConsumerDetailsPages.details(app, visit), to: visit)
        case .adjustClock(let adjustment, let next):
            _ = adjustClock(adjustment)
            return .setup(303, changing: false, "Org time was changed in Setup.").leading(to: next)
        case .revoke(let app, let userID, let next):
            sessions.revokeAll(userID: userID, appID: app.id)
            return .setup(303, changing: true, "An admin ended sessions in Setup.").leading(to: next)
        }
    }
}

extension OrgAnswer {
    /// - Parameter changing: Whether the history counts the request as a change of metadata. A refused form counts too.
    fileprivate static func setup(_ status: Int, changing: Bool, _ reason: String) -> OrgAnswer {
        var answer = OrgAnswer(
            status: status, operation: "setup", verdict: changing ? .changesMetadata : .readsMetadata, reason: reason)
        answer.headers = [
            ("Cache-Control", "no-store"), ("Content-Security-Policy", SetupStyle.contentSecurityPolicy),
            ("Referrer-Policy", "same-origin"), ("X-Content-Type-Options", "nosniff"),
        ]
        return answer
    }

    fileprivate static func refusing(_ refusal: SetupRefusal, of org: Org, changing: Bool) -> OrgAnswer {
        let page = refusal.page ?? SetupPage("Setup", .home, .paragraph(.link("Setup Home", to: SetupPlace.home.path)))
        var answer = setup(refusal.status, changing: changing, "Setup refused the request.")
            .html(page.document(of: org, notice: nil, problem: refusal.sentence, search: ""))
        answer.error = refusal.sentence
        return answer
    }

    fileprivate func leading(to path: String) -> OrgAnswer {
        var answer = html("")
        answer.headers.append(("Location", path))
        return answer
    }

    fileprivate func showing(_ page: SetupPage, to visit: SetupVisit) -> OrgAnswer {
        let notice = visit.form["notice"].flatMap(SetupNotice.init(rawValue:))
            .map { $0.sentence(propagatesGradually: visit.propagatesGradually) }
        return html(page.document(of: visit.org, notice: notice, problem: nil, search: visit.form["find"] ?? ""))
    }
}

import Foundation

extension OrgSimulation {
    /// Answers a request, with the effects of the faults that hit it.
    ///
    /// An answer with an effect is marked synthetic and names the kinds of the faults for the history.
    ///
    /// - Returns: The answer, and the seconds by which its `Date` header is off.
    func answerWithFaults(_ exchange: Exchange) async -> (answer: OrgAnswer, dateOffset: TimeInterval) {
        let target = faultTarget(of: exchange.request)
        var effects = takeFaults(for: target) { $0 != .corruptZip }
        if effects.endsSession { endSession(of: exchange.request) }
        var answer: OrgAnswer
        if let fault = effects.disruption, let standIn = OrgAnswer(standIn: fault, for: exchange.request) {
            answer = standIn
            if fault.kind == .refusal { complete(&answer, of: exchange) }
        } else {
            answer = await route(exchange)
            complete(&answer, of: exchange)
            damageArchive(of: &answer, target, &effects)
        }
        guard !effects.kinds.isEmpty else { return (answer, 0) }
        answer.delivery = Delivery(effects)
        answer.isSynthetic = true
        answer.fault = effects.kinds.map(\.rawValue).joined(separator: ", ")
        return (answer, effects.dateOffsetSeconds)
    }

    /// The operation is read only if a fault needs it, because this parses the body.
    private func faultTarget(of request: OrgRequest) -> FaultTarget {
        let needsOperation = state.faults.contains { $0.operation != nil }
        return FaultTarget(
            path: request.path, operation: needsOperation ? RequestedOperation(request).operation : nil)
    }

    private func endSession(of request: OrgRequest) {
        let token =
            request.authorization.flatMap { BearerToken($0)?.value }
            ?? request.body.flatMap { try? SOAPMessage($0).sessionID }
        if let token { _ = sessions.revoke(token) }
    }

    /// Applies a `corruptZip` fault. It counts only replies that contain an archive.
    private func damageArchive(of answer: inout OrgAnswer, _ target: FaultTarget, _ effects: inout FaultEffects) {
        guard effects.disruption == nil, state.faults.contains(where: { $0.kind == .corruptZip }),
            let damaged = CorruptArchive.damaged(answer.body)
        else { return }
        takeFaults(for: target, into: &effects) { $0 == .corruptZip }
        if effects.disruption != nil { answer.body = damaged }
    }

    private func takeFaults(for target: FaultTarget, among kinds: (Fault.Kind) -> Bool) -> FaultEffects {
        var effects = FaultEffects()
        takeFaults(for: target, into: &effects, among: kinds)
        return effects
    }
}

extension OrgAnswer {
    /// Creates the answer of a fault that intercepts the request. `nil` if the fault only changes the org's own answer.
    fileprivate init?(standIn fault: Fault, for request: OrgRequest) {
        let requested = RequestedOperation(request)
        let answer = OrgAnswer(
            status: 200, operation: requested.operation, verdict: requested.verdict,
            reason: "A fault was set for this path; the org did not see the request.")
        switch fault.kind {
        case .answer:
            self = answer
            status = fault.status
            contentType = fault.contentType
            headers = fault.headers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
            body = Array(fault.body.utf8)
        case .refusal:
            guard let row = fault.row.flatMap(KnownTokenRefusal.numbered) else { return nil }
            self = answer.oauthError(row.error, row.description)
            status = 400
        case .html:
            self = answer.html(
                "<!DOCTYPE html>\n<title>Moment</title>\n<p>This simulated org shows a page instead of data.</p>\n")
        case .maintenance:
            self = answer.html(Self.maintenancePage)
            status = 503
        case .empty: self = answer
        case .giant:
            self = answer
            contentType = request.path.hasPrefix("/services/Soap/") ? SOAPReply.contentType : "application/json"
        case .latency, .stall, .drop, .truncate, .drip, .corruptZip, .dateOffset, .endSession: return nil
        }
    }
}

extension OrgAnswer {
    /// The page of an org under maintenance, as of 2023: no doctype, tables within tables (forcedotcom/cli#2487,
    /// restforce/restforce#860, salesforcecli/plugin-org `test/shared/orgListUtil.test.ts`).
    fileprivate static let maintenancePage = """
        <html>
        <head></head>
        <body>
        <table bgcolor="white" width="758"><tbody>
        <tr><td><span style="font-weight: bold;">We are down for maintenance.</span><br><br>Sorry for the inconvenience. \
        We'll be back shortly.</td></tr>
        </tbody></table>
        </body>
        </html>

        """
}

/// The operation that a request asks for, derived from its path and body alone.
private struct RequestedOperation {
    var operation = "unknown"
    var verdict = RequestVerdict.other

    init(_ request: OrgRequest) {
        let segments = request.segments
        switch (segments.first, segments.dropFirst().first) {
        case (nil, _): operation = "landing"
        case ("services", "oauth2"):
            operation = segments.dropFirst(2).first ?? operation
            verdict = ["token", "revoke"].contains(operation) ? .signIn : .other
        case ("services", "data"):
            operation = segments.count < 3 ? "versions" : segments.dropFirst(3).first ?? "resources"
            verdict = .ofDataAPI(method: request.method, resource: operation)
        case ("services", "Soap"):
            guard let message = try? SOAPMessage(request.body ?? []), let first = message.operations.first else {
                return
            }
            operation = first.localName
            verdict = MetadataOperation.verdict(of: operation).verdict
        case ("id", _): operation = "identity"
        case (".well-known", let name?): operation = name
        default: break
        }
    }
}

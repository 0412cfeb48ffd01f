import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// The routes of the management port, through which tests and people control the simulation.
/// `simulator-management.openapi.yaml` describes them.
struct ManagementRouter: Sendable {
    /// The maximum size of a request body in bytes. It suffices for a state document with many orgs.
    static let bodyLimit = 4 << 20

    let simulation: OrgSimulation

    func router() -> Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self)
        router.add(middleware: ProblemMiddleware(simulation: simulation))
        router.add(middleware: LoopbackHostMiddleware())
        addState(to: router)
        addClock(to: router)
        addMail(to: router)
        router.get("/propagation") { _, _ in try json(await simulation.propagationView()) }
        router.get("/history") { _, _ in try json(await simulation.historyView()) }
        router.delete("/history") { _, _ in
            await simulation.clearHistory()
            return Response(status: .noContent)
        }
        return router
    }

    private func addState(to router: Router<BasicRequestContext>) {
        router.get("/state") { _, _ in try json(await simulation.document()) }
        router.put("/state") { request, _ in
            try await simulation.replace(with: try StateDocument.read(try await body(of: request)))
            return try json(await simulation.document())
        }
        router.patch("/state") { request, _ in
            let bytes = try await body(of: request)
            let patch = try StateDocument.value(of: bytes)
            guard case .object = patch else { throw StateProblem("The patch is not a JSON object.") }
            try await simulation.save(patch)
            return try json(await simulation.document())
        }
        router.get("/orgs/:name/metadata") { request, context in
            let username = request.uri.queryParameters.get("username")
            return try json(await simulation.metadataTruth(ofOrg: orgName(context), for: username))
        }
        router.post("/orgs/:name/source") { _, context in
            try await simulation.rereadSource(ofOrg: orgName(context))
            return Response(status: .noContent)
        }
        router.post("/orgs/:name/refresh") { _, context in
            try await simulation.refreshSandbox(orgName(context))
            return try json(await simulation.document())
        }
        router.post("/reset") { _, _ in
            try await simulation.reset()
            return try json(await simulation.document())
        }
    }

    private func orgName(_ context: BasicRequestContext) -> String {
        let name = context.parameters.get("name") ?? ""
        return name.removingPercentEncoding ?? name
    }

    private func addClock(to router: Router<BasicRequestContext>) {
        router.get("/clock") { _, _ in try json(await simulation.clockView()) }
        router.post("/clock") { request, _ in
            let bytes = try await body(of: request)
            let adjustment = try StateDocument.read(ClockAdjustment.self, from: bytes)
            try adjustment.validate()
            return try json(await simulation.adjustClock(adjustment))
        }
    }

    private func body(of request: Request) async throws -> [UInt8] {
        [UInt8](buffer: try await request.body.collect(upTo: Self.bodyLimit))
    }

    func json(_ value: some Encodable) throws -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(bytes: try StateDocument.write(value))))
    }
}

/// Accepts only requests whose `Host` is a loopback name and whose `Origin`, if any, is this port itself. Other
/// requests throw ``ForeignCaller``.
///
/// A page of a foreign site whose own name points to 127.0.0.1 (DNS rebinding) still sends that name in `Host`. A page
/// from another port of the same computer has another origin.
struct LoopbackHostMiddleware: RouterMiddleware {
    func handle(
        _ request: Request, context: BasicRequestContext,
        next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        let host = (request.head.authority ?? "").lowercased()
        guard HostName(authority: host).isLoopback else { throw ForeignCaller.host }
        if let origin = request.headers[.origin], origin.lowercased() != "http://" + host { throw ForeignCaller.origin }
        return try await next(request, context)
    }
}

/// Why the management port refuses a caller.
enum ForeignCaller: Error {
    /// The `Host` header is not a loopback name.
    case host
    /// The `Origin` header is not this port's own origin.
    case origin
}

/// Turns the errors that requests can cause into `application/problem+json` (RFC 9457). Any other error is passed on.
/// The codes are part of the management API.
struct ProblemMiddleware: RouterMiddleware {
    let simulation: OrgSimulation

    func handle(
        _ request: Request, context: BasicRequestContext,
        next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let problem as StateProblem {
            return Self.problem(.badRequest, "invalid-document", "The document is invalid.", problem.description)
        } catch ForeignCaller.host {
            return Self.problem(
                .forbidden, "foreign-host", "The Host header is not a loopback name.",
                "Call \(await simulation.management.text) by a loopback name: 127.0.0.1, localhost or [::1].")
        } catch ForeignCaller.origin {
            return Self.problem(
                .forbidden, "foreign-origin", "The request comes from a page of another origin.",
                "Only pages of \(await simulation.management.text) itself may call it from a browser.")
        } catch is NIOTooManyBytesError {
            return Self.problem(
                .contentTooLarge, "body-too-large", "The body is too large.",
                "A body has at most \(ManagementRouter.bodyLimit) bytes.")
        } catch let error as HTTPError where error.status == .notFound {
            return Self.problem(.notFound, "not-found", "Not found.", "No operation has this path and method.")
        }
    }

    private static func problem(
        _ status: HTTPResponse.Status, _ code: String, _ title: String, _ detail: String
    ) -> Response {
        let problem: JSONValue = [
            "type": .string("about:blank"), "title": .string(title), "status": .integer(Int64(status.code)),
            "detail": .string(detail), "code": .string(code),
        ]
        return Response(
            status: status, headers: [.contentType: "application/problem+json"],
            body: .init(byteBuffer: ByteBuffer(string: problem.text)))
    }
}

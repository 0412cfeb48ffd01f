import Foundation
import MetadataAPI

@testable import MetadataGateway

/// What libFuzzer calls with each input. `APRITY_FUZZ` names the request: `rest`, `soap` or `query`.
///
/// What is accepted must be accepted again in the form in which it is sent, and mean the same. A trap ends the process.
///
/// - Returns: 0, as libFuzzer wants it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = [UInt8](UnsafeBufferPointer(start: start, count: count))
    switch request {
    case .rest: decideREST(input)
    case .soap: decideSOAP(input)
    case .query: decideQuery(input)
    }
    return 0
}

private enum Request: String {
    case rest, soap, query
}

private let request: Request = {
    guard let name = ProcessInfo.processInfo.environment["APRITY_FUZZ"], let request = Request(rawValue: name) else {
        preconditionFailure("APRITY_FUZZ is none of: rest, soap, query")
    }
    return request
}()

private let access = ReadAccess(Handle(for: nil) { [UInt8](repeating: 1, count: $0) })

private func decideREST(_ input: [UInt8]) {
    func call(_ target: String) -> RESTCall? {
        try? RESTCall(method: "GET", target: target, hasBody: false, overridesMethod: false, as: access)
    }
    guard let accepted = call(String(decoding: input, as: UTF8.self)) else { return }
    precondition(call(accepted.target) == accepted, "what is sent means something else")
}

private func decideSOAP(_ input: [UInt8]) {
    func decide(_ body: [UInt8]) -> GatewaySOAPCall? {
        try? SOAPRequest(path: "/services/Soap/m/66.0", body: body).call(as: access)
    }
    guard let accepted = decide(input) else { return }
    guard let sent = try? SOAPEnvelope(accepted.call).body(sessionID: "x") else { return }
    precondition(decide(sent) == accepted, "what is sent means something else")
}

private func decideQuery(_ input: [UInt8]) {
    let text = String(decoding: input, as: UTF8.self)
    for endpoint in [QueryEndpoint.data, .tooling] {
        guard let accepted = try? ReadableQuery(text, at: endpoint) else { continue }
        precondition(
            (try? ReadableQuery(accepted.text, at: endpoint)) == accepted, "what is sent means something else")
    }
}

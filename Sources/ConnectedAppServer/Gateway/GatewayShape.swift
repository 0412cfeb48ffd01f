internal import ConnectedApp
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import MetadataGateway
internal import NIOCore

/// The protocol of an error answer. Salesforce reports errors in the same two forms.
enum GatewayShape {
    case rest, soap

    /// The content of an error answer.
    private struct Problem: Encodable {
        let message: String
        let errorCode: String
    }

    func response(_ error: GatewayError) -> Response {
        var headers = HTTPFields()
        switch error {
        case .unknownHandle:
            headers[.wwwAuthenticate] = "Bearer"
            let problem = Problem(
                message: "The handle is missing, was revoked, or has expired.", errorCode: Refusal.Code.blocked.rawValue
            )
            return response(problem, .unauthorized, headers)
        case .refused(let refusal):
            if let seconds = refusal.retryAfter { headers[.retryAfter] = String(seconds) }
            return response(
                Problem(message: refusal.message, errorCode: refusal.code.rawValue),
                refusal.code == .budget ? .tooManyRequests : .forbidden, headers)
        case .failed(let error):
            // What the error says of the store or the network is for the operator.
            let entry = error.cause.entry
            return response(
                Problem(message: "\(error.cause.rawValue): \(entry.summary)", errorCode: "SERVER_UNAVAILABLE"),
                .serviceUnavailable, headers)
        }
    }

    private func response(_ problem: Problem, _ status: HTTPResponse.Status, _ headers: HTTPFields) -> Response {
        var headers = headers.withoutSniffing
        switch self {
        case .rest:
            headers[.contentType] = "application/json;charset=UTF-8"
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            // Texts can always be encoded.
            let body = (try? encoder.encode([problem])) ?? Data()
            return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
        case .soap:
            headers[.contentType] = "text/xml;charset=UTF-8"
            let body = Self.fault(problem)
            // The SOAP 1.1 binding to HTTP has one status for faults (section 6.2). Clients read the fault only with it.
            return Response(
                status: .internalServerError, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: body))
            )
        }
    }

    private static func fault(_ problem: Problem) -> String {
        let message = problem.message.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
        return """
            <?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope \
            xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:sf="http://soap.sforce.com/2006/04/metadata">\
            <soapenv:Body><soapenv:Fault><faultcode>sf:\(problem.errorCode)</faultcode>\
            <faultstring>\(problem.errorCode): \(message)</faultstring></soapenv:Fault></soapenv:Body></soapenv:Envelope>
            """
    }
}

extension HTTPFields {
    /// With the field that keeps browsers from showing an answer as what it is not, and the one that keeps it out of caches.
    var withoutSniffing: HTTPFields {
        var fields = self
        fields[.xContentTypeOptions] = "nosniff"
        fields[.cacheControl] = "no-store"
        return fields
    }
}

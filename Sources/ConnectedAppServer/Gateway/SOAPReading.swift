internal import ConnectedApp
internal import HTTPTypes
internal import Hummingbird
internal import MetadataGateway
internal import NIOCore

/// Reads a SOAP request. Its handle can be in the envelope, so it is parsed before it is known who calls.
struct SOAPReading {
    let gateway: Gateway

    /// - Throws: ``GatewayError``.
    func answer(_ request: Request, from address: String) async throws -> GatewayAnswer {
        // If the bearer is a handle, the refusal counts for its client.
        let bearer = request.bearer
        let parsed: SOAPRequest
        do { parsed = try await Self.parsed(request) } catch let refusal as Refusal {
            guard bearer != nil else { throw GatewayError.refused(refusal) }
            gateway.note(refusal, by: try await gateway.caller(bearer, from: address))
            throw GatewayError.refused(refusal)
        }
        if let bearer, let session = parsed.sessionID, bearer != session {
            let refusal = Refusal(.notAllowed, "The call has two sessions that differ.")
            gateway.note(refusal, by: try await gateway.caller(bearer, from: address))
            throw GatewayError.refused(refusal)
        }
        return try await gateway.soap(parsed, from: try await gateway.caller(bearer ?? parsed.sessionID, from: address))
    }

    /// - Throws: ``Refusal``.
    private static func parsed(_ request: Request) async throws -> SOAPRequest {
        guard request.method == .post, !request.overridesMethod else {
            throw Refusal(.readOnly, "A SOAP call is sent with POST.")
        }
        let longest = SOAPRequest.longestBody
        let body: [UInt8]
        do { body = [UInt8](buffer: try await request.body.collect(upTo: longest)) } catch is NIOTooManyBytesError {
            throw Refusal(.notAllowed, "The call is larger than 1 MiB.")
        }
        guard let plain = RequestCoding.decoded(body, request.headers[.contentEncoding], atMost: longest) else {
            throw Refusal(.notAllowed, "The body is not encoded as gzip or deflate, or is larger than 1 MiB.")
        }
        return try SOAPRequest(path: request.head.path ?? "", body: plain)
    }
}

extension Request {
    /// The token in the `Authorization` field; `nil` if there is none, or more than one.
    var bearer: String? {
        let fields = headers[values: .authorization]
        return fields.count == 1 ? BearerToken.text(in: fields[0]) : nil
    }

    var hasBody: Bool {
        headers[.transferEncoding] != nil || headers[values: .contentLength].contains { $0 != "0" }
    }

    /// Whether a header asks for another method than that of the request line.
    var overridesMethod: Bool {
        let names = ["x-http-method-override", "x-http-method", "x-method-override"]
        return headers.contains { names.contains($0.name.canonicalName) }
    }
}

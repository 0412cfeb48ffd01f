internal import MetadataAPI

extension RESTCall {
    /// Decides on a request.
    ///
    /// - Parameters:
    ///   - method: As in the request line.
    ///   - target: The path and query of the request line, undecoded.
    ///   - hasBody: Whether the request has a body. No call has one.
    ///   - overridesMethod: Whether a header asks for another method, such as `X-HTTP-Method-Override`.
    ///   - access: What the client may read.
    /// - Throws: ``Refusal``.
    package init(
        method: String, target: String, hasBody: Bool, overridesMethod: Bool, as access: ReadAccess
    ) throws(Refusal) {
        guard method == "GET", !overridesMethod else {
            throw Refusal(.readOnly, "The gateway only reads: it accepts GET for REST calls.")
        }
        guard !hasBody else { throw Refusal(.readOnly, "A REST call that reads has no body.") }
        guard target.utf8.count <= Self.longestTarget else {
            throw Refusal(.notAllowed, "The address is too long.")
        }
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let parameters = try Self.parameters(parts.count == 2 ? parts[1] : nil)
        self = try Self.call(Self.segments(parts[0]), parameters, access)
    }

    /// In bytes. An org accepts no longer one ("API Request Limits and Allocations", REST API Developer Guide).
    private static let longestTarget = 16_384

    /// Splits a path. Escapes, empty segments, dots and everything else that two servers could read differently are refused.
    private static func segments(_ path: Substring) throws(Refusal) -> [Substring] {
        var segments = path.split(separator: "/", omittingEmptySubsequences: false)
        guard segments.first?.isEmpty ?? false else { throw unknown }
        segments.removeFirst()
        // One slash may end a path.
        if segments.count > 1, segments.last?.isEmpty ?? false { segments.removeLast() }
        let isPlain = segments.allSatisfy { segment in
            segment.wholeMatch(of: #/[A-Za-z0-9_\-]+(\.[0-9]+)?/#) != nil
        }
        guard isPlain, segments.count <= 8 else { throw unknown }
        return segments
    }

    private static var unknown: Refusal {
        Refusal(.readOnly, "The gateway does not know this address, so it refuses it.")
    }

    private static func call(
        _ segments: [Substring], _ parameters: [(name: String, value: String)], _ access: ReadAccess
    ) throws(Refusal) -> RESTCall {
        guard segments.starts(with: ["services", "data"]) else { throw unknown }
        guard segments.count > 2 else {
            try refuse(parameters)
            return .versions
        }
        let version = try version(segments[2])
        var rest = segments.dropFirst(3)
        guard !rest.isEmpty else {
            try refuse(parameters)
            return .resources(version)
        }
        var endpoint = QueryEndpoint.data
        if rest.first == "tooling" {
            endpoint = .tooling
            rest = rest.dropFirst()
        }
        if Array(rest) == ["query"] {
            guard parameters.count == 1, parameters[0].name == "q" else {
                throw Refusal(.notAllowed, "A query has the parameter q and no other.")
            }
            return .query(
                version, endpoint, try ReadableQuery(parameters[0].value, at: endpoint, objects: access.objects))
        }
        try refuse(parameters)
        return try call(Array(rest), version, endpoint, access)
    }

    private static func call(
        _ rest: [Substring], _ version: APIVersion, _ endpoint: QueryEndpoint, _ access: ReadAccess
    ) throws(Refusal) -> RESTCall {
        switch (rest.first, rest.count) {
        case ("limits", 1) where endpoint == .data: return .limits(version)
        case ("sobjects", 1): return .objects(version, endpoint)
        case ("sobjects", 3) where rest[2] == "describe":
            guard let object = ObjectName(rest[1]) else { throw unknown }
            return .describe(version, endpoint, object: object)
        case ("query", 2):
            guard let locator = QueryLocator(rest[1], of: access.handle) else {
                throw Refusal(.notAllowed, "This page of a result was not issued to this client.")
            }
            return .page(version, endpoint, locator)
        case (_, _): throw unknown
        }
    }

    private static func version(_ segment: Substring) throws(Refusal) -> APIVersion {
        guard segment.first == "v", let version = APIVersion(String(segment.dropFirst())) else { throw unknown }
        try KnownVersions.check(version)
        return version
    }

    private static func refuse(_ parameters: [(name: String, value: String)]) throws(Refusal) {
        guard parameters.isEmpty else { throw Refusal(.readOnly, "This call has no parameters.") }
    }

    /// Decodes the parameters of a form (WHATWG URL Standard, `application/x-www-form-urlencoded`).
    ///
    /// - Throws: ``Refusal`` for an escape that is not one, and for text that is not UTF-8.
    private static func parameters(_ query: Substring?) throws(Refusal) -> [(name: String, value: String)] {
        guard let query, !query.isEmpty else { return [] }
        var parameters: [(name: String, value: String)] = []
        for field in query.split(separator: "&", omittingEmptySubsequences: false) {
            let pair = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, let name = decoded(pair[0]), let value = decoded(pair[1]) else {
                throw Refusal(.readOnly, "The parameters of the address are malformed.")
            }
            parameters.append((name, value))
            guard parameters.count <= 1 else { throw Refusal(.readOnly, "A call has one parameter at most.") }
        }
        return parameters
    }

    /// - Returns: `nil` if an escape is malformed, or the bytes are not UTF-8.
    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var rest = text.utf8
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.map(UInt8.init)
    }
}

internal import Foundation
internal import HTTPTypes
internal import Hummingbird

extension Request {
    /// The maximum size of a JSON body, in bytes. Leaves room for the largest member, a file of certificate
    /// authorities.
    static let jsonLimit = 256 * 1024

    /// Decodes the body from JSON.
    ///
    /// - Parameter isOptional: Whether a request without a body is read as an empty object, whatever its media type.
    /// - Throws: ``ServerRefusal``: `.mediaTypeUnsupported`, `.bodyTooLarge`, or `.requestMalformed`, whose detail
    ///   names the member; ``BodyInterrupted``; ``ConnectedAppError`` if the body's own initializer throws it.
    func json<Body: StrictBody>(
        _ type: Body.Type, accepting mediaTypes: [String] = ["application/json"], isOptional: Bool = false
    )
        async throws -> Body
    {
        let given = headers[.contentType]?.split(separator: ";").first?.lowercased()
        let isAccepted = given.map(mediaTypes.contains) ?? false
        guard isAccepted || isOptional else { throw ServerRefusal(.mediaTypeUnsupported) }
        let bytes = try await boundedBody(Self.jsonLimit)
        let isEmpty = isOptional && bytes.readableBytes == 0
        guard isAccepted || isEmpty else { throw ServerRefusal(.mediaTypeUnsupported) }
        do {
            let text = isEmpty ? Data("{}".utf8) : Data(bytes.readableBytesView)
            return try JSONDecoder().decode(Strict<Body>.self, from: text).body
        } catch let error as DecodingError {
            throw ServerRefusal(.requestMalformed, detail: Self.sentence(error))
        }
    }

    /// Describes the error without quoting a value, because the client may have put a secret into the wrong member.
    private static func sentence(_ error: DecodingError) -> String {
        func path(_ keys: [any CodingKey]) -> String { keys.map(\.stringValue).joined(separator: ".") }
        return switch error {
        case .keyNotFound(let key, _): "The member \"\(key.stringValue)\" is missing."
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "The member \"\(path(context.codingPath))\" has the wrong type."
        case .dataCorrupted(let context) where !context.codingPath.isEmpty:
            "The member \"\(path(context.codingPath))\" has a value that is not allowed."
        // Foundation's decoder reports a number that the member's type cannot represent as invalid JSON.
        default: "The body is not valid JSON, or a number in it is out of range."
        }
    }
}

/// A JSON body that rejects unknown members. An unknown member is probably misspelt, and ignoring it would look like
/// applying it.
///
/// The `CodingKeys` must list every member of the body in `openapi.yaml`; members that they do not list are unknown.
protocol StrictBody: Decodable {
    associatedtype CodingKeys: CodingKey & CaseIterable
}

/// Decodes a body after checking for unknown members, so that an unknown member is reported even if another one is
/// missing.
struct Strict<Body: StrictBody>: Decodable {
    let body: Body

    private struct AnyKey: CodingKey {
        let stringValue: String
        let intValue: Int? = nil
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        try Self.rejectUnknown(decoder)
        body = try Body(from: decoder)
    }

    /// - Throws: ``ServerRefusal`` with `.requestMalformed`. Its detail names the first unknown member in alphabetical
    ///   order.
    private static func rejectUnknown(_ decoder: any Decoder) throws {
        let names = Set(Body.CodingKeys.allCases.map(\.stringValue))
        let unknown = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
            .filter { !names.contains($0) }
        guard let first = unknown.min() else { return }
        throw ServerRefusal(
            .requestMalformed,
            detail:
                "The member \"\(first.prefix(64))\" is unknown. Known members: "
                + names.sorted().joined(separator: ", ") + "."
        )
    }
}

internal import Foundation
internal import HTTPTypes
internal import Hummingbird

extension Request {
    /// Bytes. The largest member, a file of certificate authorities, may have some of them.
    static let jsonLimit = 256 * 1024

    /// The body as JSON.
    ///
    /// - Throws: ``ServerRefusal``: `.mediaTypeUnsupported`, `.bodyTooLarge`, or `.requestMalformed` naming the member.
    func json<Body: Decodable>(_ type: Body.Type, accepting mediaTypes: [String] = ["application/json"]) async throws
        -> Body
    {
        let given = headers[.contentType]?.split(separator: ";").first?.lowercased()
        guard let given, mediaTypes.contains(given) else { throw ServerRefusal(.mediaTypeUnsupported) }
        let bytes = try await boundedBody(Self.jsonLimit)
        do {
            return try JSONDecoder().decode(Body.self, from: Data(bytes.readableBytesView))
        } catch let error as DecodingError {
            throw ServerRefusal(.requestMalformed, detail: Self.sentence(error))
        }
    }

    /// What is wrong, without quoting a value: it may be a secret that was put into the wrong place.
    private static func sentence(_ error: DecodingError) -> String {
        func path(_ keys: [any CodingKey]) -> String { keys.map(\.stringValue).joined(separator: ".") }
        return switch error {
        case .keyNotFound(let key, _): "The member \"\(key.stringValue)\" is missing."
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "The member \"\(path(context.codingPath))\" is of the wrong type."
        case .dataCorrupted(let context) where !context.codingPath.isEmpty:
            "The member \"\(path(context.codingPath))\" has none of its possible values."
        default: "The body is not JSON."
        }
    }
}

internal import Foundation
internal import HTTPTypes
internal import Hummingbird

extension Request {
    /// Bytes. The largest member, a file of certificate authorities, may have some of them.
    static let jsonLimit = 256 * 1024

    /// The body as JSON.
    ///
    /// - Throws: ``ServerRefusal``: `.mediaTypeUnsupported`, `.bodyTooLarge`, or `.requestMalformed` naming the member.
    func json<Body: StrictBody>(_ type: Body.Type, accepting mediaTypes: [String] = ["application/json"]) async throws
        -> Body
    {
        let given = headers[.contentType]?.split(separator: ";").first?.lowercased()
        guard let given, mediaTypes.contains(given) else { throw ServerRefusal(.mediaTypeUnsupported) }
        let bytes = try await boundedBody(Self.jsonLimit)
        do {
            return try JSONDecoder().decode(Strict<Body>.self, from: Data(bytes.readableBytesView)).body
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

/// A body with no members but its own: an unknown one is a spelling mistake, and ignoring it would look like obeying it.
protocol StrictBody: Decodable {
    associatedtype CodingKeys: CodingKey & CaseIterable
}

/// Decodes a body after looking for unknown members, so that one is named even where another member is missing.
struct Strict<Body: StrictBody>: Decodable {
    let body: Body

    private struct AnyKey: CodingKey {
        let stringValue: String
        let intValue: Int? = nil
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        try Self.refuseUnknown(decoder)
        body = try Body(from: decoder)
    }

    private static func refuseUnknown(_ decoder: any Decoder) throws {
        let names = Set(Body.CodingKeys.allCases.map(\.stringValue))
        let unknown = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
            .filter { !names.contains($0) }
        guard let first = unknown.min() else { return }
        throw ServerRefusal(
            .requestMalformed,
            detail:
                "The member \"\(first.prefix(64))\" is not known; known are \(names.sorted().joined(separator: ", ")).")
    }
}

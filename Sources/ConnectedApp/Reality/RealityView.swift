public import Foundation

/// What an org answered to the questions that references leave open; no name, no id and no token of it is in it.
public struct RealityView: Codable, Sendable, Equatable {
    public struct Answer: Codable, Sendable, Equatable {
        public let question: RealityQuestion
        public let asks: String
        /// What was seen, in a few words; the org's own words where it refused.
        public let answer: String
        /// The HTTP status, where one was the answer.
        @ExplicitNull public var status: Int?
        /// What it would change.
        public let changes: String
    }

    public let version: Int
    public let madeAt: Date
    public let appKind: AppKind
    /// The form of the login host, not its name.
    public let hostForm: String
    @ExplicitNull public var apiVersion: String?
    public let answers: [Answer]
    public let signInsUsed: Int
    /// What a simulator is to be set to so that it answers the same: a document for its `PATCH /state`.
    public let simulator: SimulatorSettings

    /// Those of the simulator's switches that the answers decide.
    public struct SimulatorSettings: Codable, Sendable, Equatable {
        public let switches: [String: Value]
    }

    public enum Value: Codable, Sendable, Equatable {
        case text(String)
        case flag(Bool)
        case number(Double)
        case null

        public init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let flag = try? container.decode(Bool.self) {
                self = .flag(flag)
            } else if let number = try? container.decode(Double.self) {
                self = .number(number)
            } else {
                self = .text(try container.decode(String.self))
            }
        }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let text): try container.encode(text)
            case .flag(let flag): try container.encode(flag)
            case .number(let number): try container.encode(number)
            case .null: try container.encodeNil()
            }
        }
    }
}

public import Foundation

/// The answers of an org to the questions that the documentation leaves open. They contain no name, id or token.
public struct RealityView: Codable, Sendable, Equatable {
    public struct Answer: Codable, Sendable, Equatable {
        public let question: RealityQuestion
        public let asks: String
        /// The result in a few words; if the org refused, its text.
        public let answer: String
        /// The HTTP status of the answer; `null` if there is none.
        @ExplicitNull public var status: Int?
        /// What in aprity it can change.
        public let changes: String
    }

    public let version: Int
    public let madeAt: Date
    public let appKind: AppKind
    /// The form of the login host (``LoginHost/Form``), not its name.
    public let hostForm: String
    @ExplicitNull public var apiVersion: String?
    public let answers: [Answer]
    public let signInsUsed: Int
    /// A document for the simulator's `PATCH /state`, with which it answers like the org.
    public let simulator: SimulatorSettings

    /// The simulator's switches that the answers determine.
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

internal import Foundation

/// The transcript of a reality check: the answers of an org to the questions that the documentation leaves open. It
/// contains no name, id or token.
///
/// The names of properties are JSON names and must not change.
package struct RealityView: Codable, Sendable, Equatable {
    package struct Answer: Codable, Sendable, Equatable {
        package let question: RealityQuestion
        /// The question in words.
        let asks: String
        /// The result in a few words; if the org refused, its text.
        package let answer: String
        /// The HTTP status of the answer; `null` if there is none.
        @ExplicitNull var status: Int?
        /// What in aprity the answer can change.
        let changes: String
    }

    /// The version of the transcript's format; always 1.
    let version: Int
    let madeAt: Date
    let appKind: AppKind
    /// The form of the login host (``LoginHost/Form``), not its name.
    let hostForm: String
    /// The org's highest API version; `null` if it could not be read.
    @ExplicitNull var apiVersion: String?
    /// In the order in which the questions were asked. Skipped questions are missing.
    package let answers: [Answer]
    /// At most how many sign-ins were used: a question that failed counts in full, even if it sent none.
    package let signInsUsed: Int
    /// A document for the simulator's `PATCH /state`, with which it answers like the org.
    let simulator: SimulatorSettings

    /// The simulator's switches that the answers determine.
    struct SimulatorSettings: Codable, Sendable, Equatable {
        let switches: [String: Value]
    }

    /// A JSON value: of a switch, or of a claim in an assertion.
    enum Value: Codable, Sendable, Equatable {
        case text(String)
        case flag(Bool)
        case number(Double)
        case null

        init(from decoder: any Decoder) throws {
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

        func encode(to encoder: any Encoder) throws {
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

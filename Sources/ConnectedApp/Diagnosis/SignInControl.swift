internal import Foundation
internal import JWTBearer

/// A control: a sign-in that differs in one part from one that the org refused.
///
/// If the org refuses both in the same words, it refused both at the same stage, whatever the words say. In JSON, controls are
/// called `probes`.
enum SignInControl: Hashable, Sendable {
    /// A Consumer Key that belongs to no app.
    case nonsenseConsumerKey
    /// The right claims with a signature that matches no certificate.
    case brokenSignature
    /// A username that does not exist.
    case nonsenseUsername
    /// The key of another app of this store.
    case otherKey(OtherKeyName)

    /// The id in JSON; it must not change.
    var id: String {
        switch self {
        case .nonsenseConsumerKey: "nonsenseConsumerKey"
        case .brokenSignature: "brokenSignature"
        case .nonsenseUsername: "nonsenseUsername"
        case .otherKey: "otherKey"
        }
    }

    var isOtherKey: Bool { if case .otherKey = self { true } else { false } }

    /// What differs from the refused sign-in, as part of a sentence.
    var asks: String {
        switch self {
        case .nonsenseConsumerKey: "the same sign-in with a Consumer Key that belongs to no app"
        case .brokenSignature: "the same sign-in with a broken signature"
        case .nonsenseUsername: "the same sign-in for a user that does not exist"
        case .otherKey(let name): "the same sign-in signed with \(name)"
        }
    }

    /// Returns the refused sign-in's identity with the one difference.
    ///
    /// - Parameter otherSigner: Signs with the other key. Required for ``otherKey(_:)``: without it, the identity is unchanged.
    func identity(
        from identity: SignInIdentity, otherSigner: (any AssertionSigner)?, surroundings: Surroundings
    ) throws(ConnectedAppError) -> SignInIdentity {
        var changed = identity
        switch self {
        case .nonsenseConsumerKey:
            changed.consumerKey = try ConsumerKey("3MVG9" + surroundings.randomHex(bytes: 40))
        case .brokenSignature: changed.signer = BrokenSigner(inner: identity.signer)
        case .nonsenseUsername:
            changed.username = try Username("control.\(surroundings.randomHex(bytes: 8))@aprity.invalid")
        case .otherKey: if let otherSigner { changed.signer = otherSigner }
        }
        return changed
    }
}

/// The name of a key of another app, for people.
struct OtherKeyName: Hashable, Sendable, CustomStringConvertible {
    /// The alias of a connection of that app.
    let alias: String
    /// Whether it is that app's present, next or former key.
    let state: CredentialRecord.State

    init(alias: String, state: CredentialRecord.State = .active) {
        self.alias = alias
        self.state = state
    }

    var description: String {
        switch state {
        case .active: "the present key of \(alias)"
        case .next: "the next key of \(alias)"
        case .old: "the former key of \(alias)"
        }
    }
}

/// Signs, and then alters the signature.
private struct BrokenSigner: AssertionSigner {
    let inner: any AssertionSigner

    func signature(over message: [UInt8]) async throws -> [UInt8] {
        var signature = try await inner.signature(over: message)
        if !signature.isEmpty { signature[signature.count / 2] ^= 0x55 }
        return signature
    }
}

/// The org's answer to a control.
enum ControlAnswer: Equatable, Sendable {
    case granted
    case refused(error: String, description: String)
    /// Not an OAuth answer, so it shows nothing.
    case unreadable

    init(_ reply: TokenReply) {
        switch reply {
        case .granted: self = .granted
        case .refused(let refusal): self.init(refusal)
        case .unintelligible: self = .unreadable
        }
    }

    init(_ refusal: TokenRefusal) {
        self = .refused(error: refusal.error, description: refusal.description ?? "")
    }

    /// Whether the words are in ``RefusalReading/table``: somebody reported them, or Salesforce documents them.
    var hasKnownWords: Bool {
        guard case .refused(let error, let description) = self else { return false }
        let reading = RefusalReading(TokenRefusal(status: 400, error: error, description: description))
        return reading.cause != .refusalUnknown
    }

    /// The org's words, for people.
    var words: String {
        switch self {
        case .granted: "granted"
        case .refused(let error, let description): description.isEmpty ? error : "\(error) / \(description)"
        case .unreadable: "no answer that could be read"
        }
    }
}

/// The words of a refusal in the form in which they are compared: `#` replaces the parts that change from one request to the
/// next.
///
/// These parts are values of the request that the org repeats, and words with a digit or an `@`, such as times, ids and
/// usernames.
struct ComparedWords: Hashable {
    let error: String
    /// The words of `error_description`.
    let words: [String]

    /// - Parameter echoes: Values of the request that the org may repeat.
    /// - Returns: `nil` if the answer is not a refusal.
    init?(_ answer: ControlAnswer, without echoes: [String]) {
        guard case .refused(let error, let description) = answer else { return nil }
        self.error = error
        let text = echoes.filter { !$0.isEmpty }.reduce(description) { $0.replacing($1, with: "#") }
        words = text.split(whereSeparator: \.isWhitespace).map { word in
            word.contains { $0.isNumber || $0 == "@" || $0 == "#" } ? "#" : String(word)
        }
    }
}

import Foundation

/// The paths whose instructions `scripts/instructions.sh` counts. All runs in this process and on one connection, so that
/// the count depends on the code alone.
enum HotPath: String, CaseIterable {
    case signIn = "sign-in"
    case handOut = "hand-out"
    /// A reply with an archive of 1 MiB.
    case archive

    func run(_ count: Int) async throws {
        switch self {
        case .signIn:
            let world = try await GateWorld()
            defer { world.remove() }
            try await world.signIn(count)
        case .handOut:
            let world = try await GateWorld()
            defer { world.remove() }
            for _ in 0..<count { _ = try await world.service.tokens.accessToken(for: "acme", as: GateWorld.me) }
        case .archive:
            let reply = ArchiveReply(Data(repeating: 0x5A, count: 1 << 20).base64EncodedString())
            for _ in 0..<count { _ = try ArchiveReply.read(reply.bytes) }
        }
    }
}

public import JWTBearer
internal import MetadataAPI

/// Operations on a connection that is given by options alone, without a store.
public struct Storeless: Sendable {
    let transports: any TransportSource
    let surroundings: Surroundings

    package init(transports: any TransportSource, surroundings: Surroundings) {
        self.transports = transports
        self.surroundings = surroundings
    }

    /// - Parameter transport: Carries every byte. It also decides which certificate authorities it trusts: a connection that
    ///   names further ones is refused with `.usage`.
    public init(transport: any HTTPTransport, surroundings: Surroundings) {
        self.init(transports: OneTransport(transport: transport), surroundings: surroundings)
    }

    public func test(_ connection: StorelessConnection, onStep: @Sendable (TestView.Step) -> Void) async throws
        -> TestView
    {
        let target = try connection.target(transports, surroundings)
        return try await ConnectionTest(
            target: target, signIn: signIn, surroundings: surroundings
        ).run(onStep: onStep)
    }

    public func token(for connection: StorelessConnection) async throws -> TokenView {
        TokenView(try await reader(for: connection).api.tokens.token())
    }

    func reader(for connection: StorelessConnection) throws -> MetadataReader {
        let target = try connection.target(transports, surroundings)
        let identity = try target.identity()
        let signIn = signIn
        let (transport, uptime) = (target.transport, surroundings.uptime)
        let tokens = TokenSource(
            TokenSource.Actions(
                signIn: { try await signIn.token(for: identity, purpose: .use) },
                validate: { granted in try await OrgAPI.prove(granted, permit: {}, transport: transport) },
                uptime: uptime)
        )
        return MetadataReader(api: OrgAPI(transport: target.transport, tokens: tokens), surroundings: surroundings)
    }

    private var signIn: SignIn { SignIn(context: nil, surroundings: surroundings) }
}

extension Storeless {
    public func metadataTypes(of connection: StorelessConnection) async throws -> MetadataTypesView {
        MetadataTypesView(try await reader(for: connection).description())
    }

    public func metadataComponents(
        of connection: StorelessConnection, types: Set<String>?, progress: @Sendable (PullProgress) -> Void
    ) async throws -> MetadataListView {
        MetadataListView(
            try await reader(for: connection).components(Inventory.Options(types: types), progress: progress))
    }

    public func pullMetadata(
        of connection: StorelessConnection, _ request: PullRequest, progress: @Sendable (PullProgress) -> Void
    ) async throws -> PullView {
        try await reader(for: connection).pull(request, progress: progress)
    }
}

/// The same transport for every connection.
private struct OneTransport: TransportSource {
    let transport: any HTTPTransport

    func transport(authoritiesPEM: String?, allowedHosts: [AllowedHost]) throws -> any HTTPTransport {
        guard authoritiesPEM == nil else {
            throw ConnectedAppError(
                .usage, detail: "Further certificate authorities were given, and a transport that has its own.",
                remedy: "Give the authorities to the transport.")
        }
        return transport
    }
}

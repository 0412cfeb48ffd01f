public import JWTBearer
internal import MetadataAPI

/// Operations on a connection that is given by options alone, without a store.
///
/// Nothing remembers tokens or sign-ins between two calls: each call signs in, and no budget limits the sign-ins.
public struct Storeless: Sendable {
    let transports: any TransportSource
    let surroundings: Surroundings

    package init(transports: any TransportSource, surroundings: Surroundings) {
        self.transports = transports
        self.surroundings = surroundings
    }

    /// - Parameter transport: Carries every byte. It also decides which certificate authorities it trusts, so a
    ///   connection that names further ones is rejected with `.usage`.
    public init(transport: any HTTPTransport, surroundings: Surroundings) {
        self.init(transports: OneTransport(transport: transport), surroundings: surroundings)
    }

    /// Tests the connection step by step. A test that fails does not throw; the result names the cause.
    ///
    /// - Parameter onStep: Called after each step.
    /// - Throws: ``ConnectedAppError`` if an option of the connection is not valid, or the key cannot be read.
    public func test(_ connection: StorelessConnection, onStep: @Sendable (TestView.Step) -> Void) async throws
        -> TestView
    {
        let target = try connection.target(transports, surroundings)
        return try await ConnectionTest(
            target: target, signIn: signIn, surroundings: surroundings
        ).run(onStep: onStep)
    }

    /// Signs in and returns an access token. The token can do everything that its user may do, which includes writing.
    ///
    /// - Throws: ``ConnectedAppError`` if an option is not valid or the sign-in fails; its `cause` says why.
    public func token(for connection: StorelessConnection) async throws -> TokenView {
        TokenView(try await reader(for: connection).api.tokens.token())
    }

    /// A reader whose first call signs in. Its later calls use the same token.
    func reader(for connection: StorelessConnection) throws -> MetadataReader {
        let target = try connection.target(transports, surroundings)
        let identity = try target.identity()
        let signIn = signIn
        let (transport, uptime) = (target.transport, surroundings.uptime)
        let tokens = TokenSource(
            TokenSource.Actions(
                signIn: { try await signIn.token(for: identity, purpose: .use) },
                validate: { granted in try await OrgAPI.validate(granted, permit: {}, transport: transport) },
                uptime: uptime)
        )
        return MetadataReader(api: OrgAPI(transport: target.transport, tokens: tokens), surroundings: surroundings)
    }

    private var signIn: SignIn { SignIn(context: nil, surroundings: surroundings) }
}

extension Storeless {
    /// Signs in and reads the metadata types of the org.
    ///
    /// - Throws: The errors of ``token(for:)``; ``ConnectedAppError`` if the org's API refuses the call.
    public func metadataTypes(of connection: StorelessConnection) async throws -> MetadataTypesView {
        MetadataTypesView(try await reader(for: connection).description())
    }

    /// Signs in and lists the components of the org.
    ///
    /// - Throws: The errors of ``token(for:)``; ``ConnectedAppError`` if the org's API refuses a call.
    public func metadataComponents(
        of connection: StorelessConnection, _ request: ListRequest, progress: @Sendable (PullProgress) -> Void
    ) async throws -> MetadataListView {
        try await reader(for: connection).list(request, progress: progress)
    }

    /// Signs in and lists what has changed in the org.
    ///
    /// - Throws: The errors of ``token(for:)``; ``ConnectedAppError`` if the org's API refuses a call, or if the folder to
    ///   compare with has no pull of this org.
    public func metadataChanges(
        of connection: StorelessConnection, since base: ChangeBase, progress: @Sendable (PullProgress) -> Void
    ) async throws -> MetadataChangesView {
        try await reader(for: connection).changes(since: base, progress: progress)
    }

    /// Signs in and pulls metadata into a folder, which appears complete or not at all.
    ///
    /// - Throws: The errors of ``token(for:)``; ``ConnectedAppError`` if the org's API refuses a call, or if the folder
    ///   cannot be used.
    public func pullMetadata(
        of connection: StorelessConnection, _ request: PullRequest, progress: @escaping @Sendable (PullProgress) -> Void
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
                .usage, detail: "The connection names further certificate authorities, but the transport has its own.",
                remedy: "Give the authorities to the transport.")
        }
        return transport
    }
}

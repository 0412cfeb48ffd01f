/// The SOAP API at `/services/Soap/m/`.
protocol SOAPEndpoint: Sendable {
    /// - Parameters:
    ///   - versionInPath: The segment after `/services/Soap/m/`.
    ///   - session: Looks up the session for the token in a SessionHeader.
    func respond(
        to body: [UInt8], versionInPath: String, session: @Sendable (String) async -> SessionLookup
    ) async -> SOAPReply
}

extension MetadataService: SOAPEndpoint {}

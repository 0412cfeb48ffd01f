/// The SOAP API behind `/services/Soap/m/`, as an org sees it.
protocol SOAPEndpoint: Sendable {
    /// - Parameters:
    ///   - versionInPath: The segment after `/services/Soap/m/`.
    ///   - session: Finds the session of a SessionHeader.
    func respond(
        to body: [UInt8], versionInPath: String, session: @Sendable (String) async -> SessionLookup
    ) async -> SOAPReply
}

extension MetadataService: SOAPEndpoint {}

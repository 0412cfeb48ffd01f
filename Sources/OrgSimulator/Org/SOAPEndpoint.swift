/// The SOAP API at `/services/Soap/m/`.
protocol SOAPEndpoint: Sendable {
    /// Answers a SOAP request. An error is a SOAP fault in the reply.
    ///
    /// - Parameters:
    ///   - body: The SOAP envelope.
    ///   - versionInPath: The segment after `/services/Soap/m/`, such as `67.0`. It is not checked yet.
    ///   - session: Looks up the session for the token in the envelope's SessionHeader.
    func respond(
        to body: [UInt8], versionInPath: String, session: @Sendable (String) async -> SessionLookup
    ) async -> SOAPReply
}

extension MetadataService: SOAPEndpoint {}

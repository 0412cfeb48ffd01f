/// Who calls, as the org knows the session behind a SessionHeader.
struct MetadataCaller: Sendable {
    var userID: String
    var userName: String
    var organizationID: String
    /// The user has ModifyMetadata or ModifyAllData; reading needs one of them too.
    var mayUseMetadataAPI: Bool
    /// What the org adds to its source folder for this caller.
    var live = LiveMetadata()
    var deployment = DeployAccess.notSimulated
}

enum SessionLookup: Sendable {
    case valid(MetadataCaller)
    /// - Parameters:
    ///   - faultCode: `INVALID_SESSION_ID`, with or without the prefix `sf:`.
    ///   - faultString: The whole text, code included, as the org sends it.
    case refused(faultCode: String, faultString: String)
}

/// The reply, and how the org's history classifies the request.
struct SOAPReply: Sendable {
    static let contentType = "text/xml; charset=utf-8"

    /// 200, or 500 for a fault.
    var status: Int
    /// Of the content type ``contentType``.
    var body: [UInt8]
    /// The local name of the operation; nil when the envelope could not be read.
    var operation: String?
    var verdict: RequestVerdict
    var reason: String
    /// No real org is known to have worded it so.
    var isSynthetic = false
}

/// How the org's history classifies a request.
enum RequestVerdict: String, Codable, Sendable {
    case readsMetadata, changesMetadata, touchesBusinessData, signIn, other
}

/// The caller of the Metadata API: the user of the session that the SessionHeader names.
struct MetadataCaller: Sendable {
    var userID: String
    var userName: String
    var organizationID: String
    /// Whether the user has ModifyMetadata or ModifyAllData; the org requires one of them even for reading.
    var mayUseMetadataAPI: Bool
    /// The components from the org's state that this caller gets besides those of the source folder.
    var live = LiveMetadata()
    /// The API names of the user's permissions.
    var permissions: Set<String> = []
    /// What makes the metadata hard to read.
    var conditions = MetadataConditions()
    var faults = MetadataFaultCounter()
    /// Whether, and how, the caller can deploy.
    var deployment = DeployAccess.notSimulated
}

/// The result of looking up the session of a SessionHeader.
enum SessionLookup: Sendable {
    case valid(MetadataCaller)
    /// - Parameters:
    ///   - faultCode: Such as `INVALID_SESSION_ID`, with or without the prefix `sf:`.
    ///   - faultString: The complete text as the org sends it, including the code.
    case refused(faultCode: String, faultString: String)
}

/// A reply, and the classification of the request for the org's history.
struct SOAPReply: Sendable {
    static let contentType = "text/xml; charset=utf-8"

    /// 200, or 500 for a fault.
    var status: Int
    /// The body with the content type ``contentType``.
    var body: [UInt8]
    /// The local name of the operation; `nil` if the envelope could not be parsed.
    var operation: String?
    var verdict: RequestVerdict
    /// Why the request has this verdict, and the fault code if it was refused. For the history.
    var reason: String
    /// Whether no real org is known to use the text.
    var isSynthetic = false
}

/// The classification of a request in the org's history. The names of the cases are values of the management API and
/// must not change.
enum RequestVerdict: String, Codable, Sendable {
    case readsMetadata, changesMetadata, touchesBusinessData, signIn, other
}

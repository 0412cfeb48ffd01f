/// The operations of the Metadata API and whether they read or change metadata (Metadata API Developer Guide, the
/// chapters on calls).
enum MetadataOperation {
    static let reading: Set<String> = [
        "checkDeployStatus", "checkRetrieveStatus", "checkStatus", "describeMetadata", "describeValueType",
        "listMetadata", "readMetadata", "retrieve",
    ]
    static let changing: Set<String> = [
        "cancelDeploy", "create", "createMetadata", "delete", "deleteMetadata", "deploy", "deployRecentValidation",
        "renameMetadata", "update", "updateMetadata", "upsertMetadata",
    ]

    /// Returns the classification of an operation for the request history, and a sentence for it without a full stop.
    static func verdict(of operation: String) -> (verdict: RequestVerdict, reason: String) {
        if reading.contains(operation) { return (.readsMetadata, "\(operation) reads metadata") }
        if changing.contains(operation) { return (.changesMetadata, "\(operation) changes the org's metadata") }
        return (.other, "\(operation) is not an operation of the Metadata API")
    }
}

internal import MetadataAPI

/// The API versions whose calls are known. A later one may have calls and arguments that nobody has looked at.
enum KnownVersions {
    static let numbers: ClosedRange<Int> = 31...67

    /// - Throws: ``Refusal`` for any other version.
    static func check(_ version: APIVersion) throws(Refusal) {
        guard numbers.contains(where: { version.description == "\($0).0" }) else {
            throw Refusal(
                .notAllowed,
                "The gateway knows the API versions \(numbers.lowerBound).0 to \(numbers.upperBound).0, not \(version)."
            )
        }
    }
}

/// Takes the faults of an org's metadata that a call meets. The org counts the hits.
struct MetadataFaultCounter: Sendable {
    /// Returns the first fault of the listings of these types.
    var listing: @Sendable (_ types: [String]) async -> TypeFault? = { _ in nil }
    /// Returns the first fault of reading a type.
    var reading: @Sendable (_ type: String) async -> TypeFault? = { _ in nil }
    /// Returns those of the components that are still rotten, in their order.
    var rotten: @Sendable (_ components: [RottenComponent]) async -> [RottenComponent] = { _ in [] }
}

/// The text of `UNKNOWN_EXCEPTION`, such as *An unexpected error occurred. Please include this ErrorId if you contact
/// support: 1834124788-50068 (-673032061)* (RoseSilverSoftware/IlluminatedCloud#2429, rbauction/sfdclib#11).
///
/// The numbers before the brackets differ from call to call. The number in brackets is the same for one cause
/// (RoseSilverSoftware/IlluminatedCloud#1741).
struct ErrorID: Sendable {
    static let code = "UNKNOWN_EXCEPTION"

    /// The number in brackets.
    let cause: Int32
    /// Determines the other numbers.
    let seed: UInt64

    /// - Parameters:
    ///   - cause: The number in brackets; if `nil`, it is derived from `name`.
    ///   - name: What causes the fault.
    init(_ cause: Int32?, of name: String, seed: UInt64) {
        self.cause = cause ?? Int32(truncatingIfNeeded: StableHash.of(Array(name.utf8)))
        self.seed = seed
    }

    /// The text without the code.
    var text: String {
        let first = seed % 2_000_000_000
        let second = (seed >> 32) % 200_000
        return "An unexpected error occurred. Please include this ErrorId if you contact support: "
            + "\(first)-\(second) (\(cause))"
    }
}

extension SOAPFault {
    /// - Parameter seed: The number that determines the part of an ErrorId that differs from call to call.
    init(_ fault: TypeFault, seed: UInt64) {
        switch fault.answer {
        case .unknownType: self = .org("INVALID_TYPE", "Unknown type:\(fault.type)")
        // certinia/apex-mdapi#179.
        case .notInOrganization: self = .org("INVALID_TYPE", "Cannot use: \(fault.type) in this organization")
        case .notAvailable: self = .typeNotAvailable
        case .insufficientAccess: self = .insufficientAccess(to: fault.type)
        case .unknownException:
            self = .org(ErrorID.code, ErrorID(fault.cause, of: fault.type, seed: seed).text)
        }
    }

    /// jsforce/jsforce#1206, for readMetadata of ApexClass, ApexTrigger and ApexTestSuite.
    static let typeNotAvailable = org(
        "INVALID_TYPE", "This type of metadata is not available for this organization")

    /// salto-io/salto `packages/salesforce-adapter/src/client/client.ts` looks for this text in failed retrieves and in
    /// answers to readMetadata.
    static func insufficientAccess(to type: String) -> SOAPFault {
        .org("INSUFFICIENT_ACCESS", "insufficient access rights on entity: \(type)")
    }
}

extension RottenComponent {
    func errorID(seed: UInt64) -> ErrorID { ErrorID(cause, of: "\(type) \(fullName)", seed: seed) }
}

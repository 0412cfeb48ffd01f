/// What makes an org's metadata hard to read: listings that fail or mislead, components that cannot be retrieved, and
/// small limits. Nothing is on by default. `docs/simulator.md` names the source of each condition.
///
/// Property names and raw values are keys and values of the state document.
struct MetadataConditions: Codable, Equatable, Sendable {
    var listing = ListingConditions()
    var read = ReadConditions()
    var retrieve = RetrieveConditions()

    init() {}

    init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(keyedBy: CodingKeys.self)
        listing = try keys.value(.listing, or: listing)
        read = try keys.value(.read, or: read)
        retrieve = try keys.value(.retrieve, or: retrieve)
    }
}

/// A fault of one metadata type: a call that names the type fails as a whole.
struct TypeFault: Codable, Equatable, Sendable {
    /// The fault in the answer. ``SOAPFault/init(_:errorNumber:)`` has the texts.
    enum Answer: String, Codable, CaseIterable, Sendable {
        case unknownType, notInOrganization, notAvailable, insufficientAccess, unknownException
    }

    /// A top-level type, a child type or a folder type.
    var type: String
    var answer = Answer.unknownException
    /// The number of calls that the fault still hits; at 0 it is removed from the state. `nil` means no limit.
    var count: Int?
    /// The number in brackets in the ErrorId of `unknownException`, which is the same for every hit. If `nil`, it is
    /// derived from the type.
    var cause: Int32?

    init(_ type: String, _ answer: Answer = .unknownException, count: Int? = nil, cause: Int32? = nil) {
        self.type = type
        self.answer = answer
        self.count = count
        self.cause = cause
    }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(keyedBy: CodingKeys.self)
        self.init(
            try keys.decode(String.self, forKey: .type), try keys.value(.answer, or: .unknownException),
            count: try keys.decodeIfPresent(Int.self, forKey: .count),
            cause: try keys.decodeIfPresent(Int32.self, forKey: .cause))
    }
}

/// Conditions of `listMetadata`.
struct ListingConditions: Codable, Equatable, Sendable {
    /// The first fault whose type a call names determines the answer to the whole call, also for its other types.
    var faults: [TypeFault] = []
    var rows: [RowCondition] = []
    /// Whether the date of a component does not change when one of its children changes.
    var childrenLeaveParentDates = false
    /// Further types, without components.
    var emptyTypes: [String] = []

    init() {}

    init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(keyedBy: CodingKeys.self)
        faults = try keys.value(.faults, or: faults)
        rows = try keys.value(.rows, or: rows)
        childrenLeaveParentDates = try keys.value(.childrenLeaveParentDates, or: childrenLeaveParentDates)
        emptyTypes = try keys.value(.emptyTypes, or: emptyTypes)
    }
}

/// How the rows of some components differ from the component.
struct RowCondition: Codable, Equatable, Sendable {
    enum Oddity: String, Codable, CaseIterable, Sendable {
        /// There is no row, but the component can be retrieved by its name.
        case unlisted
        /// A second row has the same name and an older date.
        case twice
        /// `type` is nil.
        case nilType
        /// `fileName` is nil.
        case nilFileName
        /// `namespacePrefix` is missing.
        case withoutNamespacePrefix
        /// `fullName` and `fileName` lack the namespace that `namespacePrefix` has: `Thing__c` for `acme__Thing__c`,
        /// and `acme__Thing__c-Main` for the layout `acme__Thing__c-acme__Main`. A retrieve does not find this name.
        case nameWithoutNamespace
        /// All dates are 1970-01-01.
        case epochDates
        /// All dates are nil.
        case nilDates
    }

    /// A top-level type, a child type or a folder type.
    var type: String
    /// The component's name; `nil` for all components of the type.
    var fullName: String?
    var oddities: [Oddity] = []

    init(_ type: String, _ fullName: String? = nil, _ oddities: [Oddity]) {
        self.type = type
        self.fullName = fullName
        self.oddities = oddities
    }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(keyedBy: CodingKeys.self)
        self.init(
            try keys.decode(String.self, forKey: .type), try keys.decodeIfPresent(String.self, forKey: .fullName),
            try keys.value(.oddities, or: []))
    }
}

extension ListingConditions {
    /// Returns the oddities of a component's row.
    func oddities(of type: String, _ fullName: String) -> Set<RowCondition.Oddity> {
        guard !rows.isEmpty else { return [] }
        return rows.reduce(into: []) { oddities, row in
            if row.type == type, row.fullName ?? fullName == fullName { oddities.formUnion(row.oddities) }
        }
    }
}

/// Conditions of `readMetadata`.
struct ReadConditions: Codable, Equatable, Sendable {
    var faults: [TypeFault] = []

    init() {}

    init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(keyedBy: CodingKeys.self)
        faults = try keys.value(.faults, or: faults)
    }
}

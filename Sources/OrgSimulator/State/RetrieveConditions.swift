/// Conditions of `retrieve` and `checkRetrieveStatus`. Refused and rotten components affect `readMetadata` too.
///
/// Property names and raw values are keys and values of the state document.
struct RetrieveConditions: Codable, Equatable, Sendable {
    /// The duration of a job in seconds of org time; `nil` for 2.
    var seconds: Double?
    /// The number of status calls that find the job unfinished; `nil` if org time determines its end.
    var polls: Int?
    /// The duration of a job that exceeds a limit: 0 fails at once. `nil` for that of any other job.
    var limitSeconds: Double?
    /// The most files in one retrieve, without `package.xml`; `nil` for 10,000.
    var fileLimit: Int?
    /// Whether fields, labels and other children also count as files.
    var countsChildrenAsFiles = false
    /// The most bytes of all files together, uncompressed; `nil` for 629,145,600.
    var uncompressedLimit: Int?
    /// The most bytes of an archive before base64; `nil` for no limit. The limit of real orgs is about 39 MB.
    var compressedLimit: Int?

    var refusals: [RetrieveRefusal] = []
    var rotten: [RottenComponent] = []
    /// Whether a retrieve fails if it has Data Cloud objects (`…__dlm`, `…__dll`) together with anything else.
    var dataCloudObjectsFailWithOthers = false
    /// Whether permission sets have only the settings of components that the same manifest names, in every API version.
    var permissionSetsArePartial = false
    /// Whether a profile has the layout assignments of record types only if the manifest also names the object.
    var layoutAssignmentsNeedObject = false

    init() {}

    init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(keyedBy: CodingKeys.self)
        seconds = try keys.decodeIfPresent(Double.self, forKey: .seconds)
        polls = try keys.decodeIfPresent(Int.self, forKey: .polls)
        limitSeconds = try keys.decodeIfPresent(Double.self, forKey: .limitSeconds)
        fileLimit = try keys.decodeIfPresent(Int.self, forKey: .fileLimit)
        countsChildrenAsFiles = try keys.value(.countsChildrenAsFiles, or: countsChildrenAsFiles)
        uncompressedLimit = try keys.decodeIfPresent(Int.self, forKey: .uncompressedLimit)
        compressedLimit = try keys.decodeIfPresent(Int.self, forKey: .compressedLimit)
        refusals = try keys.value(.refusals, or: refusals)
        rotten = try keys.value(.rotten, or: rotten)
        dataCloudObjectsFailWithOthers =
            try keys.value(.dataCloudObjectsFailWithOthers, or: dataCloudObjectsFailWithOthers)
        permissionSetsArePartial = try keys.value(.permissionSetsArePartial, or: permissionSetsArePartial)
        layoutAssignmentsNeedObject = try keys.value(.layoutAssignmentsNeedObject, or: layoutAssignmentsNeedObject)
    }
}

/// Components that a user may not read: a retrieve with one of them fails as a whole.
struct RetrieveRefusal: Codable, Equatable, Sendable {
    /// A top-level type.
    var type: String
    /// The component's name; `nil` for all components of the type.
    var fullName: String?
    /// The API name of the user permission that reads them; `nil` if nobody can.
    var permission: String?

    init(_ type: String, _ fullName: String? = nil, permission: String? = nil) {
        self.type = type
        self.fullName = fullName
        self.permission = permission
    }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(keyedBy: CodingKeys.self)
        self.init(
            try keys.decode(String.self, forKey: .type), try keys.decodeIfPresent(String.self, forKey: .fullName),
            permission: try keys.decodeIfPresent(String.self, forKey: .permission))
    }

    /// Whether a user with these permissions may not read the component.
    func applies(to type: String, _ fullName: String, _ permissions: Set<String>) -> Bool {
        guard self.type == type, self.fullName ?? fullName == fullName else { return false }
        return permission.map { !permissions.contains($0) } ?? true
    }
}

/// A component that the org lists and cannot retrieve.
struct RottenComponent: Codable, Equatable, Sendable {
    enum Answer: String, Codable, CaseIterable, Sendable {
        /// The retrieve succeeds without the component. A message says that it could not be loaded.
        case loadFailed
        /// The retrieve succeeds without the component. A message says that it cannot be found, though it is listed.
        case cannotBeFound
        /// The whole retrieve fails with `UNKNOWN_EXCEPTION` and an ErrorId, and nothing names the component.
        case unknownException
    }

    /// A top-level type.
    var type: String
    var fullName: String
    var answer = Answer.unknownException
    /// The number of calls that the component still disturbs; at 0 it is removed from the state. `nil` means no limit.
    var count: Int?
    /// The number in brackets in the ErrorId of `unknownException`, which is the same for every hit. If `nil`, it is
    /// derived from type and name.
    var cause: Int32?

    init(
        _ type: String, _ fullName: String, _ answer: Answer = .unknownException, count: Int? = nil,
        cause: Int32? = nil
    ) {
        self.type = type
        self.fullName = fullName
        self.answer = answer
        self.count = count
        self.cause = cause
    }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(keyedBy: CodingKeys.self)
        self.init(
            try keys.decode(String.self, forKey: .type), try keys.decode(String.self, forKey: .fullName),
            try keys.value(.answer, or: .unknownException), count: try keys.decodeIfPresent(Int.self, forKey: .count),
            cause: try keys.decodeIfPresent(Int32.self, forKey: .cause))
    }

    /// Whether both name the same component.
    func isSame(as other: RottenComponent) -> Bool { type == other.type && fullName == other.fullName }
}

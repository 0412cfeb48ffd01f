/// Decides which retrieves deliver a manifest, and finds the components that cannot be retrieved.
///
/// This is a value without I/O. Run the attempts of ``outstanding`` in any order or concurrently, and record the outcome
/// of each. Recording can add attempts. When none is left, everything is either delivered or in ``leftOut``.
///
/// - An org returns at most 10,000 files per retrieve, so a large manifest is cut. A part that exceeds a limit is halved.
/// - A part that fails for an unknown reason is retrieved again. If that fails too, a binary search finds the family of
///   components to blame: of n families in at most ceil(log2 n) + 3 retrieves, including the one for the rest.
/// - A profile contains only the settings of components in the same retrieve, and so may a permission set. If there are
///   several parts, all profiles and permission sets are retrieved with each part, and their files must be merged.
/// - Data Cloud objects are retrieved separately, because they can make a common retrieve fail
///   (hardisgroupcom/sfdx-hardis#1866).
public struct RetrieveSchedule: Sendable {
    /// A retrieve to run.
    public struct Attempt: Equatable, Sendable {
        public let id: Int
        public let manifest: PackageManifest
        public let purpose: Purpose
    }

    /// Why a retrieve is made.
    public enum Purpose: Sendable {
        /// To deliver a part of the manifest.
        case delivery
        /// The same components failed just now. A pause before this attempt makes sense.
        case repetition
        /// To find the component that makes retrieves fail, or that the user may not read.
        case search
        /// The org reported these components as missing.
        case missing
    }

    /// The outcome of an attempt.
    public enum Outcome: Equatable, Sendable {
        /// The archive was received. The messages say what is missing in it.
        case delivered([RetrieveResult.Message])
        case failed(code: String, message: String)
        /// The user may not read these components of a type, so the retrieve failed as a whole. `nil`: it is not known
        /// which components of the type.
        case accessMissing(type: String, names: Set<String>?, message: String)
    }

    public struct Options: Equatable, Sendable {
        /// The default of ``limit``.
        package static let usualLimit = 9_000
        /// The largest weight of an attempt, in files, as ``sizes`` estimates it. A family is never split, so an attempt can
        /// have more.
        package var limit = usualLimit
        package var sizes = SizeEstimate()
        /// Whether components that the org reports as missing are retrieved once more. For components that the org
        /// lists.
        var repeatsMissing = false
        /// Components that could not be retrieved before. Each is retrieved on its own, and only once.
        package var doubtful: Set<ComponentID> = []
        /// Types of which the org need not have every component.
        package var optionalTypes: Set<String> = []

        public init(repeatsMissing: Bool = false) { self.repeatsMissing = repeatsMissing }
    }

    /// The error for an attempt that is not outstanding. The schedule is unchanged.
    public struct UnexpectedOutcome: Error, Equatable, CustomStringConvertible {
        let id: Int
        public var description: String { "The attempt \(id) is not outstanding." }
    }

    /// The types whose files contain settings for other components.
    static let settingTypes: Set<String> = ["Profile", "PermissionSet"]
    /// After this many components in a row that cannot be retrieved, with no success in between, the org may be to blame.
    private static let longestRow = 3
    /// The number of families that must remain for this doubt.
    private static let leastRemaining = 16

    /// The attempts to run now, in the order of their creation.
    public var outstanding: [Attempt] { searches.sorted { $0.key < $1.key }.map { attempt($0.key, $0.value) } }
    /// What cannot be retrieved, in the order in which it was found.
    public internal(set) var leftOut: [LeftOut] = []
    /// The failure of all retrieves, which is not due to single components; `nil` if there is none. No attempt is then
    /// outstanding.
    public private(set) var failure: (code: String, message: String)?
    /// Whether profiles and permission sets may lack settings, because a component fits into no retrieve together with them,
    /// or because the org delivered them only when they were asked for again.
    public internal(set) var hasPartialSettings = false

    /// Half of the smallest weight that exceeded a limit of the org; `nil` if none has.
    package internal(set) var learntLimit: Int?

    let options: Options
    private var searches: [Int: Search] = [:]
    private var nextID = 1
    /// The profiles and permission sets that are retrieved with each part; `nil` while they are in a part themselves.
    var companions: ManifestPart?
    /// Parts that are started when the companions have been retrieved alone.
    var waiting: [(part: ManifestPart, carries: Bool)] = []
    var missingOnce: ManifestPart
    /// Layouts that were delivered with the companions, but without their object, and these objects.
    var separated: ManifestPart
    /// Whether these were retrieved together.
    private var hasReunited = false
    /// The objects of the manifest.
    let objects: ManifestPart
    private var culpritsInARow = 0
    /// How many components of a type in a row the user may not read, with none of the type delivered in between.
    private var refusalsInARow: [String: Int] = [:]
    /// A family that was delivered; `nil`: none yet.
    private var knownGood: ManifestPart.Family?

    /// One part of the manifest on its way.
    struct Search: Sendable {
        enum Stage: Sendable {
            case first
            /// After a failure for an unknown reason.
            case again
            /// One of `part` and `others` is to blame for a failure. Those in `deferred` may be fine.
            case probe(others: ManifestPart, deferred: ManifestPart)
            /// All others are ruled out.
            case proof(deferred: ManifestPart)
            /// The org reported these components as missing.
            case secondChance
            /// After several culprits in a row: a family that was delivered before, or that was not tried yet. If that
            /// fails too, the org is to blame.
            case control(deferred: ManifestPart, carries: Bool)
        }

        let part: ManifestPart
        let stage: Stage
        /// Whether the companions are retrieved too.
        let carries: Bool
        /// Whether a probe or proof is for a component that the user may not read.
        var isForRefusal = false
    }

    public init(_ manifest: PackageManifest, _ options: Options = Options()) {
        self.options = options
        let version = manifest.version
        missingOnce = ManifestPart(version, [])
        separated = missingOnce
        objects = ManifestPart(manifest).divided { $0.id.type == "CustomObject" }.matching
        guard !manifest.isEmpty else { return }
        let (doubtful, certain) = ManifestPart(manifest).divided { options.doubtful.contains($0.id.id) }
        for family in doubtful.families { start(ManifestPart(version, [family]), .again, carries: false) }
        let (dataCloud, common) = certain.divided { $0.id.isDataCloudObject }
        let (settings, others) = common.divided { Self.settingTypes.contains($0.id.type) }
        if dataCloud.memberCount > 0 { waiting.append((dataCloud, carries: false)) }
        if settings.families.isEmpty || others.families.isEmpty
            || common.weight(options.sizes) <= Double(options.limit)
        {
            for part in common.cut(limit: options.limit, options.sizes) { start(part, .first, carries: false) }
            startWaiting()
        } else {
            separate(settings, from: others.cut(limit: Self.limit(for: settings, options), options.sizes))
        }
    }

    /// The type that an org's text says the user may not read: `… insufficient access rights on entity: T`
    /// (salto-io/salto, `client.ts`). `nil` for other texts.
    public static func refusedType(_ message: String) -> String? {
        guard let mark = message.firstRange(of: "insufficient access rights on entity: ") else { return nil }
        let type = message[mark.upperBound...].prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        return type.isEmpty ? nil : String(type)
    }

    /// Records the outcome of an outstanding attempt.
    ///
    /// - Throws: ``UnexpectedOutcome`` if the attempt is not outstanding.
    public mutating func record(_ outcome: Outcome, of attempt: Attempt) throws(UnexpectedOutcome) {
        guard let search = searches.removeValue(forKey: attempt.id) else { throw UnexpectedOutcome(id: attempt.id) }
        switch outcome {
        case .delivered(let messages):
            culpritsInARow = 0
            knownGood = search.part.families.first
            for family in search.part.families { refusalsInARow[family.id.type] = nil }
            noteMissing(messages, search)
            noteSeparated(search)
            deliver(search)
        case .failed(RetrieveResult.limitExceeded, let message):
            exceedLimit(search, message: message)
        case .failed(let code, let message): fail(search, .retrieveFailed(code: code, message: message))
        case .accessMissing(let type, let names, let message): refuse(search, attempt, type, names, message)
        }
        startWaiting()
    }
}

// MARK: Searches

extension RetrieveSchedule {
    /// Continues the search among suspects, one of which is to blame.
    ///
    /// - Parameter proof: The failure of these suspects; `nil` if they are suspects because all others are ruled out.
    mutating func narrow(
        _ suspects: ManifestPart, _ deferred: ManifestPart, carries: Bool, isForRefusal: Bool = false,
        _ proof: LeftOut.Reason?
    ) {
        guard suspects.families.count > 1 else {
            if let proof { return blame(suspects, deferred, carries: carries, proof) }
            return start(suspects, .proof(deferred: deferred), carries: carries, isForRefusal: isForRefusal)
        }
        // If two neighbours are to blame, the search for the second one begins at the other end.
        let (first, second) = suspects.halves
        let row = culpritsInARow + refusalsInARow.values.reduce(0, +)
        let (part, others) = row.isMultiple(of: 2) ? (first, second) : (second, first)
        start(part, .probe(others: others, deferred: deferred), carries: carries, isForRefusal: isForRefusal)
    }

    mutating func blame(
        _ culprit: ManifestPart, _ deferred: ManifestPart, carries: Bool, _ reason: LeftOut.Reason
    ) {
        leaveOut(culprit, reason)
        switch reason {
        case .accessMissing:
            for type in Set(culprit.families.map(\.id.type)) { refusalsInARow[type, default: 0] += 1 }
            // Then the whole type is refused, not single components.
            let (refused, others) = deferred.divided { refusalsInARow[$0.id.type, default: 0] >= Self.longestRow }
            let isWholeType = refused.families.count >= Self.leastRemaining
            if isWholeType { leaveOut(refused, reason) }
            start(isWholeType ? others : deferred, .first, carries: carries)
        case .retrieveFailed, .tooLarge, .notDelivered, .notListed, .nameUnusable, .typeNotAvailable, .pathTooLong,
            .remembered:
            culpritsInARow += 1
            let remaining = deferred.families + waiting.flatMap(\.part.families)
            guard culpritsInARow >= Self.longestRow, remaining.count >= Self.leastRemaining else {
                return start(deferred, .first, carries: carries)
            }
            let control = ManifestPart(culprit.version, [knownGood ?? remaining[remaining.count - 1]])
            start(control, .control(deferred: deferred, carries: carries), carries: false)
        }
    }

    /// Ends all searches, because the org delivers nothing any more.
    mutating func surrender(_ reason: LeftOut.Reason) {
        failure = reason.failure
        separated.families = []
        searches = [:]
        waiting = []
        missingOnce.families = []
    }

    mutating func leaveOut(_ part: ManifestPart, _ reason: LeftOut.Reason) {
        for member in part.families.flatMap(\.members) {
            leftOut.append(LeftOut(member.type, member.name == "*" ? nil : member.name, reason))
        }
        companions?.families.removeAll(where: part.families.contains)
    }

    /// Returns the profiles and permission sets of a part, and its other components; `nil` unless it has both.
    func mixture(_ search: Search) -> (settings: ManifestPart, others: ManifestPart)? {
        let (settings, others) = search.part.divided { Self.settingTypes.contains($0.id.type) }
        return settings.families.isEmpty || others.families.isEmpty ? nil : (settings, others)
    }

    /// Whether a probe is that of the companions, to find out whether they or the others are to blame.
    func isOfCompanionsAlone(_ part: ManifestPart, _ others: ManifestPart) -> Bool {
        companions != nil && Self.isOfSettings(part) && !Self.isOfSettings(others)
    }

    static func isOfSettings(_ part: ManifestPart) -> Bool {
        part.families.allSatisfy { settingTypes.contains($0.id.type) }
    }

    /// Retrieves the settings alone, and then with each of the parts.
    mutating func separate(_ settings: ManifestPart, from parts: [ManifestPart]) {
        companions = settings
        for part in settings.cut(limit: options.limit, options.sizes) { start(part, .first, carries: false) }
        waiting += parts.map { ($0, carries: true) }
    }

    /// The limit for a part with which these settings are retrieved. At least half of an attempt is for the others, so
    /// that many profiles cannot crowd them out.
    private static func limit(for settings: ManifestPart, _ options: Options) -> Int {
        max(options.limit - settings.memberCount, options.limit / 2, 1)
    }

    /// Starts what waits for other attempts.
    private mutating func startWaiting() {
        guard failure == nil else { return }
        let isRetrievingCompanions =
            companions != nil && searches.values.contains { !$0.carries && Self.isOfSettings($0.part) }
        if !isRetrievingCompanions {
            let ready = waiting
            waiting = []
            for (part, carries) in ready { start(part, .first, carries: carries) }
        }
        if searches.isEmpty, !missingOnce.families.isEmpty {
            let part = missingOnce
            missingOnce.families = []
            if part.families.contains(where: { Self.settingTypes.contains($0.id.type) }) { hasPartialSettings = true }
            let (dataCloud, common) = part.divided { $0.id.isDataCloudObject }
            start(dataCloud, .secondChance, carries: false)
            start(common, .secondChance, carries: companions != nil)
        }
        if searches.isEmpty, !separated.families.isEmpty {
            let part = separated
            separated.families = []
            hasPartialSettings = hasPartialSettings || hasReunited
            if !hasReunited { start(part, .first, carries: true) }
            hasReunited = true
        }
    }

    mutating func start(_ part: ManifestPart, _ stage: Search.Stage, carries: Bool, isForRefusal: Bool = false) {
        guard !part.families.isEmpty else { return }
        searches[nextID] = Search(part: part, stage: stage, carries: carries, isForRefusal: isForRefusal)
        nextID += 1
    }

    private func attempt(_ id: Int, _ search: Search) -> Attempt {
        let part = search.carries ? search.part + (companions ?? ManifestPart(search.part.version, [])) : search.part
        return Attempt(id: id, manifest: part.manifest, purpose: search.stage.purpose)
    }
}

extension LeftOut.Reason {
    /// The org's code and words of a failed retrieve; empty for reasons that are not about one.
    fileprivate var failure: (code: String, message: String) {
        switch self {
        case .retrieveFailed(let code, let message): (code, message)
        case .tooLarge(let message): (RetrieveResult.limitExceeded, message)
        case .accessMissing(let message): ("INSUFFICIENT_ACCESS", message)
        case .typeNotAvailable, .notListed, .nameUnusable, .notDelivered, .pathTooLong, .remembered: ("", "")
        }
    }
}

extension RetrieveSchedule.Search.Stage {
    fileprivate var purpose: RetrieveSchedule.Purpose {
        switch self {
        case .first: .delivery
        case .again: .repetition
        case .probe, .proof, .control: .search
        case .secondChance: .missing
        }
    }
}

extension ComponentFamily {
    /// Whether the family is an object of Data Cloud.
    fileprivate var isDataCloudObject: Bool {
        type == "CustomObject" && (name.hasSuffix("__dlm") || name.hasSuffix("__dll"))
    }
}

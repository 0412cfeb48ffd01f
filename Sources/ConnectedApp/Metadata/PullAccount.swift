internal import MetadataAPI

/// What a pull was to deliver, what was delivered, and what was left out. The sum is exact: what the org listed was either
/// delivered or is left out with a reason.
struct PullAccount {
    /// The number of components that the org listed, or that the package names.
    private(set) var listed: Int
    /// What was left out, sorted by type and name.
    private(set) var leftOut: [LeftOut]
    /// What a package names and the org did not deliver; empty without a package.
    private(set) var missing: [PullView.Missing] = []

    /// - Parameters:
    ///   - components: What the org listed; `nil` if a package said what to retrieve.
    ///   - leftOut: What is known to be left out.
    ///   - present: What is taken over from a former or an interrupted pull.
    init(
        _ components: [ListedComponent]?, _ leftOut: [LeftOut], _ delivery: PackageDelivery,
        present: Set<ComponentID> = []
    ) {
        let named = Set(leftOut.compactMap { row in row.fullName.map { Name(type: row.type, name: $0) } })
        let silent = (components ?? []).filter { component in
            !named.contains(Name(type: component.type, name: component.fullName))
                && !delivery.hasFile(of: component.type, named: component.fullName)
                && !present.contains(ComponentID(component.type, component.fullName))
        }
        listed = (components?.count ?? 0) + leftOut.count { $0.reason == .nameUnusable }
        // A component can be retrieved several times, and be left out each time for the same reason.
        self.leftOut = Set(leftOut + silent.map { LeftOut($0, .notDelivered(message: nil)) }).sorted()
    }

    /// Adds what a package names. Does nothing without one.
    mutating func add(_ package: PackageManifest?, missing: [PullView.Missing]) {
        guard let package else { return }
        let known = Set(leftOut.map { Name(type: $0.type, name: $0.fullName) })
        self.missing = missing + leftOut.map { PullView.Missing(type: $0.type, name: $0.fullName) }
        listed = package.types.reduce(0) { $0 + package.members(of: $1).count { $0 != "*" } }
        leftOut += missing.filter { !known.contains(Name(type: $0.type, name: $0.name)) }.map {
            LeftOut($0.type, $0.name, .notDelivered(message: nil))
        }
        leftOut.sort()
    }

    /// The number of listed components that were delivered.
    var delivered: Int { listed - leftOut.count { $0.fullName != nil } }

    /// - Parameter time: The time of this pull, in RFC 3339.
    func rows(at time: String) -> [PullSummary.LeftOutRow] { leftOut.map { $0.row(at: time) } }

    /// The error of the first retrieve that failed because of a component; `nil` if there was none.
    var failure: ConnectedAppError? {
        for row in leftOut {
            if case .retrieveFailed(let code, let message) = row.reason {
                return MetadataReader.error(code: code, message: message)
            }
            if case .tooLarge(let message) = row.reason {
                return MetadataReader.error(code: RetrieveResult.limitExceeded, message: message)
            }
        }
        return nil
    }

    private struct Name: Hashable {
        let type: String
        let name: String?
    }
}

extension LeftOut {
    /// - Parameter time: When this was found, in RFC 3339.
    func row(at time: String) -> PullSummary.LeftOutRow {
        if case .remembered(let row) = reason { return row }
        return PullSummary.LeftOutRow(
            type: type, fullName: fullName, code: reason.code, because: reason.sentence, fingerprint: fingerprint,
            triedAt: isRemembered ? time : nil)
    }

    var note: String { "\(type)\(fullName.map { " " + $0 } ?? ""): \(reason.sentence)" }

    /// Whether the next pulls do not retrieve the component for some days. To find such a component takes many retrieves.
    var isRemembered: Bool {
        switch reason {
        case .retrieveFailed, .tooLarge: fullName != nil
        case .remembered: true
        case .typeNotAvailable, .notListed, .nameUnusable, .notDelivered, .accessMissing, .pathTooLong: false
        }
    }
}

extension LeftOut.Reason {
    /// The code in `--json` and in `aprity-pull.json`; it must not change.
    fileprivate var code: String {
        switch self {
        case .typeNotAvailable: "typeNotAvailable"
        case .notListed: "notListed"
        case .nameUnusable: "nameUnusable"
        case .notDelivered: "notDelivered"
        case .accessMissing: "accessMissing"
        case .retrieveFailed: "retrieveFailed"
        case .tooLarge: "tooLarge"
        case .pathTooLong: "pathTooLong"
        case .remembered(let row): row.code
        }
    }

    fileprivate var sentence: String {
        switch self {
        case .typeNotAvailable(let message): "The org does not list this type: \(Self.shown(message))"
        case .notListed(let message, nil): "The org could not list this type: \(Self.shown(message))"
        case .notListed(let message, let folder?):
            "The org could not list the folder \(folder): \(Self.shown(message))"
        case .nameUnusable: "A package.xml cannot contain this name."
        case .notDelivered(let message?): "The org did not deliver it: \(Self.shown(message))"
        case .notDelivered(nil): "The org did not deliver it, and gave no reason."
        case .accessMissing(let message):
            // "Metadata API Edit Access" in Salesforce Help says that each type's page has its permission.
            "The user may not read it: \(Self.shown(message)) The page of the type in the Metadata API Developer Guide "
                + "names the permission, under Special Access Rules."
        case .retrieveFailed(let code, let message):
            "Each retrieve that names it fails: \(Self.shown(message)) (\(Self.shown(code)))"
        case .pathTooLong: "No file system can store the name of one of its files: it is longer than 255 bytes."
        case .remembered(let row): row.because
        case .tooLarge(let message): "It alone exceeds a limit of the org: \(Self.shown(message))"
        }
    }

    private static func shown(_ message: String) -> String {
        ShownNotes.shortened(OrgWords().clean(message), to: ShownNotes.longest)
    }
}

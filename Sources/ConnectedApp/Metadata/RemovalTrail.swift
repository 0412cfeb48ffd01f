internal import Foundation
internal import JWTBearer
internal import MetadataAPI

/// Who removed components, according to the org's Setup Audit Trail. A list of components no longer has what was removed, so it
/// cannot say who did it.
///
/// The names and texts of actions are those of two public lists, which agree, and not confirmed on a
/// real org. Types whose actions do not tell the API name, such as custom fields, are left out, and so is every text that has
/// another form.
struct RemovalTrail {
    /// An action, and where its text has the component's name.
    private enum Action: String, CaseIterable {
        case apexClass = "deletedApexClass"
        case apexComponent = "deletedApexComponent"
        case apexPage = "deletedApexPage"
        case apexTrigger = "deletedApexTrigger"
        case flow = "deletedinteractiondefinition"

        var type: String {
            switch self {
            case .apexClass: "ApexClass"
            case .apexComponent: "ApexComponent"
            case .apexPage: "ApexPage"
            case .apexTrigger: "ApexTrigger"
            case .flow: "Flow"
            }
        }

        /// The API name in a text such as `Deleted Rentals Apex Class code`; `nil` if the text has another form.
        func name(in display: String) -> String? {
            let words = display.split(separator: " ")
            switch self {
            case .apexClass: return words.count == 5 ? String(words[1]) : nil
            case .apexComponent, .apexPage, .apexTrigger: return words.count > 2 ? words.last.map(String.init) : nil
            case .flow:
                let quoted = display.split(separator: "\"", omittingEmptySubsequences: false)
                return quoted.count > 3 ? String(quoted[quoted.count - 2]) : nil
            }
        }
    }

    /// At most this many rows are read, the newest first.
    private static let limit = 2_000

    /// Whether the trail can say who removed one of these components.
    static func covers(_ changes: [ComponentChange]) -> Bool {
        let types = Set(Action.allCases.map(\.type))
        return changes.contains { $0.kind == .removed && types.contains($0.type) }
    }

    /// - Parameter since: In RFC 3339.
    static func query(since: String) -> String {
        let actions = Action.allCases.map { "'\($0.rawValue)'" }.joined(separator: ",")
        return "SELECT Action, Display, CreatedDate, CreatedBy.Name FROM SetupAuditTrail WHERE CreatedDate >= \(since) "
            + "AND Action IN (\(actions)) ORDER BY CreatedDate DESC LIMIT \(limit)"
    }

    private var latest: [ComponentID: (author: String?, date: String?)] = [:]

    /// - Parameter rows: The result of ``query(since:)``.
    init(_ rows: [QueryRow]) {
        for row in rows {
            guard let action = row.text("Action").flatMap(Action.init(rawValue:)),
                let name = row.text("Display").flatMap(action.name)
            else { continue }
            let id = ComponentID(action.type, name)
            guard latest[id] == nil else { continue }
            // As lists write it, and RFC 3339.
            latest[id] = (row.text("CreatedBy.Name"), row.text("CreatedDate")?.replacing("+0000", with: "Z"))
        }
    }

    /// The changes, with who removed a component and when, as far as the trail says so.
    func completing(_ changes: [ComponentChange]) -> [ComponentChange] {
        changes.map { change in
            guard change.kind == .removed, let found = latest[ComponentID(change.type, change.fullName)] else {
                return change
            }
            return ComponentChange(
                .removed, type: change.type, fullName: change.fullName, author: found.author, date: found.date)
        }
    }
}

extension MetadataReader {
    /// Adds who removed components, if the org's Setup Audit Trail says so. Makes a call only if it can.
    ///
    /// - Parameter since: The start of the former pull, in RFC 3339.
    /// - Returns: The changes, and notes about what is not known.
    func namingRemovers(
        _ changes: [ComponentChange], since: String, _ version: APIVersion
    ) async throws -> (changes: [ComponentChange], notes: [String]) {
        // The time comes from a file. If it is no time, nobody knows where to begin.
        guard RemovalTrail.covers(changes), let since = try? Moment.parse(since).ISO8601Format() else {
            return (changes, [])
        }
        do {
            try calls.add()
            let rows = try await api.rows(RemovalTrail.query(since: since), version)
            return (RemovalTrail(rows).completing(changes), [])
        } catch let error as ConnectedAppError {
            let code = error.cause.rawValue
            let note =
                "Who removed components is not known, because the Setup Audit Trail could not be read (\(code)). Reading it "
                + "needs the permission View Setup and Configuration."
            return (changes, [note])
        }
    }
}

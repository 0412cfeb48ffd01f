import Foundation

extension Org {
    /// The dates of records for which the state has none. They are constant, so that answers can be compared.
    static let recordDates = SetupAudit.Dates(
        created: Date(timeIntervalSince1970: 1_644_967_270), changed: Date(timeIntervalSince1970: 1_644_967_270))
}

extension QueryTable.Column {
    /// The audit fields that nearly every object has: "System Fields" (Object Reference for the Salesforce Platform).
    ///
    /// - Parameters:
    ///   - userID: The user who created and last changed the record; `nil` if the org has no administrator.
    ///   - dates: Returns a record's dates. Without it, all records have the same constant dates.
    static func systemFields(
        of userID: String?, _ dates: @escaping (Record) -> SetupAudit.Dates = { _ in Org.recordDates }
    ) -> [QueryTable.Column<Record>] {
        [
            .dateTime("CreatedDate") { dates($0).created }, .id("CreatedById") { _ in userID },
            .dateTime("LastModifiedDate") { dates($0).changed }, .id("LastModifiedById") { _ in userID },
            .dateTime("SystemModstamp") { dates($0).changed },
        ]
    }

    /// Text columns that are always null.
    static func empty(_ names: String...) -> [QueryTable.Column<Record>] { names.map { .text($0) { _ in nil } } }
}

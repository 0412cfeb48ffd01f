import Foundation

/// A row of business data. All its texts begin with ``prefix``, so that a test finds them wherever they are copied.
struct CanaryRecord {
    static let prefix = "CANARY"

    /// From 1.
    let number: Int

    /// The id of the account or contact with this number.
    func id(_ keyPrefix: String) -> String { MetadataRecordID.derived(keyPrefix: keyPrefix, from: "canary \(number)") }

    func text(_ field: String) -> String { "\(Self.prefix)\(field.uppercased())\(number)" }
    func email(_ field: String) -> String { text(field).lowercased() + "@example.com" }
}

extension QueryTable {
    /// "Account" (Object Reference for the Salesforce Platform), with canaries as texts.
    static func accounts(of org: Org) -> QueryTable {
        var table = QueryTable(
            .account, of: canaries(org),
            [
                .id("Id") { $0.id("001") }, .text("Name") { $0.text("AccountName") },
                .text("Phone") { $0.text("AccountPhone") }, .text("Website") { $0.text("AccountWebsite") },
                .text("BillingStreet") { $0.text("BillingStreet") },
                .number("AnnualRevenue") { Double($0.number) * 1_000 },
                .id("OwnerId") { _ in org.administrator?.id },
            ] + Column.systemFields(of: org.administrator?.id))
        table.parents = [Parent(name: "Owner", field: "OwnerId", object: .user)]
        table.children = [Children(name: "Contacts", object: .contact, field: "AccountId")]
        return table
    }

    /// "Contact" (Object Reference for the Salesforce Platform), with canaries as texts.
    static func contacts(of org: Org) -> QueryTable {
        var table = QueryTable(
            .contact, of: canaries(org),
            [
                .id("Id") { $0.id("003") }, .id("AccountId") { $0.id("001") },
                .text("FirstName") { $0.text("FirstName") }, .text("LastName") { $0.text("LastName") },
                .text("Name") { "\($0.text("FirstName")) \($0.text("LastName"))" },
                .text("Email") { $0.email("Email") }, .text("MobilePhone") { $0.text("MobilePhone") },
                .id("OwnerId") { _ in org.administrator?.id },
            ] + Column.systemFields(of: org.administrator?.id))
        table.parents = [
            Parent(name: "Account", field: "AccountId", object: .account),
            Parent(name: "Owner", field: "OwnerId", object: .user),
        ]
        return table
    }

    private static func canaries(_ org: Org) -> [CanaryRecord] {
        org.canaryAccounts > 0 ? (1...org.canaryAccounts).map(CanaryRecord.init) : []
    }
}

import Foundation

/// What Setup stores outside the state document: the form token, verification codes, and mail. All of it is in memory
/// only.
struct SetupDesk: Sendable {
    private struct SentCode: Sendable {
        let code: String
        /// The number of wrong codes that are still tolerated.
        var triesLeft = 5
    }

    /// The token that every form of Setup includes, constant until the simulator exits. It uses the system's random
    /// numbers instead of the seed, so that other sites cannot guess it.
    let formToken: String = {
        var system = SystemRandomNumberGenerator()
        return String(system.next(), radix: 36) + String(system.next(), radix: 36)
    }()
    private(set) var mailbox = Mailbox()
    /// The codes by app id. A new code replaces the previous one.
    private var codes: [String: SentCode] = [:]

    /// Mails a code of six digits to the admin, which replaces the app's previous code.
    mutating func sendCode(for app: App, of org: Org, at time: Date, using random: inout SeededRandom) {
        let number = String(random.next(below: 1_000_000))
        let code = String(repeating: "0", count: 6 - number.count) + number
        codes[app.id] = SentCode(code: code)
        mailbox.add(
            Mail(
                orgTime: time, org: org.name, to: org.administrator?.mailAddress ?? "", code: code,
                subject: "Verify your identity in Salesforce (simulation)",
                text: "The consumer details of the app \(app.shownName) were requested. Verification code: \(code)"))
    }

    /// Checks a code for an app. A code becomes invalid when it is used, or after five wrong guesses.
    ///
    /// - Returns: Whether `code` was sent for this app and is still valid.
    mutating func redeem(_ code: String, for app: App) -> Bool {
        guard var sent = codes[app.id] else { return false }
        if sent.code == code {
            codes[app.id] = nil
            return true
        }
        sent.triesLeft -= 1
        codes[app.id] = sent.triesLeft > 0 ? sent : nil
        return false
    }

    /// Drops mail and codes. The form token remains, so open pages still work.
    mutating func clear() {
        mailbox = Mailbox()
        codes = [:]
    }
}

/// A message that a real org would have sent to its admin. The property names are keys of `GET /mail` of the management
/// port.
struct Mail: Codable, Equatable, Sendable {
    /// Counts the messages from 1. The mailbox assigns it.
    var id = 0
    var orgTime: Date
    /// The org's name.
    var org: String
    /// The admin's mail address.
    var to: String
    /// The verification code alone, for programs.
    var code: String
    var subject: String
    var text: String
}

/// The newest messages, oldest first. It is the document of `GET /mail`.
struct Mailbox: Codable, Equatable, Sendable {
    static let limit = 100

    private(set) var mails: [Mail] = []
    private var lastID = 0

    private enum CodingKeys: CodingKey { case mails }

    init() {}

    mutating func add(_ mail: Mail) {
        lastID += 1
        var mail = mail
        mail.id = lastID
        mails.append(mail)
        if mails.count > Self.limit { mails.removeFirst() }
    }
}

extension Org {
    /// The user who counts as signed in to Setup: the first active one with the profile System Administrator; `nil` if
    /// there is none.
    var administrator: User? { users.first { $0.profile == Profile.systemAdministrator && $0.isActive } }
}

extension App {
    /// The label, or the API name if there is no label.
    var shownName: String { label.isEmpty ? name : label }
}

extension User {
    var shownName: String { name.isEmpty ? username : name }
    var mailAddress: String { email.isEmpty ? username : email }
}

extension PermissionSet {
    var shownName: String { label.isEmpty ? name : label }
}

import Foundation

/// What Setup remembers beside the state document: the token of its forms, codes that are out, and mail.
struct SetupDesk: Sendable {
    private struct SentCode: Sendable {
        let code: String
        var triesLeft = 5
    }

    /// Every form of Setup carries it. Drawn from the system, so that no other site can know it; the seed decides
    /// everything else.
    let formToken: String = {
        var system = SystemRandomNumberGenerator()
        return String(system.next(), radix: 36) + String(system.next(), radix: 36)
    }()
    private(set) var mailbox = Mailbox()
    /// By app id. A new code takes the place of the one before.
    private var codes: [String: SentCode] = [:]

    /// Mails a code of six digits to the admin.
    mutating func sendCode(for app: App, of org: Org, at time: Date, using random: inout SeededRandom) {
        let number = String(random.next(below: 1_000_000))
        let code = String(repeating: "0", count: 6 - number.count) + number
        codes[app.id] = SentCode(code: code)
        mailbox.add(
            Mail(
                orgTime: time, org: org.name, to: org.administrator?.mailAddress ?? "", code: code,
                subject: "Verify your identity in Salesforce (simulation)",
                text: "The consumer details of the app \(app.shownName) were asked for. Verification code: \(code)"))
    }

    /// Whether `code` was sent for this app and not used before. A right code is used up, and so is one that was
    /// guessed at five times.
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

    mutating func clear() {
        mailbox = Mailbox()
        codes = [:]
    }
}

/// A message that a real org would have sent to its admin.
struct Mail: Codable, Equatable, Sendable {
    var id = 0
    var orgTime: Date
    var org: String
    var to: String
    /// The verification code by itself, for programs.
    var code: String
    var subject: String
    var text: String
}

/// The last messages, oldest first.
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
    /// Who is taken to be signed in to Setup.
    var administrator: User? { users.first { $0.profile == Profile.systemAdministrator && $0.isActive } }
}

extension App {
    var shownName: String { label.isEmpty ? name : label }
}

extension User {
    var shownName: String { name.isEmpty ? username : name }
    var mailAddress: String { email.isEmpty ? username : email }
}

extension PermissionSet {
    var shownName: String { label.isEmpty ? name : label }
}

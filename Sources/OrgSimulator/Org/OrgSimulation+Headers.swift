import Foundation

extension OrgSimulation {
    /// Completes an answer as an org does: adds headers and cookies, and indents JSON if the request asks for it.
    /// Headers that the answer already has remain.
    func complete(_ answer: inout OrgAnswer, of exchange: Exchange) {
        // 414 comes from Salesforce Edge, not from the org. Its headers are not recorded.
        guard answer.status != 414 else { return }
        let origin = AnswerOrigin(exchange.request.segments)
        if exchange.request.wantsPrettyJSON, let value = answer.value { answer.body = Array(value.prettyText.utf8) }
        answer.isChunked = origin.isChunked && !answer.body.isEmpty
        answer.keepsAlive = origin == .rest
        answer.addMissing(origin.headers(status: answer.status))
        if origin == .rest {
            let id = headerRandom.hexadecimal(32)
            answer.addMissing([("X-SFDC-Request-Id", id), ("X-Request-Id", id)])
        }
        answer.headers += cookies(origin, at: exchange.dateHeaderTime).map { ("Set-Cookie", $0) }
    }

    /// Every answer sets `BrowserId`. The token host and REST also set the consent cookies.
    private func cookies(_ origin: AnswerOrigin, at time: Date) -> [String] {
        let lifetime = 31_536_000
        let expiry = cookieDates.text(of: time + Double(lifetime))
        let end = "path=/; expires=\(expiry); Max-Age=\(lifetime); secure"
        let browser = "BrowserId=\(headerRandom.base64URL(22)); domain=.salesforce.com; \(end); SameSite=None"
        guard let consent = origin.cookieConsent else { return [browser] }
        return [browser] + ["CookieConsentPolicy", "LSKey-c$CookieConsentPolicy"].map { "\($0)=\(consent); \(end)" }
    }
}

extension OrgAnswer {
    fileprivate mutating func addMissing(_ headers: [(name: String, value: String)]) {
        guard !self.headers.isEmpty else {
            self.headers = headers
            return
        }
        let known = Set(self.headers.map { $0.name.lowercased() })
        self.headers += headers.filter { !known.contains($0.name.lowercased()) }
    }
}

extension SeededRandom {
    fileprivate mutating func hexadecimal(_ count: Int) -> String { pick(count, of: "0123456789abcdef") }

    fileprivate mutating func base64URL(_ count: Int) -> String {
        pick(count, of: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    }

    private mutating func pick(_ count: Int, of alphabet: String) -> String {
        let alphabet = Array(alphabet.utf8)
        let bytes = (0..<count).map { _ in alphabet[Int(next(below: UInt64(alphabet.count)))] }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension FormatStyle where Self == Date.VerbatimFormatStyle {
    /// The format of the recorded cookies, such as `Thu, 04-Sep-2025 16:23:15 GMT`.
    static var cookieDate: Date.VerbatimFormatStyle {
        Date.VerbatimFormatStyle(
            format: """
                \(weekday: .abbreviated), \(day: .twoDigits)-\(month: .abbreviated)-\(year: .defaultDigits) \
                \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\
                \(second: .twoDigits) GMT
                """,
            locale: Locale(identifier: "en_US_POSIX"), timeZone: .gmt,
            calendar: Calendar(identifier: .gregorian))
    }
}

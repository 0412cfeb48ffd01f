internal import Foundation
internal import JWTBearer

/// Finds common faults for which an org refuses, or may refuse, an assertion from any program. It sends nothing, and it checks
/// the signature only if it has the certificate. Use a new value for each assertion.
///
/// Sources: RFC 7515 §3.1, RFC 7519 §4.1, RFC 7523 §3; "OAuth 2.0 JWT Bearer Flow for Server-to-Server Integration"
/// (Salesforce Help); simple-salesforce/simple-salesforce#491, forcedotcom/sfdx-travisci#135, jpadilla/pyjwt#366.
struct AssertionInspection {
    let now: Date
    /// The certificate whose public key verifies the signature; `nil` to leave the signature unverified.
    var certificate: AppCertificate?

    private var findings: [AssertionView.Finding] = []

    init(now: Date, certificate: AppCertificate? = nil) {
        self.now = now
        self.certificate = certificate
    }

    /// The maximum size of the input in bytes. Callers check it. A real assertion has about a thousand bytes.
    static let sizeLimit = 65_536

    /// Inspects an assertion.
    ///
    /// - Parameter text: The value of `assertion` in a token request, or a whole form body that contains it. White space and
    ///   quotation marks around the value are reported but do not end the inspection.
    mutating func inspect(_ text: String) -> AssertionView {
        let compact = unwrapped(text)
        let parts = compact.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3 else {
            problem(.form, shapeSentence(text, parts: parts.count), "Send header.claims.signature and nothing else.")
            return view([:], [:], fits: nil)
        }
        for (name, part) in zip(["header", "claims", "signature"], parts) { checkEncoding(name, part) }
        let header = object(parts[0], "header")
        let claims = object(parts[1], "claims")
        if let header { checkHeader(header) }
        if let claims { checkClaims(claims) }
        let fits = checkSignature(parts, algorithm: header?["alg"] as? String)
        return view(header ?? [:], claims ?? [:], fits: fits)
    }

    private func view(_ header: [String: Any], _ claims: [String: Any], fits: Bool?) -> AssertionView {
        AssertionView(
            isSound: !findings.contains { $0.severity == .problem }, header: header.mapValues(Self.shown),
            claims: claims.mapValues(Self.shown), signatureFits: fits, findings: findings)
    }

    private static func shown(_ value: Any) -> String {
        switch value {
        case let text as String: text
        case let list as [Any]: "[" + list.map(shown).joined(separator: ", ") + "]"
        case let number as NSNumber: number.stringValue
        default: "an object"
        }
    }

    private mutating func problem(_ part: AssertionView.Part, _ sentence: String, _ remedy: String) {
        findings.append(.init(severity: .problem, part: part, sentence: sentence, remedy: remedy))
    }

    private mutating func notice(_ part: AssertionView.Part, _ sentence: String, _ remedy: String) {
        findings.append(.init(severity: .notice, part: part, sentence: sentence, remedy: remedy))
    }

    // MARK: The form

    /// Returns the compact form, without white space, quotation marks and the form body around it. Records a finding for
    /// white space and quotation marks.
    private mutating func unwrapped(_ text: String) -> String {
        var text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        if let range = text.range(of: "assertion=") {
            text = String(text[range.upperBound...].prefix { $0 != "&" }).removingPercentEncoding ?? ""
        }
        if text.contains(where: \.isWhitespace) {
            problem(.form, "The assertion contains white space.", "Send it on one line, without spaces.")
            text = text.filter { !$0.isWhitespace }
        }
        if text.hasPrefix("\"") || text.hasPrefix("'") {
            problem(.form, "The assertion is in quotes.", "Send it without quotes.")
            text = text.trimmingCharacters(in: ["\"", "'"])
        }
        return text
    }

    private func shapeSentence(_ text: String, parts: Int) -> String {
        if text.contains("PRIVATE KEY") { return "This is a private key, not an assertion. Keep it to yourself." }
        if text.contains("BEGIN CERTIFICATE") { return "This is a certificate, not an assertion." }
        if text.range(of: "!") != nil, text.hasPrefix("00D") { return "This is an access token, not an assertion." }
        return "A signed JWT has three parts separated by periods, but this input has \(parts)."
    }

    private mutating func checkEncoding(_ name: String, _ part: String) {
        guard part.contains(where: { "+/=".contains($0) }) else { return }
        problem(
            .form, "The \(name) is base64 with +, / or =, not base64url (RFC 7515 §2).",
            "Encode with - and _ in place of + and /, and without = at the end.")
    }

    private mutating func object(_ part: String, _ name: String) -> [String: Any]? {
        guard let bytes = Self.decoded(part),
            let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
        else {
            problem(.form, "The \(name) is not base64url of a JSON object.", "Encode the JSON text itself, once.")
            return nil
        }
        // Foundation also reads JSON in UTF-16 and UTF-32. Such a text contains zero bytes.
        guard String(validating: bytes, as: UTF8.self) != nil, !bytes.contains(0) else {
            problem(.form, "The \(name) is not in UTF-8 (RFC 7519 §2).", "Encode the UTF-8 form of the JSON text.")
            return nil
        }
        return object
    }

    private static func decoded(_ part: String) -> [UInt8]? {
        let standard = part.replacing("-", with: "+").replacing("_", with: "/").filter { $0 != "=" }
        let padded = standard + String(repeating: "=", count: (4 - standard.count % 4) % 4)
        return Data(base64Encoded: padded).map { [UInt8]($0) }
    }

    // MARK: Header and claims

    private mutating func checkHeader(_ header: [String: Any]) {
        switch header["alg"] as? String {
        case "RS256"?: break
        case nil: problem(.header, "alg is missing.", "Set the header to {\"alg\":\"RS256\"}.")
        case let other?:
            problem(
                .header, "alg is \(other); Salesforce documents only RS256 and treats others as a wrong signature.",
                "Sign with RSA and SHA-256, and set alg to RS256.")
        }
        if header["crit"] != nil { problem(.header, "crit names extensions that no org knows.", "Remove crit.") }
    }

    private mutating func checkClaims(_ claims: [String: Any]) {
        checkIssuer(claims["iss"])
        checkSubject(claims)
        checkAudience(claims["aud"])
        checkTimes(claims)
        if claims["alg"] != nil {
            notice(.claims, "alg is also among the claims.", "It belongs in the header; remove it from the claims.")
        }
    }

    private mutating func checkIssuer(_ value: Any?) {
        guard let issuer = value as? String else {
            return problem(.claims, "iss is missing or not a string.", "Set iss to the app's Consumer Key.")
        }
        do {
            let key = try ConsumerKey(issuer)
            if !key.hasUsualPrefix {
                notice(
                    .claims, "iss does not begin with 3MVG9 as Consumer Keys made by Salesforce do.",
                    "Compare it with Setup.")
            }
        } catch {
            problem(.claims, "iss cannot be a Consumer Key.", error.cause.entry.remedy)
        }
    }

    private mutating func checkSubject(_ claims: [String: Any]) {
        guard let subject = claims["sub"] as? String else {
            if claims["prn"] is String {
                return notice(
                    .claims, "prn is used instead of sub; whether orgs still accept it is not confirmed.", "Use sub.")
            }
            return problem(.claims, "sub is missing or not a string.", "Set sub to the username.")
        }
        if subject.hasPrefix("005"), [15, 18].contains(subject.count) {
            problem(.claims, "sub is a user's id.", "Set sub to the username, which looks like an e-mail address.")
        } else if !subject.contains("@") {
            problem(.claims, "sub is not a username.", "Set sub to the username, which looks like an e-mail address.")
        }
        if subject.contains("&amp;") || subject.contains("%40") {
            problem(.claims, "sub is escaped.", "Write the username as it is (simple-salesforce PR 612).")
        }
    }

    private mutating func checkAudience(_ value: Any?) {
        guard let audience = value as? String else {
            if value is [Any] {
                return problem(
                    .claims, "aud is a list; whether an org accepts one is not confirmed.", "Make aud a string.")
            }
            return problem(
                .claims, "aud is missing or not a string.",
                "Set aud to the org's My Domain, or for a Connected App to https://login.salesforce.com or "
                    + "https://test.salesforce.com."
            )
        }
        let host = URL(string: audience)?.host()?.lowercased() ?? ""
        let isLoopback = (try? HostText(host.contains(":") ? "[\(host)]" : host))?.isLoopback == true
        if !audience.hasPrefix("https://"), !isLoopback {
            problem(.claims, "aud is not an https URL.", "Write https:// and the host.")
        }
        if audience.hasSuffix("/") {
            notice(.claims, "aud ends with a slash; whether an org accepts it is not confirmed.", "Remove the slash.")
        }
        if audience.contains("/services/") {
            problem(
                .claims, "aud is the address of the token endpoint.",
                "Set aud to https:// and the host, without a path.")
        }
        if [.lightning, .setup].contains(OtherSalesforceHost(host)?.kind) {
            problem(
                .claims, "aud is an address of the user interface.",
                "Set aud to the org's My Domain, or for a Connected App to https://login.salesforce.com or "
                    + "https://test.salesforce.com.")
        }
    }

    // MARK: Times

    /// By how many seconds `iat` and `nbf` may be in the future without a notice.
    private static let slack = 30.0

    /// Seconds since 1970 at the end of the year 9999.
    private static let farthest = 253_402_300_799.0

    private mutating func checkTimes(_ claims: [String: Any]) {
        checkExpiry(claims["exp"])
        for name in ["iat", "nbf"] {
            guard let value = claims[name] as? NSNumber, value.doubleValue > now.timeIntervalSince1970 + Self.slack
            else { continue }
            guard value.doubleValue <= Self.farthest * 1000 else {
                problem(.claims, "\(name) is not a valid time.", "Write seconds since 1970, UTC.")
                continue
            }
            notice(.claims, "\(name) is in the future.", "Check the clock of the machine that created the assertion.")
        }
    }

    private mutating func checkExpiry(_ value: Any?) {
        var seconds: Double
        switch value {
        case let number as NSNumber: seconds = number.doubleValue
        case let text as String:
            guard let number = Double(text) else {
                return problem(.claims, "exp is not a number.", "Write seconds since 1970, UTC.")
            }
            notice(.claims, "exp is a string; orgs have been seen to accept it.", "Write it as a number.")
            seconds = number
        default:
            return problem(.claims, "exp is missing.", "Write seconds since 1970, UTC, at most three minutes ahead.")
        }
        // The comparison is false for NaN too.
        guard seconds.magnitude <= Self.farthest * 1000 else {
            return problem(
                .claims, "exp is not a valid time.", "Write seconds since 1970, UTC, at most three minutes ahead.")
        }
        if seconds > 100_000_000_000 {
            problem(
                .claims, "exp is in milliseconds: the assertion would be valid for tens of thousands of years.",
                "Divide by 1,000.")
            seconds /= 1000
        }
        let left = seconds - now.timeIntervalSince1970
        if left <= 0 {
            let ago = Int(bounding: -left)
            problem(
                .claims,
                "exp passed \(ago) \(ago == 1 ? "second" : "seconds") ago; the org says \"expired authorization code\".",
                ago > 1500 && ago % 1800 < 60 || ago > 1800
                    ? "If the difference is a whole number of hours, local time was used as UTC. Otherwise, create a new "
                        + "assertion."
                    : "Create a new assertion for each request."
            )
        } else if left > 300 {
            notice(
                .claims, "exp is \(Int(bounding: left)) seconds ahead; Salesforce documents three minutes at most.",
                "Use 180 seconds or less: whoever copies the assertion can use it until it expires.")
        }
    }

    // MARK: The signature

    private mutating func checkSignature(_ parts: [String], algorithm: String?) -> Bool? {
        guard let signature = Self.decoded(parts[2]), !signature.isEmpty else {
            problem(.signature, "There is no signature.", "Sign header and claims.")
            return nil
        }
        if algorithm == "RS256", signature.count < 256 {
            problem(
                .signature,
                "The signature is too short (length in bytes: \(signature.count)); that of a 2,048-bit RSA key has 256 bytes.",
                "Sign with an RSA key of 2,048 bits or more.")
        }
        guard let certificate else { return nil }
        let fits = certificate.publicKey.verifies(signature, over: Array((parts[0] + "." + parts[1]).utf8))
        if !fits {
            problem(
                .signature, "The signature does not match the certificate \(certificate.sha256).",
                "Sign with that certificate's key, or upload the certificate of the key that signed.")
        }
        return fits
    }
}
